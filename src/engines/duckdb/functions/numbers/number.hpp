// number.hpp - a decimal number of any size, with the scale that it shows.
//
// Source:  PostgreSQL 15 manual, 8.1.2 and 9.3.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

#include "base/core/result.hpp"

namespace sluice::duckdb {

using big_integer = boost::multiprecision::cpp_int;

struct number {
    enum class kind : std::uint8_t { minus_infinity, finite, infinity, nan };
    kind is = kind::finite;
    big_integer units;  // the value × 10^scale
    int scale = 0;

    [[nodiscard]] bool finite() const { return is == kind::finite; }
};

inline constexpr int scale_max = 1000;  // of results whose digits do not end

result<number> parse_number(std::string_view text);
[[nodiscard]] std::string text_of(const number& value);
[[nodiscard]] big_integer power_of_ten(int exponent);
// The digits of the units, without sign.
[[nodiscard]] std::string magnitude_text(const number& value);
// Rounded half away from zero.
[[nodiscard]] number rounded(const number& value, int scale);
[[nodiscard]] number truncated(const number& value, int scale);
[[nodiscard]] number add(const number& left, const number& right);
[[nodiscard]] number subtract(const number& left, const number& right);
[[nodiscard]] number multiply(const number& left, const number& right);
result<number> divide(const number& left, const number& right);
result<number> divide(const number& left, const number& right, int scale);
// The scale of left / right.
[[nodiscard]] int quotient_scale(const number& left, const number& right);
result<number> remainder(const number& left, const number& right);
result<number> square_root(const number& value);
result<number> square_root(const number& value, int scale);
result<number> exponential(const number& value);
result<number> natural_logarithm(const number& value);
result<number> logarithm(const number& base, const number& value);
result<number> power(const number& base, const number& exponent);
[[nodiscard]] int compare(const number& left, const number& right);
// Bytes that sort as the numbers do, and are the same for the same value: 1.0 and 1.00.
[[nodiscard]] std::string sort_key(const number& value);

}  // namespace sluice::duckdb
