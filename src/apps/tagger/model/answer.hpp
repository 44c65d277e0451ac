// answer.hpp - reads the usable parts of a model's answer.
//
// Problem: JSON comes in a fence, after a sentence, cut off at the end, as a list or inside an object, with
//          fields of wrong types. The complete objects in it were paid for.
// Use:     const auto read = read_tag_answer(reply.text);    read.items, read.problem
// Rule:    every complete object with an "id" counts, at any depth; every text in its lists counts.
// Bounds:  items_max objects, tags_read_max texts of a kind, tag_bytes_max bytes each; the rest is dropped.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/tagger/model/prompts.hpp"
#include "apps/tagger/tags/tags.hpp"

namespace sluice::tagger {

struct tag_answer_item {
    std::string id;
    tag_set tags;  // as the model wrote them
};

struct tag_answer {
    std::vector<tag_answer_item> items;
    std::string problem;  // not empty: the text is not complete JSON
};

[[nodiscard]] tag_answer read_tag_answer(std::string_view text);

struct tag_mapping {
    unknown_tag unknown;
    std::string replacement;  // empty: no tag comes close
};

// Reads complete objects with kind, tag and replacement.
[[nodiscard]] std::vector<tag_mapping> read_mapping_answer(std::string_view text);

}  // namespace sluice::tagger
