// decode_error.hpp - the errors of unreadable values, with PostgreSQL's messages.
//
// Use:     return fail(invalid_syntax("integer", text));
// Bounds:  values are quoted up to quoted_bytes_max bytes.
// Order:   a value that is not valid UTF-8 is reported as that (22021), even if it has other faults, so that no message
//          ever carries broken text.
// Source:  PostgreSQL 15, observed with psql.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "base/core/error.hpp"
#include "base/core/result.hpp"

namespace sluice::postgres {

inline constexpr std::size_t quoted_bytes_max = 1000;

// The front of `text` for a message, cut between characters.
[[nodiscard]] std::string quotable(std::string_view text, std::size_t bytes_max = quoted_bytes_max);

// 22P02 invalid input syntax for type integer: "abc"
[[nodiscard]] error invalid_syntax(std::string_view type, std::string_view text);
// 22003 value "99999" is out of range for type smallint
[[nodiscard]] error value_out_of_range(std::string_view type, std::string_view text);
// 22P03 incorrect binary data format
[[nodiscard]] error invalid_binary(std::string_view what = "incorrect binary data format");
// `code` with the message `prefix: "text"`, and with the rules about UTF-8 and length above.
[[nodiscard]] error invalid_value(sqlstate code, std::string_view prefix, std::string_view text);

// An integer of the wire: big-endian, not aligned.
template <typename Integer>
[[nodiscard]] inline Integer read_be(const char* bytes) {
    Integer value;
    std::memcpy(&value, bytes, sizeof value);
    return std::byteswap(value);
}

// The caller has checked that the bytes are there.
template <typename Integer>
[[nodiscard]] inline Integer read_be(std::string_view bytes, std::size_t offset = 0) {
    return read_be<Integer>(bytes.data() + offset);
}

}  // namespace sluice::postgres
