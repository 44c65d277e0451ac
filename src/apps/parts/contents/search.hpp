// search.hpp - full-text search for parts.
//
// Use:     TRY_ASSIGN(const auto found, search_parts(database, "10k acme"));
// Rule:    every word must be found, each in any of: number, name, description, property (key or value), manufacturer,
//          mpn, name of a file; of live revisions (effective, or newer). A word may be part of a longer one.
// Case:    is ignored, letter by letter, in all scripts: SQLite itself folds A to Z only, so each letter becomes a
//          GLOB class of its two cases. Not folded: letters that become longer (ß is not SS), accents (o is not ö), and
//          other code points for the same letter (é in one or in two).
// Order:   numbers that begin with a word first, then by number.
// Cost:    one pass over these texts for each word; no index can help.
// Bounds:  words_max words in 1,000 characters; `limit` parts.
// Errors:  invalid (no word, too many), storage.
// Threads: any. Each call sees one snapshot.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

inline constexpr std::size_t search_words_max = 16;

struct search_result {
    std::vector<part> parts;
    std::size_t found = 0;  // matches, those beyond the limit included
};

result<search_result> search_parts(sqlite::database& database, std::string_view text, std::size_t limit = 100);

// ---- for tests

// "R*" → "*[rR][*]*"
[[nodiscard]] std::string glob_of(std::string_view word);

}  // namespace sluice::parts
