// display_width.hpp - UTF-8 as a reader sees it: single characters, and their width in columns of a terminal.
//
// Problem: bytes are not characters and characters are not columns: 中 takes two, a combining accent none.
// Use:     display_width("é")  shorten(name, 20)  visible(text)
// Source:  wcwidth of the C library in its locale C.UTF-8, not in the process's locale. Without that locale every
//          character counts as one column.
// Broken:  a byte that is not UTF-8 is a character of its own, U+FFFD.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::base {

struct character {
    char32_t code = 0;
    std::string_view bytes;
};

// The first character of `text`, which is not empty.
[[nodiscard]] character first_character(std::string_view text);

// Width in columns; control characters have none.
[[nodiscard]] std::size_t display_width(std::string_view text);

// At most `width` columns; if the text was cut, the last one is … (or ~, if not is_utf8).
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width, bool is_utf8 = true);

// Writes characters that move the cursor, change colours or turn the direction of text as \n, \x1b or \u202e, and
// broken bytes as \xff.
[[nodiscard]] std::string visible(std::string_view text);

}  // namespace sluice::base
