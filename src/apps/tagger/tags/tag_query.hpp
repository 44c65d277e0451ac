// tag_query.hpp - parses a query for files: tags and texts with AND, OR, NOT and parentheses.
//
// Use:     TRY_ASSIGN(const auto query, tag_query::parse("genre:rock (calm OR mood:sad) -artist:cover"));
//          TRY(check_tags(db, query));                      // every tag in it must exist
//          TRY(each_listed_file(db, query.condition(), ...)) // library_list.hpp
// Terms:   genre:rock (and every rock:child), genre:rock:indie; mood: occasion: keyword: likewise; a tag without a kind
//          matches any kind; artist: title: album: path: match texts that contain it, A to Z in any case. "late night"
//          and keyword:"late night" in quotes; \" and \\ stand for a quote and a backslash in them.
// Order:   NOT (or a - before it) binds tightest, then AND, which may be left out, then OR. Operators in any case; in
//          quotes they are tags.
// Bounds:  terms_max terms, depth_max deep.
// Errors:  invalid, with the position in characters from 1; not_found: an unknown tag, with a similar one.
// Threads: any; constant once made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"
#include "apps/tagger/tags/tags.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

enum class text_field : std::uint8_t { artist, title, album, path };

[[nodiscard]] std::string_view to_text(text_field field);

enum class query_node_kind : std::uint8_t { tag, text, negation, conjunction, disjunction };

struct query_node {
    query_node_kind kind = query_node_kind::tag;
    std::optional<tag_kind> tag_of;         // kind of a tag; none: any
    text_field field = text_field::artist;  // field of a text
    std::string value;                      // normalized, if it is a tag
    std::int32_t position = 0;              // in characters from 1
    std::vector<query_node> children;       // one for a negation, two or more for the others
};

// An expression over `f`, a row of audio_files, whose one parameter is ?1.
struct file_condition {
    std::string sql = "?1 IS NOT NULL";  // all files
    std::string parameter = "[]";        // JSON array of texts
};

class tag_query {
  public:
    static constexpr std::size_t terms_max = 200;
    static constexpr std::size_t depth_max = 50;

    static result<tag_query> parse(std::string_view text);

    [[nodiscard]] const query_node& root() const { return root_; }
    [[nodiscard]] file_condition condition() const;

  private:
    explicit tag_query(query_node root) : root_(std::move(root)) {}

    query_node root_;
};

// Known tags are those of the vocabulary (the database's, else the built-in one) and of the recordings.
result<> check_tags(sqlite::database& database, const tag_query& query);

}  // namespace sluice::tagger
