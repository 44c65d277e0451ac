#include "pgwire/value_text_float.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <string_view>
#include <system_error>

namespace sluice::pgwire {
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

// Opens a gap for the decimal point behind `whole` digits of the `count` at out.
char* insert_point(char* out, int whole, int count) {
    std::memmove(out + whole + 1, out + whole, static_cast<std::size_t>(count - whole));
    out[whole] = '.';
    return out + count + 1;
}

char* lay_out(char* out, decimal_digits digits, int plain_exponent_end) {
    char* const end = write_unsigned(out, digits.significand);
    const auto count = static_cast<int>(end - out);
    const int exponent = digits.exponent + count - 1;
    if (exponent < -4 || exponent >= plain_exponent_end) {
        return write_exponent(count == 1 ? end : insert_point(out, 1, count), exponent);
    }
    if (digits.exponent >= 0) {
        return std::fill_n(end, digits.exponent, '0');
    }
    if (exponent >= 0) {
        return insert_point(out, exponent + 1, count);
    }
    const int zeros = -exponent - 1;
    std::memmove(out + 2 + zeros, out, static_cast<std::size_t>(count));
    std::fill_n(write_text(out, "0."), zeros, '0');
    return out + 2 + zeros + count;
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

}  // namespace sluice::pgwire
