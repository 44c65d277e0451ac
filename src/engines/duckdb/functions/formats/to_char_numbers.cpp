// to_char of numbers.
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "engines/duckdb/functions/formats/format_number_writer.hpp"
#include "engines/duckdb/functions/numbers/number.hpp"
#include "engines/duckdb/functions/times/time_families.hpp"

namespace sluice::duckdb {
namespace {

using text = result<std::string>;

constexpr int shift_max = 131'072;      // digits that a numeric has in front of its point
constexpr int scale_digits_max = 2000;  // to which PostgreSQL rounds

std::unexpected<error> out_of_range(std::string_view type) {
    return fail(sqlstates::numeric_value_out_of_range, fmt::format("{} out of range", type));
}

std::string roman_of(std::int64_t value) {
    if (value < 1 || value > 3999) {
        return std::string(15, '#');
    }
    struct numeral {
        std::int64_t value;
        std::string_view text;
    };
    constexpr auto numerals = std::to_array<numeral>({{1000, "M"},
                                                      {900, "CM"},
                                                      {500, "D"},
                                                      {400, "CD"},
                                                      {100, "C"},
                                                      {90, "XC"},
                                                      {50, "L"},
                                                      {40, "XL"},
                                                      {10, "X"},
                                                      {9, "IX"},
                                                      {5, "V"},
                                                      {4, "IV"},
                                                      {1, "I"}});
    std::string made;
    for (const numeral& each : numerals) {
        for (; value >= each.value; value -= each.value) {
            made += each.text;
        }
    }
    return made;
}

// Digits in their places, or #### if there are too many; `text` may begin with a minus.
text placed(number_picture picture, std::string_view number) {
    shown_number shown{.digits = std::string(number), .negative = number.starts_with('-')};
    if (shown.negative) {
        shown.digits.erase(0, 1);
    }
    const int length = static_cast<int>(std::min(shown.digits.find('.'), shown.digits.size()));
    shown.leading = std::max(picture.before - length, 0);
    if (length > picture.before) {
        shown.digits = std::string(static_cast<std::size_t>(picture.before), '#') + '.' +
                       std::string(static_cast<std::size_t>(picture.after), '#');
    }
    return write_by_picture(std::move(picture), std::move(shown));
}

// EEEE of what has no exponent.
std::string hidden_exponent(const number_picture& picture) {
    std::string made(static_cast<std::size_t>(picture.before) + static_cast<std::size_t>(picture.after) + 6, '#');
    made[0] = ' ';
    made[static_cast<std::size_t>(picture.before) + 1] = '.';
    return made;
}

// 1.5e+03: digits are rounded half away from zero, and a carry stays in front of the point.
std::string with_exponent(const number& value, int places) {
    number scaled = value;
    const std::string digits = magnitude_text(value);
    const std::size_t first = digits.find_first_not_of("0.");
    int exponent = 0;
    if (first != std::string::npos) {
        const std::string significant = digits.substr(first);
        exponent = static_cast<int>(significant.size()) - 1 - value.scale;
        scaled.scale += exponent;
        if (scaled.scale < 0) {
            scaled.units *= power_of_ten(-scaled.scale);
            scaled.scale = 0;
        }
    }
    constexpr int places_max = 20'000;  // more than a numeric has; further ones are zeros
    std::string made = text_of(rounded(scaled, std::min(places, places_max)));
    made.append(static_cast<std::size_t>(std::max(places - places_max, 0)), '0');
    if (!made.starts_with('-')) {
        made.insert(0, " ");
    }
    return fmt::format("{}e{}{:02}", made, exponent < 0 ? '-' : '+', std::abs(exponent));
}

text numeric_to_char(std::string_view value, std::string_view format) {
    TRY_ASSIGN(number one, parse_number(value));
    TRY_ASSIGN(number_picture picture, parse_number_picture(format));
    if (format.empty()) {
        return std::string();
    }
    if (picture.is_roman) {
        if (!one.finite()) {
            return fail(sqlstates::feature_not_supported,
                        fmt::format("cannot convert {} to integer", one.is == number::kind::nan ? "NaN" : "infinity"));
        }
        const number whole = rounded(one, 0);
        if (whole.units > std::numeric_limits<std::int32_t>::max() ||
            whole.units < std::numeric_limits<std::int32_t>::min()) {
            return out_of_range("integer");
        }
        return write_by_picture(std::move(picture), {.digits = roman_of(static_cast<std::int64_t>(whole.units))});
    }
    if (picture.has_exponent) {
        return one.finite() ? with_exponent(one, picture.after) : hidden_exponent(picture);
    }
    if (picture.has_shift) {
        if (picture.shifted > shift_max) {
            return fail(sqlstates::numeric_value_out_of_range, "value overflows numeric format");
        }
        if (one.finite()) {
            one.units *= power_of_ten(picture.shifted);
        }
        picture.before += picture.shifted;
    }
    const std::string digits =
        one.finite() ? text_of(rounded(one, std::min(picture.after, scale_digits_max))) : text_of(one);
    return placed(std::move(picture), digits);
}

// printf's %e with at least two digits of exponent; digits beyond 350 are zeros, as the server writes them.
std::string float_with_exponent(double value, int places) {
    constexpr int places_max = 350;
    std::string made = fmt::format("{: .{}e}", value, std::min(places, places_max));
    if (places > places_max) {
        made.insert(made.find('e'), static_cast<std::size_t>(places - places_max), '0');
    }
    return made;
}

template <typename Float>
std::string float_digits(Float value, int places) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value < 0 ? "-Infinity" : "Infinity";
    }
    return fmt::format("{:.{}f}", static_cast<double>(value), places);
}

template <typename Float>
text float_to_char(Float value, std::string_view format) {
    TRY_ASSIGN(number_picture picture, parse_number_picture(format));
    if (format.empty()) {
        return std::string();
    }
    if (picture.is_roman) {
        const double whole = std::nearbyint(static_cast<double>(value));
        const bool fits = whole >= 1 && whole < 4000;
        return write_by_picture(std::move(picture), {.digits = roman_of(fits ? static_cast<std::int64_t>(whole) : 0)});
    }
    if (picture.has_exponent) {
        return std::isfinite(value) ? float_with_exponent(static_cast<double>(value), picture.after)
                                    : hidden_exponent(picture);
    }
    if (picture.has_shift) {
        value *= static_cast<Float>(std::pow(10.0, picture.shifted));
        picture.before += picture.shifted;
    }
    // No more digits than the type keeps.
    constexpr int digits_max = std::numeric_limits<Float>::digits10;
    const int whole = static_cast<int>(float_digits(std::fabs(value), 0).size());
    picture.after = whole >= digits_max ? 0 : std::min(picture.after, digits_max - whole);
    const std::string digits = float_digits(value, picture.after);
    return placed(std::move(picture), digits);
}

// A 32-bit integer is a float with EEEE, and V lets it wrap around.
text int4_to_char(std::int32_t value, std::string_view format) {
    TRY_ASSIGN(number_picture picture, parse_number_picture(format));
    if (picture.has_exponent) {
        return float_with_exponent(static_cast<double>(value), picture.after);
    }
    if (!picture.has_shift || picture.is_roman || format.empty()) {
        return numeric_to_char(std::to_string(value), format);
    }
    std::uint32_t factor = picture.shifted > 9 ? 1U << 31U : 1;
    for (int i = 0; i < picture.shifted && i < 9 && picture.shifted <= 9; ++i) {
        factor *= 10;
    }
    const auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(value) * factor);
    picture.before += picture.shifted;
    return placed(std::move(picture), std::to_string(shifted));
}

text int8_to_char(std::int64_t value, std::string_view format) {
    TRY_ASSIGN(number_picture picture, parse_number_picture(format));
    if (!picture.has_shift || picture.is_roman || format.empty()) {
        return numeric_to_char(std::to_string(value), format);
    }
    std::int64_t shifted = value;
    std::int64_t factor = 1;
    for (int i = 0; i < std::min(picture.shifted, 19); ++i) {
        if (__builtin_mul_overflow(factor, std::int64_t{10}, &factor)) {
            return out_of_range("bigint");
        }
    }
    if (__builtin_mul_overflow(shifted, factor, &shifted)) {
        return out_of_range("bigint");
    }
    picture.before += picture.shifted;
    return placed(std::move(picture), std::to_string(shifted));
}

}  // namespace

result<> add_to_char_numbers(native_functions& functions) {
    TRY(functions.add<numeric_to_char>("sluice_to_char_number"));
    TRY(functions.add<float_to_char<float>>("sluice_to_char_float4"));
    TRY(functions.add<float_to_char<double>>("sluice_to_char_float8"));
    TRY(functions.add<int4_to_char>("sluice_to_char_int4"));
    return functions.add<int8_to_char>("sluice_to_char_int8");
}

}  // namespace sluice::duckdb
