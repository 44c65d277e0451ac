#include "apps/tagger/tags/tag_query.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "apps/tagger/tags/query_words.hpp"
#include "apps/tagger/tags/vocabulary.hpp"

namespace sluice::tagger {

namespace {

constexpr std::array text_fields{text_field::artist, text_field::title, text_field::album, text_field::path};

std::unexpected<error> refuse(std::int32_t position, std::string_view what, std::string hint) {
    return fail(error_kind::invalid, fmt::format("the query's character {}: {}", position, what), std::move(hint));
}

std::optional<text_field> parse_text_field(std::string_view name) {
    const auto found = std::ranges::find_if(text_fields, [&](text_field each) { return to_text(each) == name; });
    return found == text_fields.end() ? std::nullopt : std::optional(*found);
}

// Recursive descent over the words; each level of the grammar is a function.
class query_parser {
  public:
    explicit query_parser(std::vector<query_word> words) : words_(std::move(words)) {}

    result<query_node> parse() {
        if (is(query_word_kind::end)) {
            return refuse(1, "there is nothing to look for", "a query is as mood:calm or \"late night\" -genre:rock");
        }
        TRY_ASSIGN(auto root, disjunction());
        if (!is(query_word_kind::end)) {
            return refuse(now().position, "a ) without its (", "take it away, or put a ( before it");
        }
        return root;
    }

  private:
    [[nodiscard]] const query_word& now() const { return words_[at_]; }
    [[nodiscard]] bool is(query_word_kind kind) const { return now().kind == kind; }
    bool take(query_word_kind kind) {
        const bool is_here = is(kind);
        at_ += is_here ? 1 : 0;
        return is_here;
    }

    static query_node combine(query_node_kind kind, std::vector<query_node> children) {
        if (children.size() == 1) {
            return std::move(children.front());
        }
        const auto position = children.front().position;
        return {.kind = kind, .value = {}, .position = position, .children = std::move(children)};
    }

    result<query_node> disjunction() {
        std::vector<query_node> children;
        do {
            TRY_ASSIGN(auto child, conjunction());
            children.push_back(std::move(child));
        } while (take(query_word_kind::disjunction));
        return combine(query_node_kind::disjunction, std::move(children));
    }

    result<query_node> conjunction() {
        std::vector<query_node> children;
        for (;;) {
            TRY_ASSIGN(auto child, negation());
            children.push_back(std::move(child));
            if (take(query_word_kind::conjunction)) {
                continue;
            }
            if (is(query_word_kind::end) || is(query_word_kind::close) || is(query_word_kind::disjunction)) {
                return combine(query_node_kind::conjunction, std::move(children));
            }
        }
    }

    result<query_node> negation() {
        const auto position = now().position;
        if (!take(query_word_kind::negation)) {
            return primary();
        }
        TRY(enter(position));
        TRY_ASSIGN(auto child, negation());
        --depth_;
        return query_node{
            .kind = query_node_kind::negation, .value = {}, .position = position, .children = {std::move(child)}};
    }

    result<query_node> primary() {
        const auto& word = now();
        if (take(query_word_kind::term)) {
            return term(word);
        }
        if (!take(query_word_kind::open)) {
            const auto* what = word.kind == query_word_kind::end     ? "something is missing at the end"
                               : word.kind == query_word_kind::close ? "something is missing before the )"
                                                                     : "something is missing before this word";
            return refuse(word.position, what,
                          "AND and OR stand between two terms, NOT before one; in quotes they are tags");
        }
        TRY(enter(word.position));
        TRY_ASSIGN(auto inside, disjunction());
        --depth_;
        if (!take(query_word_kind::close)) {
            return refuse(word.position, "a ( without its )", "put a ) behind what belongs together");
        }
        return inside;
    }

    result<query_node> term(const query_word& word) {
        if (++terms_ > tag_query::terms_max) {
            return refuse(word.position, fmt::format("more than {} terms", tag_query::terms_max), "make it shorter");
        }
        query_node node{.value = word.value, .position = word.position, .children = {}};
        if (const auto field = parse_text_field(word.field)) {
            node.kind = query_node_kind::text;
            node.field = *field;
        } else {
            node.tag_of = parse_tag_kind(word.field);
            node.value = normalized_tag(word.value);
        }
        if (node.value.empty()) {
            return refuse(word.position, word.field.empty() ? "an empty tag" : word.field + ": has nothing behind it",
                          "no spaces around the colon; what has spaces stands in quotes");
        }
        return node;
    }

    result<> enter(std::int32_t position) {
        return ++depth_ > tag_query::depth_max
                   ? refuse(position, fmt::format("more than {} levels deep", tag_query::depth_max), "make it simpler")
                   : result<>();
    }

    std::vector<query_word> words_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::size_t terms_ = 0;
};

// Writes SQL for a tree; all texts go into the single parameter.
class condition_writer {
  public:
    std::string write(const query_node& node) {
        switch (node.kind) {
            case query_node_kind::tag:
                return tag(node);
            case query_node_kind::text:
                return fmt::format("instr(lower(f.{}), lower({})) > 0", to_text(node.field), place_of(node.value));
            case query_node_kind::negation:
                return fmt::format("NOT ({})", write(node.children.front()));
            case query_node_kind::conjunction:
                return joined(node, " AND ");
            case query_node_kind::disjunction:
                return joined(node, " OR ");
        }
        return "";
    }
    [[nodiscard]] std::string parameter() const { return words_to_json(values_); }

  private:
    std::string place_of(std::string value) {
        values_.push_back(std::move(value));
        return fmt::format("json_extract(?1, '$[{}]')", values_.size() - 1);
    }

    std::string tag(const query_node& node) {
        const std::string kinds = node.tag_of ? fmt::format("kind = '{}'", to_text(*node.tag_of))
                                              : "kind IN ('genre', 'mood', 'occasion', 'keyword')";
        auto sql = fmt::format("f.recording_id IN (SELECT recording_id FROM tags WHERE {} AND tag = {}", kinds,
                               place_of(node.value));
        const bool is_parent = !node.value.contains(':') && node.tag_of.value_or(tag_kind::genre) == tag_kind::genre;
        if (is_parent) {  // ';' follows ':' in ASCII
            sql += fmt::format(
                " UNION ALL SELECT recording_id FROM tags WHERE kind = 'genre' AND tag >= {0} || ':' AND tag < {0} || "
                "';'",
                place_of(node.value));
        }
        return sql + ")";
    }

    std::string joined(const query_node& node, std::string_view between) {
        std::string sql;
        for (const auto& each : node.children) {
            sql.append(sql.empty() ? "(" : between).append(write(each));
        }
        return sql + ")";
    }

    std::vector<std::string> values_;
};

}  // namespace

std::string_view to_text(text_field field) {
    switch (field) {
        case text_field::artist:
            return "artist";
        case text_field::title:
            return "title";
        case text_field::album:
            return "album";
        case text_field::path:
            return "path";
    }
    return "";
}

result<tag_query> tag_query::parse(std::string_view text) {
    TRY_ASSIGN(auto words, split_query(text));
    TRY_ASSIGN(auto root, query_parser(std::move(words)).parse());
    return tag_query(std::move(root));
}

file_condition tag_query::condition() const {
    condition_writer writer;
    auto sql = writer.write(root_);
    return {.sql = std::move(sql), .parameter = writer.parameter()};
}

}  // namespace sluice::tagger
