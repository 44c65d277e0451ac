// decode_fast.hpp - reads the usual spellings of the usual types, and only those.
//
// Problem: COPY reads tens of millions of fields a second; nearly all of them are "-123", "12.50", "2024-01-31" or
//          "2024-01-31 12:34:56.789".
// Use:     if (!read_fast_date(field.data, field.size, days)) { ... decode_time.hpp, for other forms and errors }
// Rule:    true means that the slow function gives the same value. False means only: ask the slow function.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "postgres/format/value_text_digits.hpp"
#include "postgres/parse/decode_time.hpp"

namespace sluice::postgres {

// Digits up to the end or to another character; at most 18 of them, so that no sum overflows.
struct fast_digits {
    std::uint64_t value = 0;
    std::size_t count = 0;
};
[[nodiscard]] inline fast_digits read_fast_digits(const char* text, std::size_t size) {
    fast_digits read;
    const std::size_t most = size < 18 ? size : 18;
    while (read.count < most) {
        const auto digit = static_cast<unsigned char>(text[read.count] - '0');
        if (digit > 9) {
            break;
        }
        read.value = read.value * 10 + digit;
        ++read.count;
    }
    return read;
}

// "-123"; up to 18 digits.
[[nodiscard]] inline bool read_fast_integer(const char* text, std::size_t size, std::int64_t& value) {
    const std::size_t sign = size > 0 && text[0] == '-' ? 1 : 0;
    const fast_digits digits = read_fast_digits(text + sign, size - sign);
    if (digits.count == 0 || digits.count + sign != size) {
        return false;
    }
    value = sign != 0 ? -static_cast<std::int64_t>(digits.value) : static_cast<std::int64_t>(digits.value);
    return true;
}

// "-123.45": digits with at most one point among them, at least one digit in all.
struct fast_decimal {
    bool negative = false;
    std::uint64_t digits = 0;
    std::size_t fraction_count = 0;
};
[[nodiscard]] inline bool read_fast_decimal(const char* text, std::size_t size, fast_decimal& value) {
    value.negative = size > 0 && text[0] == '-';
    const char* const last = text + size;
    text += value.negative ? 1 : 0;
    const fast_digits whole = read_fast_digits(text, static_cast<std::size_t>(last - text));
    text += whole.count;
    value.digits = whole.value;
    value.fraction_count = 0;
    if (text == last) {
        return whole.count > 0;
    }
    if (*text != '.') {
        return false;
    }
    ++text;
    const fast_digits fraction = read_fast_digits(text, static_cast<std::size_t>(last - text));
    if (text + fraction.count != last || whole.count + fraction.count - 1 >= 18) {
        return false;  // other characters, too many digits, or none
    }
    value.digits = whole.value * powers_of_ten[fraction.count] + fraction.value;
    value.fraction_count = fraction.count;
    return true;
}

// A decimal scaled by 10^scale (at most 18) that needs no rounding and is below `limit`.
[[nodiscard]] inline bool read_fast_scaled(const char* text, std::size_t size, std::uint32_t scale, std::uint64_t limit,
                                           std::int64_t& value) {
    fast_decimal decimal;
    std::uint64_t scaled = 0;
    if (!read_fast_decimal(text, size, decimal) || decimal.fraction_count > scale ||
        __builtin_mul_overflow(decimal.digits, powers_of_ten[scale - decimal.fraction_count], &scaled) ||
        scaled >= limit) {
        return false;
    }
    value = decimal.negative ? -static_cast<std::int64_t>(scaled) : static_cast<std::int64_t>(scaled);
    return true;
}

// Decimals of up to about 15 digits: the quotient of two exact doubles is rounded once, hence correctly.
[[nodiscard]] inline bool read_fast_double(const char* text, std::size_t size, double& value) {
    constexpr std::uint64_t exact_max = std::uint64_t{1} << 53U;
    fast_decimal decimal;
    if (!read_fast_decimal(text, size, decimal) || decimal.digits > exact_max) {
        return false;
    }
    const double magnitude = static_cast<double>(static_cast<std::int64_t>(decimal.digits)) /
                             static_cast<double>(static_cast<std::int64_t>(powers_of_ten[decimal.fraction_count]));
    value = decimal.negative ? -magnitude : magnitude;
    return true;
}

// The values of eight characters; `pattern` has '0' at the places of digits and the expected character elsewhere.
[[nodiscard]] inline bool read_fast_pattern(const char* text, const char (&pattern)[9],
                                            std::array<std::uint8_t, 8>& digits) {
    std::uint64_t bytes = 0;
    std::uint64_t expected = 0;
    std::memcpy(&bytes, text, sizeof bytes);
    std::memcpy(&expected, pattern, sizeof expected);
    const std::uint64_t difference = bytes ^ expected;
    // A byte above 9 sets its highest bit by the addition, one above 0x7f has it already.
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
    constexpr std::uint64_t to_high_bit = 0x7676'7676'7676'7676;
    if (((difference | (difference + to_high_bit)) & high_bits) != 0) {
        return false;
    }
    std::memcpy(digits.data(), &difference, sizeof difference);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (pattern[i] != '0' && digits[i] != 0) {
            return false;
        }
    }
    return true;
}

// "2024-01-31" of a year from 1 to 9999.
[[nodiscard]] inline bool read_fast_date_digits(const char* text, std::int32_t& days) {
    std::array<std::uint8_t, 8> digits{};
    if (!read_fast_pattern(text, "0000-00-", digits)) {
        return false;
    }
    const auto tens = static_cast<unsigned char>(text[8] - '0');
    const auto ones = static_cast<unsigned char>(text[9] - '0');
    const std::int64_t year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    const std::uint32_t month = digits[5] * 10U + digits[6];
    const std::uint32_t day = tens * 10U + ones;
    if (tens > 3 || ones > 9 || year == 0 || month == 0 || month > 12 || day == 0 ||
        (day > 28 && day > days_of_month(year, month))) {
        return false;
    }
    days = static_cast<std::int32_t>(days_from_civil(year, month, day));
    return true;
}
[[nodiscard]] inline bool read_fast_date(const char* text, std::size_t size, std::int32_t& days) {
    return size == 10 && read_fast_date_digits(text, days);
}

// "12:34:56" or with up to six digits behind a point, below 24:00.
[[nodiscard]] inline bool read_fast_time(const char* text, std::size_t size, std::int64_t& microseconds) {
    std::array<std::uint8_t, 8> digits{};
    if (size < 8 || size == 9 || size > 15 || !read_fast_pattern(text, "00:00:00", digits)) {
        return false;
    }
    const std::int64_t hour = digits[0] * 10 + digits[1];
    const std::int64_t minute = digits[3] * 10 + digits[4];
    const std::int64_t second = digits[6] * 10 + digits[7];
    if (hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    microseconds = ((hour * 60 + minute) * 60 + second) * 1'000'000;
    if (size == 8) {
        return true;
    }
    const fast_digits fraction = read_fast_digits(text + 9, size - 9);
    if (text[8] != '.' || fraction.count != size - 9) {
        return false;
    }
    microseconds += static_cast<std::int64_t>(fraction.value * powers_of_ten[6 - fraction.count]);
    return true;
}

// "2024-01-31 12:34:56.789", or with a T between.
[[nodiscard]] inline bool read_fast_timestamp(const char* text, std::size_t size, std::int64_t& microseconds) {
    std::int32_t days = 0;
    std::int64_t time = 0;
    if (size < 19 || (text[10] != ' ' && text[10] != 'T') || !read_fast_time(text + 11, size - 11, time) ||
        !read_fast_date_digits(text, days)) {
        return false;
    }
    microseconds = days * microseconds_per_day + time;
    return true;
}

}  // namespace sluice::postgres
