// tags.hpp - the four kinds of tags of a recording, and the rule for a clean answer.
//
// Use:     tag_set tags;  tags[tag_kind::mood].push_back("calm");   what_is_missing(tags)   // "1 of 3 occasions ..."
// Shapes:  a genre is parent:child ("electronic:ambient"), the others are words or a few words, all in lower case.
// Threads: none; plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tagger {

enum class tag_kind : std::uint8_t { genre, mood, occasion, keyword };
inline constexpr std::array tag_kinds{tag_kind::genre, tag_kind::mood, tag_kind::occasion, tag_kind::keyword};

// "genre", "mood", "occasion", "keyword": in the database, in JSON, in CSV, in queries.
[[nodiscard]] std::string_view to_text(tag_kind kind);
[[nodiscard]] std::optional<tag_kind> parse_tag_kind(std::string_view text);

class tag_set {
  public:
    [[nodiscard]] std::vector<std::string>& operator[](tag_kind kind) { return lists_[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] const std::vector<std::string>& operator[](tag_kind kind) const {
        return lists_[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] bool is_empty() const;
    friend bool operator==(const tag_set&, const tag_set&) = default;

  private:
    std::array<std::vector<std::string>, tag_kinds.size()> lists_;
};

// True if both have the same tags of each kind, in any order and number.
[[nodiscard]] bool has_same_tags(const tag_set& one, const tag_set& other);

// {"genre":["rock:indie"],"mood":[...],"occasion":[...],"keyword":[...]}; all four are always there.
[[nodiscard]] std::string to_json(const tag_set& tags);
// None: not such an object. Missing kinds are empty.
[[nodiscard]] std::optional<tag_set> tags_from_json(std::string_view json);

// Least number of tags of each kind in a clean answer, in the order of tag_kinds; and the most that is kept.
inline constexpr std::array<std::size_t, tag_kinds.size()> tags_min{1, 1, 3, 4};
inline constexpr std::array<std::size_t, tag_kinds.size()> tags_max{4, 6, 8, 16};

// Empty if each kind has enough tags; else a line that names the missing ones.
[[nodiscard]] std::string what_is_missing(const tag_set& tags);

}  // namespace sluice::tagger
