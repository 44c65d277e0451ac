// ascii.hpp - letters, digits and blanks of ASCII, independent of the locale. No other file defines them.
//
// Problem: keywords, names of settings and units are compared without case, and C's <cctype> asks the process's locale.
// Use:     lower_case("SELECT") == "select"; equals_ignoring_case(word, "infinity")
// Text:    bytes beyond 0x7F are neither letters nor blanks and keep their value.
// Threads: none; plain functions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace sluice::base {

// The blanks of isspace() in the C locale.
[[nodiscard]] constexpr bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
[[nodiscard]] constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool is_letter(char c) {
    return is_upper(c) || is_lower(c);
}
[[nodiscard]] constexpr bool is_letter_or_digit(char c) {
    return is_letter(c) || is_digit(c);
}
// C0 and DEL.
[[nodiscard]] constexpr bool is_control(char c) {
    return (c >= '\0' && c < ' ') || c == '\x7f';
}
[[nodiscard]] constexpr char to_lower(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr char to_upper(char c) {
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

// 0 to 15; -1: not a hexadecimal digit.
[[nodiscard]] constexpr int hex_digit(char c) {
    const char lower = to_lower(c);
    return is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

[[nodiscard]] inline std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), to_lower);
    return lower;
}
[[nodiscard]] inline std::string upper_case(std::string_view text) {
    std::string upper(text);
    std::ranges::transform(upper, upper.begin(), to_upper);
    return upper;
}

[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, to_lower, to_lower);
}

}  // namespace sluice::base
