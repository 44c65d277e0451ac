// string_text.hpp - places of characters in UTF-8, and PostgreSQL's limits for the size of a value.
//
// Use:     text.substr(bytes_of_characters(text, 3))   // without its first three characters
//          TRY(append_within_limit(made, more));
// Text:    UTF-8 as the engine keeps it, so a lead byte tells the length of its character.
// Errors:  54000, XX000.
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::duckdb {

// Of a value, with its header of four bytes.
inline constexpr std::size_t value_bytes_max = 0x3fffffff;
inline constexpr std::size_t header_bytes = 4;

inline constexpr sqlstate substring_error{"22011"};
inline constexpr sqlstate length_mismatch{"22026"};

// Number of bytes of the first `count` characters; text.size() if there are fewer.
[[nodiscard]] std::size_t bytes_of_characters(std::string_view text, std::int64_t count);
[[nodiscard]] std::int64_t characters_of(std::string_view text);
// The character at the front of `text`, which is not empty.
[[nodiscard]] std::string_view front_character(std::string_view text);

// As PostgreSQL's lower(): one character for one.
[[nodiscard]] std::string lower_case_text(std::string_view text);

[[nodiscard]] std::unexpected<error> requested_too_large();
// For a value made at once.
result<> check_value_size(std::size_t bytes);
// For a value made piece by piece.
result<> append_within_limit(std::string& made, std::string_view more);
result<> check_growth(std::size_t bytes, std::size_t more);

// The range of a substring of something with `size` units, as places from 0.
struct unit_range {
    std::int64_t from = 0;
    std::int64_t count = 0;  // beyond the end is fine
};
result<unit_range> substring_range(std::int32_t start, std::int32_t length);
[[nodiscard]] unit_range substring_range(std::int32_t start);
// Where an overlay begins, and where the rest of the old value goes on.
struct overlay_places {
    std::int64_t from = 0;
    std::int64_t rest = 0;
};
result<overlay_places> overlay_range(std::int32_t start, std::int32_t length);

}  // namespace sluice::duckdb
