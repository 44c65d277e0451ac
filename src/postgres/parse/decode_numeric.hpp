// decode_numeric.hpp - decimal numbers of any length, from text and from PostgreSQL's base-10000 binary form.
//
// Use:     TRY_ASSIGN(const numeric_value value, decode_numeric_text("12.50"));
//          value.scale == 2; to_scaled(value, 18, 2) == 1250
// Bounds:  131,072 digits before the point and 16,383 behind it, as in PostgreSQL.
// Errors:  22P02, 22P03, 22003.
// Source:  PostgreSQL 15 manual, 8.1.2; binary: int16 count of digits, weight of the first (powers of 10000), sign
//          (0 plus, 0x4000 minus, 0xC000 NaN, 0xD000 Infinity, 0xF000 -Infinity), display scale, then the digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "postgres/format/value_text.hpp"

namespace sluice::postgres {

struct numeric_value {
    enum class kind : std::uint8_t { finite, nan, infinity, minus_infinity };
    kind is = kind::finite;
    bool negative = false;
    std::string digits;       // decimal, the last `scale` of them behind the point; no zeros in front; empty: zero
    std::uint32_t scale = 0;  // digits behind the point, as written
};

result<numeric_value> decode_numeric_text(std::string_view text);
result<numeric_value> decode_numeric_binary(std::string_view bytes);

// value × 10^scale, rounded half away from zero. 22003 when it has more than `precision` digits (at most 38) or is not
// finite. Storing into numeric(precision, scale) does the same.
result<int128> to_scaled(const numeric_value& value, std::uint32_t precision, std::uint32_t scale);
// The same, but nullopt if the result would not be exactly the same number.
[[nodiscard]] std::optional<int128> to_scaled_exactly(const numeric_value& value, std::uint32_t precision,
                                                      std::uint32_t scale);
// The integer value, if it is an integer below 2^128; the sign is value.negative.
[[nodiscard]] std::optional<uint128> to_magnitude_exactly(const numeric_value& value);

// In the form in which PostgreSQL prints it.
[[nodiscard]] std::string to_text(const numeric_value& value);

// From the wire to value × 10^scale for the values that tables mostly hold: at most four base-10000 digits, i.e. below
// 10^16 when scaled. False: use the functions above.
[[nodiscard]] bool read_short_numeric(std::string_view bytes, std::uint32_t scale, std::int64_t& scaled);

}  // namespace sluice::postgres
