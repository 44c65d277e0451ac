// value_binary.hpp - single values in PostgreSQL's binary formats.
//
// Use:     char* end = write_be(out, std::int32_t{7});
//          char* end = write_numeric_binary(out, -150, 2);      // -1.50
// Room:    write_be writes exactly the size of its type; write_numeric_binary at most numeric_binary_bytes_max.
// Source:  the *send functions of PostgreSQL 15, which the manual does not describe; checked against a server's output.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "postgres/format/value_text.hpp"

namespace sluice::postgres {

template <std::integral Integer>
inline char* write_be(char* out, Integer value) {
    const auto swapped = std::byteswap(static_cast<std::make_unsigned_t<Integer>>(value));
    std::memcpy(out, &swapped, sizeof swapped);
    return out + sizeof swapped;
}

inline constexpr std::int32_t days_1970_to_2000 = 10957;
inline constexpr std::int64_t microseconds_1970_to_2000 = 946'684'800'000'000;

inline constexpr std::size_t numeric_binary_bytes_max = 64;

// value / 10^scale; scale <= 38.
char* write_numeric_binary_128(char* out, int128 value, std::uint32_t scale);
char* write_numeric_binary_u128(char* out, uint128 value);
// The same for scale <= 18, for column loops.
char* write_numeric_binary(char* out, std::int64_t value, std::uint32_t scale);

}  // namespace sluice::postgres
