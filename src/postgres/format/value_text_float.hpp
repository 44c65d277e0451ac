// value_text_float.hpp - float4 and float8 as PostgreSQL prints them.
//
// Use:     char* end = write_double(out, 0.1);                     // "0.1": the fewest digits that read back the same
//          char* end = write_double_rounded(out, 0.1, 15 + n);     // extra_float_digits = n <= 0
// Room:    float_text_bytes_max, scratch bytes included.
// Source:  PostgreSQL 15 manual, 8.1.3: shortest-precise output is plain for decimal exponents -4 to 14 (float4: to 5),
//          else in the form 1.5e+20. Digits come from fmt's Dragonbox; PostgreSQL never prints a decimal that lies
//          exactly half way to a neighbour (1e23 is 9.999999999999999e+22), Dragonbox does: corrected here.
#pragma once

#include <cmath>
#include <cstdint>

#include "postgres/format/value_text_digits.hpp"

namespace sluice::postgres {

inline constexpr std::size_t float_text_bytes_max = 48;

// The general cases: any value.
char* write_double_slow(char* out, double value);
char* write_float(char* out, float value);

// printf's %.*g, with PostgreSQL's names for infinities and NaN; significant >= 1 (smaller counts as 1).
char* write_double_rounded(char* out, double value, int significant);

inline char* write_double(char* out, double value) {
    // Most doubles in tables are decimals with few places. One with at most 15 digits that reads back as the value is
    // the shortest: two different decimals of 15 digits never read as the same double.
    const double magnitude = std::fabs(value);
    if (magnitude >= 1e-4 && magnitude < 1e9) {
        // NOLINTNEXTLINE(bugprone-incorrect-roundings): a wrong guess does not pass the test below
        const auto millionths = static_cast<std::uint64_t>(static_cast<std::int64_t>(magnitude * 1e6 + 0.5));
        if (static_cast<double>(static_cast<std::int64_t>(millionths)) / 1e6 == magnitude) {
            *out = '-';
            out += value < 0;
            out = write_unsigned(out, millionths / 1'000'000);
            return write_fraction(out, static_cast<std::uint32_t>(millionths % 1'000'000));
        }
    }
    return write_double_slow(out, value);
}

}  // namespace sluice::postgres
