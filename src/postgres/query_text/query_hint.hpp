// query_hint.hpp - the hint in a statement's comment: /*+ profile(background) */ select ...
//
// Problem: tools and ORMs that cannot send a SET for a statement can still put a comment into it.
// Use:     find_hint(text)                                  // for a text with one statement: name of the profile
//          find_hint(query.text, end_of_the_one_before, end_of_this_one)   // for one statement of several
// How:     as in pg_hint_plan: the first block comment that begins with /*+, in front of the statement's first keyword
//          or directly behind it. In it hints stand between blanks; `profile` in any case, its name an identifier, in
//          lower case unless quoted; of several profiles the last one counts. Other hints are ignored, as comments are.
// Cost:    one search for the three characters in texts without hints.
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::postgres {

[[nodiscard]] std::optional<std::string> find_hint(std::string_view text);

// `previous_end_bytes` is where the preceding statement ends in `query`, without its semicolon (0: there is none);
// `end_bytes` is where this statement ends. A comment in front of that semicolon belongs to neither.
[[nodiscard]] std::optional<std::string> find_hint(std::string_view query, std::size_t previous_end_bytes,
                                                   std::size_t end_bytes);

}  // namespace sluice::postgres
