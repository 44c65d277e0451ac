// query_words.hpp - splits a query into terms, parentheses, AND, OR, NOT, with positions. For tag_query.hpp only.
//
// Use:     TRY_ASSIGN(const auto words, split_query("-mood:calm (a or \"late night\")"));   // the last one is `end`
// Rule:    a word before a colon is a field if it is a field's name; else it belongs to a genre (rock:indie).
// Errors:  invalid: quotes that are not closed.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"

namespace sluice::tagger {

enum class query_word_kind : std::uint8_t { term, open, close, conjunction, disjunction, negation, end };

struct query_word {
    query_word_kind kind = query_word_kind::end;
    std::string field;  // field of a term: "mood", "artist" ...; empty: none
    std::string value;
    std::int32_t position = 0;  // in characters from 1
};

result<std::vector<query_word>> split_query(std::string_view text);

// "genre", "mood" ... "path"
[[nodiscard]] const std::vector<std::string_view>& query_fields();

// Returns a JSON array.
[[nodiscard]] std::string words_to_json(const std::vector<std::string>& words);

}  // namespace sluice::tagger
