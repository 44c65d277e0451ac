// display_width.hpp - text in a terminal: its width in columns, and characters that a terminal would obey.
//
// Problem: bytes are not characters and characters are not columns: 中 takes two, a combining accent none.
// Use:     display_width("é")  shorten(name, 20)  visible(text)
// Source:  utf8proc_charwidth, the same in every locale.
// Broken:  a byte that is not UTF-8 is a character of its own, U+FFFD.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::base {

// Width in columns; control characters have none.
[[nodiscard]] std::size_t display_width(std::string_view text);

// At most `width` columns; if the text was cut, the last one is … (or ~, if not is_utf8).
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width, bool is_utf8 = true);

// Writes characters that move the cursor, change colours or turn the direction of text as \n, \x1b or \u202e, and
// broken bytes as \xff.
[[nodiscard]] std::string visible(std::string_view text);

}  // namespace sluice::base
