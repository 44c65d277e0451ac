// search.hpp - parts by anything that is written about them.
//
// Use:     TRY_ASSIGN(const auto found, search_parts(database, "10k acme"));
// Rule:    every word must be found, each anywhere: number, name, description, property (key or value), manufacturer, mpn,
//          name of a file; of revisions that are live (effective, or newer). A word is found inside of others, too.
// Case:    does not matter, letter by letter, in all scripts: SQLite itself folds A to Z only, so each letter becomes a
//          GLOB class of its two cases. Not folded: what becomes longer (ß is not SS), accents (o is not ö), and the same
//          letter written with other code points (é in one or in two).
// Order:   numbers that begin with a word first, then by number.
// Cost:    one pass over these texts for each word; there is no index that could help.
// Bounds:  words_max words in 1,000 characters; `limit` parts.
// Errors:  invalid (no word, too many), storage.
// Threads: any. Sees one state of the database.
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
    std::size_t found = 0;  // also those beyond the limit
};

result<search_result> search_parts(sqlite::database& database, std::string_view text, std::size_t limit = 100);

// ---- for tests

// "R*" → "*[rR][*]*"
[[nodiscard]] std::string glob_of(std::string_view word);

}  // namespace sluice::parts
