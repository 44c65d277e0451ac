#include "apps/tagger/tags/tags.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include <nlohmann/json.hpp>

namespace sluice::tagger {

std::string_view to_text(tag_kind kind) {
    constexpr std::array<std::string_view, tag_kinds.size()> names{"genre", "mood", "occasion", "keyword"};
    return names[static_cast<std::size_t>(kind)];
}

std::optional<tag_kind> parse_tag_kind(std::string_view text) {
    const auto found = std::ranges::find_if(tag_kinds, [&](tag_kind kind) { return to_text(kind) == text; });
    return found == tag_kinds.end() ? std::nullopt : std::optional(*found);
}

bool tag_set::is_empty() const {
    return std::ranges::all_of(lists_, [](const auto& list) { return list.empty(); });
}

bool has_same_tags(const tag_set& one, const tag_set& other) {
    return std::ranges::all_of(tag_kinds, [&](tag_kind kind) {
        return std::set<std::string>(one[kind].begin(), one[kind].end()) ==
               std::set<std::string>(other[kind].begin(), other[kind].end());
    });
}

std::string to_json(const tag_set& tags) {
    nlohmann::ordered_json object;
    for (const tag_kind kind : tag_kinds) {
        object[std::string(to_text(kind))] = tags[kind];
    }
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<tag_set> tags_from_json(std::string_view json) {
    const auto object = nlohmann::json::parse(json.begin(), json.end(), nullptr, false);
    if (!object.is_object()) {
        return std::nullopt;
    }
    tag_set tags;
    for (const tag_kind kind : tag_kinds) {
        const auto list = object.find(to_text(kind));
        if (list == object.end()) {
            continue;
        }
        if (!list->is_array()) {
            return std::nullopt;
        }
        for (const auto& each : *list) {
            if (!each.is_string()) {
                return std::nullopt;
            }
            tags[kind].push_back(each.get<std::string>());
        }
    }
    return tags;
}

std::string what_is_missing(const tag_set& tags) {
    std::string missing;
    for (std::size_t i = 0; i < tag_kinds.size(); ++i) {
        const auto count = tags[tag_kinds[i]].size();
        if (count < tags_min[i]) {
            missing += fmt::format("{}{} of {} {} tags", missing.empty() ? "" : ", ", count, tags_min[i],
                                   to_text(tag_kinds[i]));
        }
    }
    return missing;
}

}  // namespace sluice::tagger
