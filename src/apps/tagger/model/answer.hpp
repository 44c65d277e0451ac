// answer.hpp - reads what a model wrote, as far as it can be read.
//
// Problem: JSON comes in a fence, with a sentence before it, cut off at the end, as a list or inside of an object, with
//          fields of wrong types. What is complete in it was paid for.
// Use:     const auto read = read_tag_answer(reply.text);    read.items, read.problem
// Rule:    every complete object with an "id" counts, wherever it stands; of its lists every text counts.
// Bounds:  items_max objects, tags_read_max texts of a kind, tag_bytes_max bytes each; what is beyond is left out.
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
    tag_set tags;  // as written
};

struct tag_answer {
    std::vector<tag_answer_item> items;
    std::string problem;  // not empty: the text is no complete JSON
};

[[nodiscard]] tag_answer read_tag_answer(std::string_view text);

struct tag_mapping {
    unknown_tag unknown;
    std::string replacement;  // empty: nothing comes close
};

// Complete objects with kind, tag and replacement.
[[nodiscard]] std::vector<tag_mapping> read_mapping_answer(std::string_view text);

}  // namespace sluice::tagger
