// value_text_digits.hpp - writes the decimal digits of integers fast.
//
// Problem: nearly every byte of a text result is a digit; dividing by ten for each of them costs more than the scan.
// Use:     char* end = write_unsigned(out, 1234);           // "1234"
//          char* end = write_two_digits(out, 7);            // "07"
// Room:    write_unsigned may overwrite up to 8 bytes behind its result; give it 32 bytes.
// Source:  eight digits at once by multiplication with fixed-point reciprocals inside one 64-bit register.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::postgres {

inline constexpr std::array<std::uint64_t, 20> powers_of_ten = [] {
    std::array<std::uint64_t, 20> powers{};
    std::uint64_t power = 1;
    for (std::uint64_t& entry : powers) {
        entry = power;
        power *= 10;
    }
    return powers;
}();

inline constexpr std::array<char, 200> two_digit_table = [] {
    std::array<char, 200> table{};
    for (std::size_t i = 0; i < 100; ++i) {
        table[2 * i] = static_cast<char>('0' + i / 10);
        table[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return table;
}();

inline char* write_text(char* out, std::string_view text) {
    return static_cast<char*>(std::memcpy(out, text.data(), text.size())) + text.size();
}

// value < 100.
inline char* write_two_digits(char* out, std::uint32_t value) {
    std::memcpy(out, &two_digit_table[2 * std::size_t{value}], 2);
    return out + 2;
}

// The eight decimal digits of value < 10^8, one a byte, the most significant in the lowest byte, without '0' added.
[[nodiscard]] inline std::uint64_t eight_digits(std::uint32_t value) {
    const std::uint64_t high = value / 10000;
    const std::uint64_t fours = high | (std::uint64_t{value - static_cast<std::uint32_t>(high) * 10000} << 32);
    const std::uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000'007f'0000'007f;
    const std::uint64_t twos = hundreds | ((fours - hundreds * 100) << 16);
    const std::uint64_t tens = ((twos * 103) >> 10) & 0x000f'000f'000f'000f;
    return tens | ((twos - tens * 10) << 8);
}

inline constexpr std::uint64_t eight_zeros = 0x3030'3030'3030'3030;

// Exactly eight digits of value < 10^8.
inline char* write_eight_digits(char* out, std::uint32_t value) {
    const std::uint64_t text = eight_digits(value) + eight_zeros;
    std::memcpy(out, &text, sizeof text);
    return out + sizeof text;
}

// 1 to 8 digits of value < 10^8; overwrites up to 8 bytes.
inline char* write_short_unsigned(char* out, std::uint32_t value) {
    const std::uint64_t digits = eight_digits(value);
    const int leading = std::countr_zero(digits | (std::uint64_t{1} << 56)) / 8;
    const std::uint64_t text = (digits + eight_zeros) >> (8 * leading);
    std::memcpy(out, &text, sizeof text);
    return out + (8 - leading);
}

inline char* write_unsigned(char* out, std::uint64_t value) {
    constexpr std::uint64_t base = 100'000'000;
    if (value < base) {
        return write_short_unsigned(out, static_cast<std::uint32_t>(value));
    }
    const std::uint64_t high = value / base;
    const auto low = static_cast<std::uint32_t>(value % base);
    if (high < base) {
        return write_eight_digits(write_short_unsigned(out, static_cast<std::uint32_t>(high)), low);
    }
    out = write_short_unsigned(out, static_cast<std::uint32_t>(high / base));
    out = write_eight_digits(out, static_cast<std::uint32_t>(high % base));
    return write_eight_digits(out, low);
}

inline char* write_signed(char* out, std::int64_t value) {
    *out = '-';
    const auto bits = static_cast<std::uint64_t>(value);
    return write_unsigned(out + (value < 0), value < 0 ? 0 - bits : bits);
}

// Exactly `count` digits (0 to 19) of value < 10^count, zeros in front.
inline char* write_padded(char* out, std::uint64_t value, std::uint32_t count) {
    char* const end = out + count;
    char* digit = end;
    while (digit - out >= 2) {
        digit -= 2;
        write_two_digits(digit, static_cast<std::uint32_t>(value % 100));
        value /= 100;
    }
    if (digit != out) {
        *out = static_cast<char>('0' + value);
    }
    return end;
}

// ".5" for 500000 millionths, no text for 0; overwrites up to 9 bytes.
inline char* write_fraction(char* out, std::uint32_t millionths) {
    if (millionths == 0) {
        return out;
    }
    const std::uint64_t digits = eight_digits(millionths);
    const int trailing = std::countl_zero(digits) / 8;
    const std::uint64_t text = (digits + eight_zeros) >> 16;
    *out = '.';
    std::memcpy(out + 1, &text, sizeof text);
    return out + (7 - trailing);
}

}  // namespace sluice::postgres
