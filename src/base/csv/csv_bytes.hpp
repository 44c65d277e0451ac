// csv_bytes.hpp - rules of csv_reader and csv_writer for separators, formulas and numbers.
//
// Use:     separator_of("a;b") == ';'   if (looks_like_formula(field) && !is_number(field)) { add an apostrophe }
// Threads: none; plain functions.
#pragma once

#include <string_view>

namespace sluice::base {

inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// The most frequent of , ; and tab outside quotes; comma if there is none.
[[nodiscard]] char separator_of(std::string_view header);

// True if a spreadsheet would compute it, after any number of apostrophes.
[[nodiscard]] bool looks_like_formula(std::string_view text);
// True for numbers such as -12.5e3, which begin like formulas.
[[nodiscard]] bool is_number(std::string_view text);

}  // namespace sluice::base
