#include "postgres/format/value_text_float.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <string_view>
#include <system_error>

namespace sluice::postgres {
namespace {

// value = significand * 10^exponent; no trailing zeros in the significand.
struct decimal_digits {
    std::uint64_t significand;
    int exponent;
};

char* write_exponent(char* out, int exponent) {
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    const auto magnitude = static_cast<std::uint32_t>(exponent < 0 ? -exponent : exponent);
    return magnitude < 100 ? write_two_digits(out, magnitude) : write_unsigned(out, magnitude);
}

int digit_count(std::uint64_t value) {
    // The binary length times log10(2), which is the answer or one less.
    const auto guess = static_cast<std::size_t>((64 - std::countl_zero(value | 1)) * 1233) >> 12;
    return static_cast<int>(guess) + (value >= powers_of_ten[guess] ? 1 : 0);
}

// significand / 10^places with all its places; 1 <= places <= 16. Arithmetic only: moving digits that were just stored
// would wait for the store.
char* write_with_point(char* out, std::uint64_t significand, int places) {
    const std::uint64_t power = powers_of_ten[static_cast<std::size_t>(places)];
    out = write_unsigned(out, significand / power);
    *out = '.';
    constexpr std::uint64_t half = 100'000'000;
    const std::uint64_t fraction = significand % power * powers_of_ten[static_cast<std::size_t>(16 - places)];
    write_eight_digits(out + 1, static_cast<std::uint32_t>(fraction / half));
    write_eight_digits(out + 9, static_cast<std::uint32_t>(fraction % half));
    return out + 1 + places;
}

char* lay_out(char* out, decimal_digits digits, int plain_exponent_end) {
    const int count = digit_count(digits.significand);
    const int exponent = digits.exponent + count - 1;
    if (exponent < -4 || exponent >= plain_exponent_end) {
        out =
            count == 1 ? write_unsigned(out, digits.significand) : write_with_point(out, digits.significand, count - 1);
        return write_exponent(out, exponent);
    }
    if (digits.exponent >= 0) {
        return std::fill_n(write_unsigned(out, digits.significand), digits.exponent, '0');
    }
    if (exponent >= 0) {
        return write_with_point(out, digits.significand, -digits.exponent);
    }
    constexpr std::string_view zeros = "0.000";
    std::memcpy(out, zeros.data(), zeros.size());
    return write_unsigned(out + 1 - exponent, digits.significand);
}

decimal_digits without_trailing_zeros(decimal_digits digits) {
    while (digits.significand % 10 == 0) {
        digits.significand /= 10;
        ++digits.exponent;
    }
    return digits;
}

// Is significand * 10^exponent exactly half way between `value` and one of its neighbours? Only decimals of large
// integers can be: the middle has one binary digit more than the mantissa, and a fraction of it needs more decimal
// digits than the value itself.
template <typename Float>
bool is_half_way(decimal_digits digits, Float value) {
    int binary_exponent = 0;
    const Float fraction = std::frexp(value, &binary_exponent);
    constexpr int mantissa_bits = std::numeric_limits<Float>::digits;
    const auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, mantissa_bits));
    binary_exponent -= mantissa_bits;
    if (digits.exponent < 0 || digits.exponent > 23 || binary_exponent < 1 || mantissa % 2 != 0) {
        return false;
    }
    // significand * 10^k == (2 * mantissa ± 1) * 2^(binary_exponent - 1); both sides fit in 128 bits, as they are
    // about the value, which is below 10^17 * 10^23 only in theory: compare after taking the powers of two out.
    unsigned __int128 left = digits.significand;
    for (int i = 0; i < digits.exponent; ++i) {
        left *= 5;
    }
    int twos = digits.exponent;
    while (left != 0 && (left & 1) == 0) {
        left >>= 1;
        ++twos;
    }
    return twos == binary_exponent - 1 && (left == 2 * mantissa + 1 || left == 2 * mantissa - 1);
}

template <typename Float>
decimal_digits parse_scientific(std::string_view text) {
    decimal_digits digits{.significand = 0, .exponent = 0};
    const std::size_t e = text.find('e');
    for (const char c : text.substr(0, e)) {
        if (c != '.') {
            digits.significand = digits.significand * 10 + static_cast<std::uint64_t>(c - '0');
        }
    }
    const char* exponent = text.data() + e + 1;
    exponent += *exponent == '+';
    std::from_chars(exponent, text.data() + text.size(), digits.exponent);
    const std::size_t places = e < 2 ? 0 : e - 2;
    digits.exponent -= static_cast<int>(places);
    return without_trailing_zeros(digits);
}

// The fewest digits that read back as the value and are not half way to a neighbour; for the rare value for which the
// shortest decimal is.
template <typename Float>
decimal_digits digits_inside(Float value) {
    std::array<char, 64> text{};
    decimal_digits digits{};
    for (int places = 0; places < std::numeric_limits<Float>::max_digits10; ++places) {
        const auto written =
            std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, places);
        digits = parse_scientific<Float>({text.data(), written.ptr});
        Float read = 0;
        std::from_chars(text.data(), written.ptr, read);
        if (read == value && !is_half_way(digits, value)) {
            break;
        }
    }
    return digits;
}

template <typename Float>
char* write_shortest(char* out, Float value, int plain_exponent_end) {
    if (std::isnan(value)) {
        return write_text(out, "NaN");
    }
    if (std::signbit(value)) {
        *out++ = '-';
        value = -value;
    }
    if (std::isinf(value)) {
        return write_text(out, "Infinity");
    }
    if (value == 0) {
        *out = '0';
        return out + 1;
    }
    const auto shortest = fmt::detail::dragonbox::to_decimal(value);
    decimal_digits digits{.significand = shortest.significand, .exponent = shortest.exponent};
    if (digits.exponent >= 0 && is_half_way(digits, value)) [[unlikely]] {
        digits = digits_inside(value);
    }
    return lay_out(out, digits, plain_exponent_end);
}

}  // namespace

char* write_double_slow(char* out, double value) {
    return write_shortest(out, value, 15);
}

char* write_float(char* out, float value) {
    return write_shortest(out, value, 6);
}

char* write_double_rounded(char* out, double value, int significant) {
    if (std::isnan(value)) {
        return write_text(out, "NaN");
    }
    if (std::isinf(value)) {
        return write_text(out, value < 0 ? "-Infinity" : "Infinity");
    }
    const int written = std::snprintf(out, float_text_bytes_max, "%.*g", std::max(significant, 1), value);
    return out + written;
}

}  // namespace sluice::postgres
