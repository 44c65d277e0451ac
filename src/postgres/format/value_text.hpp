// value_text.hpp - integers, decimals, booleans, uuids, bytes and bits as PostgreSQL prints them.
//
// Use:     char* end = write_decimal(out, -150, 2);   // "-1.50"
// Room:    scalar_text_bytes_max for every function here except those that take a length; includes scratch bytes.
// Source:  PostgreSQL 15 manual, chapter 8.
// See:     value_text_digits.hpp, value_text_float.hpp and value_text_time.hpp for the other types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "postgres/format/value_text_digits.hpp"

namespace sluice::postgres {

inline constexpr std::size_t scalar_text_bytes_max = 112;

using int128 = __int128;
using uint128 = unsigned __int128;

char* write_unsigned_128(char* out, uint128 value);
char* write_signed_128(char* out, int128 value);

// value / 10^scale with exactly `scale` decimal places; scale <= 38.
char* write_decimal_128(char* out, int128 value, std::uint32_t scale);

// The same for scale <= 18, inline for column loops.
inline char* write_decimal(char* out, std::int64_t value, std::uint32_t scale) {
    *out = '-';
    out += value < 0;
    const std::uint64_t magnitude =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    if (scale == 2) {
        out = write_unsigned(out, magnitude / 100);
        *out = '.';
        return write_two_digits(out + 1, static_cast<std::uint32_t>(magnitude % 100));
    }
    if (scale == 0) {
        return write_unsigned(out, magnitude);
    }
    const std::uint64_t power = powers_of_ten[scale];
    out = write_unsigned(out, magnitude / power);
    *out = '.';
    return write_padded(out + 1, magnitude % power, scale);
}

inline char* write_bool(char* out, bool value) {
    *out = value ? 't' : 'f';
    return out + 1;
}

// Sixteen bytes in the order of the text.
char* write_uuid(char* out, uint128 value);

// bytea_output = hex: "\x" and two digits a byte. Room: 2 + 2 * bytes.size().
char* write_bytea_hex(char* out, std::string_view bytes);
// bytea_output = escape. Room: bytea_escape_size(bytes).
[[nodiscard]] std::size_t bytea_escape_size(std::string_view bytes);
char* write_bytea_escape(char* out, std::string_view bytes);

// The lowest `count` digits of a bit string whose bits start at the highest bit of `bits`, after `skip` bits.
char* write_bits(char* out, std::string_view bits, std::size_t skip);

}  // namespace sluice::postgres
