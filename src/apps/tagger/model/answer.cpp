#include "apps/tagger/model/answer.hpp"

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

#include "apps/tagger/tags/vocabulary.hpp"

namespace sluice::tagger {

namespace {

using nlohmann::json;

constexpr std::size_t items_max = 1000;
constexpr std::size_t tags_read_max = 64;

// Calls `found` for each complete object, inner ones first. True if the text held one complete value.
bool read_objects(std::string_view text, const std::function<void(const json&)>& found) {
    const auto start = text.find_first_of("[{");
    if (start == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(start);
    bool is_complete = false;
    std::size_t count = 0;
    const auto each = [&](int depth, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::object_end && ++count <= items_max * 4) {
            found(value);
        }
        is_complete =
            is_complete ||
            (depth == 0 && (event == json::parse_event_t::object_end || event == json::parse_event_t::array_end));
        return true;
    };
    (void)json::parse(text.begin(), text.end(), each, false);  // text after the value is ignored
    return is_complete;
}

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> texts_of(const json& object, const char* name) {
    std::vector<std::string> texts;
    const auto found = object.find(name);
    if (found == object.end()) {
        return texts;
    }
    if (found->is_string()) {  // a single text without a list
        texts.push_back(found->get<std::string>());
    } else if (found->is_array()) {
        for (const auto& each : *found) {
            if (each.is_string() && texts.size() < tags_read_max) {
                texts.push_back(each.get<std::string>());
            }
        }
    }
    std::erase_if(texts, [](const auto& each) { return each.empty() || each.size() > vocabulary::tag_bytes_max; });
    return texts;
}

}  // namespace

tag_answer read_tag_answer(std::string_view text) {
    tag_answer answer;
    const bool is_complete = read_objects(text, [&](const json& object) {
        auto id = text_of(object, "id");
        if (id.empty() || answer.items.size() >= items_max) {
            return;
        }
        tag_answer_item item{.id = std::move(id), .tags = {}};
        for (const tag_kind kind : tag_kinds) {
            item.tags[kind] = texts_of(object, std::string(to_text(kind)).c_str());
        }
        answer.items.push_back(std::move(item));
    });
    if (!is_complete) {
        answer.problem =
            text.find_first_of("[{") == std::string_view::npos ? "it is no JSON" : "its JSON is cut off or broken";
    }
    return answer;
}

std::vector<tag_mapping> read_mapping_answer(std::string_view text) {
    std::vector<tag_mapping> mappings;
    (void)read_objects(text, [&](const json& object) {
        const auto kind = parse_tag_kind(text_of(object, "kind"));
        auto tag = text_of(object, "tag");
        const auto replacement = object.find("replacement");
        if (!kind || tag.empty() || replacement == object.end() || mappings.size() >= items_max) {
            return;
        }
        mappings.push_back(
            {.unknown = {.kind = *kind, .tag = normalized_tag(tag)}, .replacement = text_of(object, "replacement")});
    });
    return mappings;
}

}  // namespace sluice::tagger
