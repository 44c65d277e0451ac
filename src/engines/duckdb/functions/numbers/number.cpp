#include "engines/duckdb/functions/numbers/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "postgres/parse/decode_numeric.hpp"

namespace sluice::duckdb {
namespace {

using kind = number::kind;

constexpr int significant_digits_min = 16;  // of a quotient
constexpr int group = 4;                    // PostgreSQL counts decimal digits in groups of four
constexpr int decimals_max = 16383;

std::unexpected<error> division_by_zero() {
    return fail(sqlstates::division_by_zero, "division by zero");
}

number not_a_number() {
    return {.is = kind::nan, .units = 0};
}
number infinite(bool negative) {
    return {.is = negative ? kind::minus_infinity : kind::infinity, .units = 0};
}

// The exponent of the first digit: 2 for 123.4, -3 for 0.00123. Not for zero.
int exponent_of(const number& value) {
    return static_cast<int>(magnitude_text(value).size()) - 1 - value.scale;
}

int floor_divided(int value, int by) {
    return value >= 0 ? value / by : -((-value + by - 1) / by);
}

// The first group of four digits, aligned at the point, and the number of groups in front of the point less one.
struct first_group {
    int weight = 0;
    int digits = 0;
};
first_group first_group_of(const number& value) {
    if (value.units == 0) {
        return {};
    }
    const int weight = floor_divided(exponent_of(value), group);
    const int shift = weight * group + value.scale;
    const big_integer whole = boost::multiprecision::abs(value.units);
    const big_integer digits =
        shift >= 0 ? big_integer(whole / power_of_ten(shift)) : big_integer(whole * power_of_ten(-shift));
    return {.weight = weight, .digits = static_cast<int>(digits)};
}

big_integer divided_half_away(const big_integer& value, const big_integer& by) {
    big_integer quotient;
    big_integer rest;
    boost::multiprecision::divide_qr(boost::multiprecision::abs(value), boost::multiprecision::abs(by), quotient, rest);
    if (rest * 2 >= boost::multiprecision::abs(by)) {
        ++quotient;
    }
    return (value < 0) != (by < 0) ? big_integer(-quotient) : quotient;
}

big_integer units_at(const number& value, int scale) {
    return value.units * power_of_ten(scale - value.scale);
}

bool is_negative(const number& value) {
    return value.is == kind::minus_infinity || (value.finite() && value.units < 0);
}
bool is_zero(const number& value) {
    return value.finite() && value.units == 0;
}

}  // namespace

std::string magnitude_text(const number& value) {
    return big_integer(boost::multiprecision::abs(value.units)).str();
}

big_integer power_of_ten(int exponent) {
    return boost::multiprecision::pow(big_integer(10), static_cast<unsigned>(std::max(exponent, 0)));
}

result<number> parse_number(std::string_view text) {
    // The usual case: our own text of a short number.
    if (!text.empty() && text.size() <= 19) {
        std::int64_t units = 0;
        int scale = -1;
        bool plain = true;
        std::size_t i = text.front() == '-' ? 1 : 0;
        plain = i < text.size();
        for (; i < text.size() && plain; ++i) {
            if (text[i] == '.' && scale < 0 && i + 1 < text.size()) {
                scale = 0;
            } else if (text[i] >= '0' && text[i] <= '9') {
                units = units * 10 + (text[i] - '0');
                scale += scale >= 0 ? 1 : 0;
            } else {
                plain = false;
            }
        }
        if (plain && text.size() - (text.front() == '-' ? 1 : 0) <= 18) {
            return number{.units = text.front() == '-' ? -units : units, .scale = std::max(scale, 0)};
        }
    }
    TRY_ASSIGN(const postgres::numeric_value value, postgres::decode_numeric_text(text));
    switch (value.is) {
        case postgres::numeric_value::kind::nan:
            return not_a_number();
        case postgres::numeric_value::kind::infinity:
            return infinite(false);
        case postgres::numeric_value::kind::minus_infinity:
            return infinite(true);
        default:
            break;
    }
    number made{.units = value.digits.empty() ? big_integer(0) : big_integer(value.digits),
                .scale = static_cast<int>(value.scale)};
    if (value.negative) {
        made.units = -made.units;
    }
    return made;
}

std::string text_of(const number& value) {
    switch (value.is) {
        case kind::nan:
            return "NaN";
        case kind::infinity:
            return "Infinity";
        case kind::minus_infinity:
            return "-Infinity";
        default:
            break;
    }
    std::string digits = magnitude_text(value);
    if (value.scale > 0) {
        const auto decimals = static_cast<std::size_t>(value.scale);
        if (digits.size() <= decimals) {
            digits.insert(0, decimals + 1 - digits.size(), '0');
        }
        digits.insert(digits.size() - decimals, 1, '.');
    }
    return value.units < 0 ? "-" + digits : digits;
}

number rounded(const number& value, int scale) {
    if (!value.finite()) {
        return value;
    }
    if (scale >= value.scale) {
        return {.units = units_at(value, scale), .scale = scale};
    }
    number made{.units = divided_half_away(value.units, power_of_ten(value.scale - scale)),
                .scale = std::max(scale, 0)};
    made.units *= power_of_ten(-scale);
    return made;
}

number truncated(const number& value, int scale) {
    if (!value.finite()) {
        return value;
    }
    if (scale >= value.scale) {
        return {.units = units_at(value, scale), .scale = scale};
    }
    number made{.units = value.units / power_of_ten(value.scale - scale), .scale = std::max(scale, 0)};
    made.units *= power_of_ten(-scale);
    return made;
}

number add(const number& left, const number& right) {
    if (!left.finite() || !right.finite()) {
        const bool clash =
            left.is == kind::nan || right.is == kind::nan || (!left.finite() && !right.finite() && left.is != right.is);
        return clash ? not_a_number() : left.finite() ? right : left;
    }
    const int scale = std::max(left.scale, right.scale);
    return {.units = units_at(left, scale) + units_at(right, scale), .scale = scale};
}

number subtract(const number& left, const number& right) {
    number other = right;
    other.units = -other.units;
    other.is = right.is == kind::infinity         ? kind::minus_infinity
               : right.is == kind::minus_infinity ? kind::infinity
                                                  : right.is;
    return add(left, other);
}

number multiply(const number& left, const number& right) {
    if (!left.finite() || !right.finite()) {
        if (left.is == kind::nan || right.is == kind::nan || is_zero(left) || is_zero(right)) {
            return not_a_number();
        }
        return infinite(is_negative(left) != is_negative(right));
    }
    number made{.units = left.units * right.units, .scale = left.scale + right.scale};
    return made.scale > decimals_max ? rounded(made, decimals_max) : made;
}

int quotient_scale(const number& left, const number& right) {
    const first_group one = first_group_of(left);
    const first_group other = first_group_of(right);
    const int weight = one.weight - other.weight - (one.digits <= other.digits ? 1 : 0);
    return std::min(std::max({significant_digits_min - weight * group, left.scale, right.scale, 0}), scale_max);
}

result<number> divide(const number& left, const number& right, int scale) {
    if (left.is == kind::nan || right.is == kind::nan) {
        return not_a_number();
    }
    if (is_zero(right)) {
        return division_by_zero();
    }
    if (!left.finite()) {
        return right.finite() ? infinite(is_negative(left) != is_negative(right)) : not_a_number();
    }
    if (!right.finite()) {
        return number{.units = 0};
    }
    const int shift = scale + right.scale - left.scale;
    const big_integer above = shift >= 0 ? big_integer(left.units * power_of_ten(shift)) : left.units;
    const big_integer below = shift >= 0 ? right.units : big_integer(right.units * power_of_ten(-shift));
    return number{.units = divided_half_away(above, below), .scale = scale};
}

result<number> divide(const number& left, const number& right) {
    return divide(left, right, left.finite() && right.finite() ? quotient_scale(left, right) : 0);
}

result<number> remainder(const number& left, const number& right) {
    if (left.is == kind::nan || right.is == kind::nan) {
        return not_a_number();
    }
    if (is_zero(right)) {
        return division_by_zero();
    }
    if (!left.finite()) {
        return not_a_number();
    }
    if (!right.finite()) {
        return left;
    }
    const int scale = std::max(left.scale, right.scale);
    return number{.units = units_at(left, scale) % units_at(right, scale), .scale = scale};
}

result<number> square_root(const number& value, int scale) {
    // One digit more decides the rounding.
    const int shift = 2 * (scale + 1) - value.scale;
    const big_integer scaled =
        shift >= 0 ? big_integer(value.units * power_of_ten(shift)) : big_integer(value.units / power_of_ten(-shift));
    return rounded({.units = boost::multiprecision::sqrt(scaled), .scale = scale + 1}, scale);
}

result<number> square_root(const number& value) {
    if (value.is == kind::nan || value.is == kind::infinity) {
        return value;
    }
    if (is_negative(value)) {
        return fail(sqlstate{"2201F"}, "cannot take square root of a negative number");
    }
    const int weight = first_group_of(value).weight;
    const int digits = weight >= 0 ? (weight + 1) * group / 2 - 1 : -(-(weight + 1) * group + 1) / 2 - 1 + 0;
    const int scale = std::min(std::max({significant_digits_min - digits, value.scale, 0}), scale_max);
    return square_root(value, scale);
}

int compare(const number& left, const number& right) {
    if (left.is != right.is || !left.finite()) {
        return static_cast<int>(left.is) - static_cast<int>(right.is);
    }
    const int scale = std::max(left.scale, right.scale);
    return units_at(left, scale).compare(units_at(right, scale));
}

std::string sort_key(const number& value) {
    constexpr std::string_view classes("\x00\x01\x02\x03\x04\x05", 6);
    switch (value.is) {
        case kind::minus_infinity:
            return {classes[0]};
        case kind::infinity:
            return {classes[4]};
        case kind::nan:
            return {classes[5]};
        default:
            break;
    }
    if (value.units == 0) {
        return {classes[2]};
    }
    std::string digits = magnitude_text(value);
    const auto exponent = static_cast<std::uint32_t>(static_cast<int>(digits.size()) - 1 - value.scale + (1 << 30));
    digits.erase(digits.find_last_not_of('0') + 1);
    std::string key;
    for (int shift = 24; shift >= 0; shift -= 8) {
        key += static_cast<char>(exponent >> static_cast<unsigned>(shift));
    }
    key += digits;
    if (value.units > 0) {
        return classes[3] + key;
    }
    for (char& each : key) {
        each = static_cast<char>(~each);
    }
    return classes[1] + key + '\xff';
}

}  // namespace sluice::duckdb
