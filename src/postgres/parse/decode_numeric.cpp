#include "postgres/parse/decode_numeric.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::postgres {
namespace {

constexpr std::size_t integral_digits_max = 131'072;
constexpr std::size_t fraction_digits_max = 16'383;
constexpr std::int64_t exponent_limit = 200'000;  // beyond it no number fits
constexpr std::uint32_t precision_max = 38;

error overflow() {
    return {.code = sqlstates::numeric_value_out_of_range, .message = "value overflows numeric format"};
}

void drop_leading_zeros(std::string& digits) {
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
}

std::optional<numeric_value> special_numeric(std::string_view text) {
    const bool negative = text.starts_with('-');
    std::string_view word = text;
    if (negative || text.starts_with('+')) {
        word.remove_prefix(1);
    }
    if (base::equals_ignoring_case(word, "nan")) {
        return numeric_value{.is = numeric_value::kind::nan};
    }
    if (base::equals_ignoring_case(word, "infinity") || base::equals_ignoring_case(word, "inf")) {
        return numeric_value{.is = negative ? numeric_value::kind::minus_infinity : numeric_value::kind::infinity};
    }
    return std::nullopt;
}

// "e-3" behind the digits; false when it is malformed. Huge exponents are cut at exponent_limit.
bool read_exponent(std::string_view text, std::int64_t& exponent) {
    text.remove_prefix(1);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    if (text.empty()) {
        return false;
    }
    for (const char c : text) {
        if (!base::is_digit(c)) {
            return false;
        }
        exponent = std::min<std::int64_t>(exponent * 10 + (c - '0'), exponent_limit);
    }
    exponent = negative ? -exponent : exponent;
    return true;
}

// Drops the last `count` digits; true when they round up.
bool drop_last_digits(std::string& digits, std::size_t count) {
    if (count > digits.size()) {
        digits.clear();
        return false;
    }
    const std::size_t kept = digits.size() - count;
    const bool up = count > 0 && digits[kept] >= '5';
    digits.resize(kept);
    return up;
}

void add_one(std::string& digits) {
    for (std::size_t i = digits.size(); i-- > 0;) {
        if (digits[i] != '9') {
            ++digits[i];
            return;
        }
        digits[i] = '0';
    }
    digits.insert(digits.begin(), '1');
}

void reduce_scale(numeric_value& value, std::uint32_t scale) {
    if (drop_last_digits(value.digits, value.scale - scale)) {
        add_one(value.digits);
    }
    value.scale = scale;
    drop_leading_zeros(value.digits);
}

result<numeric_value> with_exponent(numeric_value value, std::int64_t fraction_digits, std::int64_t exponent) {
    drop_leading_zeros(value.digits);
    const std::int64_t scale = fraction_digits - exponent;
    if (scale < 0) {
        if (!value.digits.empty()) {
            if (value.digits.size() + static_cast<std::size_t>(-scale) > integral_digits_max) {
                return fail(overflow());
            }
            value.digits.append(static_cast<std::size_t>(-scale), '0');
        }
        return value;
    }
    value.scale = static_cast<std::uint32_t>(scale);
    if (value.scale > fraction_digits_max) {
        reduce_scale(value, fraction_digits_max);
    }
    if (value.digits.size() > integral_digits_max + value.scale) {
        return fail(overflow());
    }
    return value;
}

int128 to_integer(std::string_view digits) {
    int128 value = 0;
    for (const char digit : digits) {
        value = value * 10 + (digit - '0');
    }
    return value;
}

error field_overflow(std::uint32_t precision, std::uint32_t scale, bool infinite) {
    std::string detail = "A field with precision " + std::to_string(precision) + ", scale " + std::to_string(scale);
    if (infinite) {
        detail += " cannot hold an infinite value.";
    } else if (precision == scale) {
        detail += " must round to an absolute value less than 1.";
    } else {
        detail += " must round to an absolute value less than 10^" + std::to_string(precision - scale) + ".";
    }
    return {.code = sqlstates::numeric_value_out_of_range,
            .message = "numeric field overflow",
            .detail = std::move(detail)};
}

enum : std::uint16_t {
    sign_plus = 0x0000,
    sign_minus = 0x4000,
    sign_nan = 0xC000,
    sign_infinity = 0xD000,
    sign_minus_infinity = 0xF000,
};

constexpr std::size_t binary_header_bytes = 8;

// Expands base-10000 digits to decimal ones, with the display scale's number of digits behind the point.
void expand_digits(std::string_view digits, std::int64_t weight, numeric_value& value) {
    const auto append = [&value](std::uint16_t digit) {
        std::array<char, 4> text{};
        write_padded(text.data(), digit, 4);
        value.digits.append(text.data(), text.size());
    };
    const auto count = static_cast<std::int64_t>(digits.size() / 2);
    const std::int64_t fraction_groups = (static_cast<std::int64_t>(value.scale) + 3) / 4;
    // From the first digit present (or the one before the point) to the last one of the display scale.
    for (std::int64_t power = std::max<std::int64_t>(weight, -1); power >= -fraction_groups; --power) {
        const std::int64_t index = weight - power;
        append(index >= 0 && index < count ? read_be<std::uint16_t>(digits, static_cast<std::size_t>(2 * index))
                                           : std::uint16_t{0});
    }
    // Digits beyond the display scale are not part of the value, as in PostgreSQL.
    value.digits.resize(value.digits.size() - (static_cast<std::size_t>(fraction_groups) * 4 - value.scale));
    drop_leading_zeros(value.digits);
}

}  // namespace

result<numeric_value> decode_numeric_text(std::string_view text) {
    std::string_view rest = trim_blanks(text);
    if (auto special = special_numeric(rest)) {
        return *std::move(special);
    }
    numeric_value value;
    value.negative = rest.starts_with('-');
    if (value.negative || rest.starts_with('+')) {
        rest.remove_prefix(1);
    }
    bool point = false;
    std::size_t used = 0;
    std::int64_t fraction_digits = 0;
    for (; used < rest.size(); ++used) {
        if (base::is_digit(rest[used])) {
            value.digits += rest[used];
            fraction_digits += point ? 1 : 0;
        } else if (rest[used] == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    std::int64_t exponent = 0;
    const bool exponent_follows = used < rest.size() && base::to_lower(rest[used]) == 'e';
    if (value.digits.empty() || (used < rest.size() && !exponent_follows) ||
        (exponent_follows && !read_exponent(rest.substr(used), exponent))) {
        return fail(invalid_syntax("numeric", text));
    }
    return with_exponent(std::move(value), fraction_digits, exponent);
}

result<numeric_value> decode_numeric_binary(std::string_view bytes) {
    if (bytes.size() < binary_header_bytes || bytes.size() % 2 != 0) {
        return fail(invalid_binary());
    }
    const auto count = read_be<std::uint16_t>(bytes);
    const std::int64_t weight = read_be<std::int16_t>(bytes, 2);
    const auto sign = read_be<std::uint16_t>(bytes, 4);
    numeric_value value;
    value.scale = read_be<std::uint16_t>(bytes, 6);
    const std::string_view digits = bytes.substr(binary_header_bytes);
    if (digits.size() != std::size_t{2} * count) {
        return fail(invalid_binary());
    }
    switch (sign) {
        case sign_plus:
        case sign_minus:
            break;
        case sign_nan:
            return numeric_value{.is = numeric_value::kind::nan};
        case sign_infinity:
            return numeric_value{.is = numeric_value::kind::infinity};
        case sign_minus_infinity:
            return numeric_value{.is = numeric_value::kind::minus_infinity};
        default:
            return fail(invalid_binary("invalid sign in external \"numeric\" value"));
    }
    if (value.scale > fraction_digits_max) {
        return fail(invalid_binary("invalid scale in external \"numeric\" value"));
    }
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        if (read_be<std::uint16_t>(digits, i) > 9999) {
            return fail(invalid_binary("invalid digit in external \"numeric\" value"));
        }
    }
    value.negative = sign == sign_minus;
    expand_digits(digits, count == 0 ? 0 : weight, value);
    return value;
}

result<int128> to_scaled(const numeric_value& value, std::uint32_t precision, std::uint32_t scale) {
    if (value.is == numeric_value::kind::nan) {
        return fail(error{.code = sqlstates::numeric_value_out_of_range,
                          .message = "cannot store NaN in a numeric column",
                          .hint = "Decimals of the engine have no NaN; use double precision."});
    }
    if (value.is != numeric_value::kind::finite) {
        return fail(field_overflow(precision, scale, true));
    }
    numeric_value rounded;
    const numeric_value* from = &value;
    if (value.scale > scale) {
        rounded = value;
        reduce_scale(rounded, scale);
        from = &rounded;
    }
    const std::uint32_t zeros = scale - from->scale;
    if (!from->digits.empty() && from->digits.size() + zeros > std::min(precision, precision_max)) {
        return fail(field_overflow(precision, scale, false));
    }
    int128 scaled = to_integer(from->digits);
    for (std::uint32_t i = 0; i < zeros && scaled != 0; ++i) {
        scaled *= 10;
    }
    return value.negative ? -scaled : scaled;
}

std::optional<int128> to_scaled_exactly(const numeric_value& value, std::uint32_t precision, std::uint32_t scale) {
    if (value.is != numeric_value::kind::finite) {
        return std::nullopt;
    }
    if (value.scale > scale) {
        const std::size_t dropped = std::min<std::size_t>(value.scale - scale, value.digits.size());
        if (value.digits.find_last_not_of('0') != std::string::npos &&
            value.digits.find_last_not_of('0') + dropped >= value.digits.size()) {
            return std::nullopt;
        }
    }
    auto scaled = to_scaled(value, precision, scale);
    return scaled ? std::optional(*scaled) : std::nullopt;
}

std::optional<uint128> to_magnitude_exactly(const numeric_value& value) {
    if (value.is != numeric_value::kind::finite) {
        return std::nullopt;
    }
    const std::size_t integral = value.digits.size() - std::min<std::size_t>(value.scale, value.digits.size());
    if (integral > 39 || value.digits.find_first_not_of('0', integral) != std::string::npos) {
        return std::nullopt;
    }
    uint128 magnitude = 0;
    for (const char digit : std::string_view(value.digits).substr(0, integral)) {
        const auto step = static_cast<uint128>(digit - '0');
        if (magnitude > (~uint128{0} - step) / 10) {
            return std::nullopt;
        }
        magnitude = magnitude * 10 + step;
    }
    return magnitude;
}

std::string to_text(const numeric_value& value) {
    switch (value.is) {
        case numeric_value::kind::nan:
            return "NaN";
        case numeric_value::kind::infinity:
            return "Infinity";
        case numeric_value::kind::minus_infinity:
            return "-Infinity";
        case numeric_value::kind::finite:
            break;
    }
    std::string text = value.digits;
    if (text.size() <= value.scale) {
        text.insert(0, value.scale + 1 - text.size(), '0');
    }
    if (value.scale > 0) {
        text.insert(text.size() - value.scale, 1, '.');
    }
    if (value.negative && !value.digits.empty()) {
        text.insert(text.begin(), '-');
    }
    return text;
}

bool read_short_numeric(std::string_view bytes, std::uint32_t scale, std::int64_t& scaled) {
    if (bytes.size() < binary_header_bytes || scale > 4) {
        return false;
    }
    const auto count = read_be<std::uint16_t>(bytes);
    const auto weight = read_be<std::int16_t>(bytes, 2);
    const auto sign = read_be<std::uint16_t>(bytes, 4);
    const auto display_scale = read_be<std::uint16_t>(bytes, 6);
    // Integral groups weight..0 and at most one fraction group, with no more places than the target.
    if (bytes.size() != binary_header_bytes + std::size_t{2} * count || weight > 2 || weight < -1 ||
        count > weight + 2 || (sign != sign_plus && sign != sign_minus) || display_scale > scale) {
        return false;
    }
    std::int64_t value = 0;
    const char* digit = bytes.data() + binary_header_bytes;
    for (int power = weight; power >= -1; --power) {
        std::uint16_t group = 0;
        if (weight - power < count) {
            group = read_be<std::uint16_t>(digit);
            digit += 2;
        }
        if (group > 9999) {
            return false;
        }
        value = value * 10000 + group;
    }
    static constexpr std::array<std::int64_t, 5> powers{1, 10, 100, 1000, 10000};
    // Digits beyond the display scale are not part of the value.
    value = value / powers[4U - display_scale] * powers[scale - display_scale];
    scaled = sign == sign_minus ? -value : value;
    return true;
}

}  // namespace sluice::postgres
