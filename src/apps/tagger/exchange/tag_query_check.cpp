// Checks that the tags of a query exist, and suggests similar ones for those that do not.
#include <array>
#include <fmt/format.h>
#include <set>
#include <utility>

#include "apps/tagger/library/library.hpp"
#include "apps/tagger/tags/query_words.hpp"
#include "apps/tagger/tags/tag_query.hpp"
#include "base/text/nearest.hpp"

namespace sluice::tagger {

namespace {

std::string in_quotes(std::string_view tag) {
    return tag.contains(' ') ? fmt::format("\"{}\"", tag) : std::string(tag);
}

class known_tags {
  public:
    static result<known_tags> load(sqlite::database& database) {
        known_tags known;
        TRY_ASSIGN(const auto words, load_vocabulary(database));
        for (const tag_kind kind : tag_kinds) {
            for (const auto& tag : (words ? *words : default_vocabulary()).list(kind)) {
                known.add(kind, tag);
            }
        }
        TRY(database.execute([&](sqlite::connection& db) {
            return db.each("SELECT DISTINCT kind, tag FROM tags", [&](const sqlite::row& row) {
                if (const auto kind = parse_tag_kind(row.get<std::string_view>(0))) {
                    known.add(*kind, row.get<std::string>(1));
                }
            });
        }));
        return known;
    }

    [[nodiscard]] bool has(std::optional<tag_kind> kind, const std::string& tag) const {
        return kind ? tags_.at(static_cast<std::size_t>(*kind)).contains(tag) : kind_with(tag).has_value();
    }

    [[nodiscard]] std::string hint_for(const query_node& node) const {
        if (const auto other = kind_with(node.value)) {
            return fmt::format("it is of another kind: {}:{}", to_text(*other), in_quotes(node.value));
        }
        if (const auto near = nearest_to(node); !near.empty()) {
            return fmt::format("did you mean {}?", in_quotes(near));
        }
        if (const auto colon = node.value.find(':'); !node.tag_of && colon != std::string::npos) {
            const auto field = base::nearest(std::string_view(node.value).substr(0, colon), query_fields());
            if (!field.empty()) {
                return fmt::format("did you mean {}:{}?", field, in_quotes(node.value.substr(colon + 1)));
            }
        }
        return "`sluice tag vocabulary` lists those that there are";
    }

  private:
    void add(tag_kind kind, const std::string& tag) {
        auto& tags = tags_.at(static_cast<std::size_t>(kind));
        tags.insert(tag);
        if (kind == tag_kind::genre) {
            tags.insert(tag.substr(0, tag.find(':')));  // a parent stands for all its children
        }
    }

    [[nodiscard]] std::optional<tag_kind> kind_with(const std::string& tag) const {
        for (const tag_kind kind : tag_kinds) {
            if (has(kind, tag)) {
                return kind;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::string_view nearest_to(const query_node& node) const {
        std::set<std::string_view> candidates;
        for (const tag_kind kind : tag_kinds) {
            if (!node.tag_of || kind == *node.tag_of) {
                const auto& tags = tags_.at(static_cast<std::size_t>(kind));
                candidates.insert(tags.begin(), tags.end());
            }
        }
        return base::nearest(node.value, {candidates.begin(), candidates.end()});
    }

    std::array<std::set<std::string>, tag_kinds.size()> tags_;
};

result<> check_node(const known_tags& known, const query_node& node) {
    for (const auto& each : node.children) {
        TRY(check_node(known, each));
    }
    if (node.kind != query_node_kind::tag || known.has(node.tag_of, node.value)) {
        return {};
    }
    return fail(error_kind::not_found,
                fmt::format("the query's character {}: there is no {} \"{}\"", node.position,
                            node.tag_of ? to_text(*node.tag_of) : "tag", node.value),
                known.hint_for(node));
}

}  // namespace

result<> check_tags(sqlite::database& database, const tag_query& query) {
    TRY_ASSIGN(const auto known, known_tags::load(database));
    return check_node(known, query.root());
}

}  // namespace sluice::tagger
