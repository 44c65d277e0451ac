#include "postgres/format/value_binary.hpp"

#include <algorithm>
#include <array>

namespace sluice::postgres {
namespace {

constexpr std::uint32_t base = 10000;  // a numeric is a row of digits of this base
constexpr std::uint16_t sign_positive = 0x0000;
constexpr std::uint16_t sign_negative = 0x4000;

// The digits of a magnitude, the lowest last, and how many of them are a fraction.
struct digit_row {
    std::array<std::uint16_t, 24> digits;  // 39 + 38 decimal digits and their alignment
    std::size_t first = 24;

    void prepend(std::uint32_t digit) { digits[--first] = static_cast<std::uint16_t>(digit); }
};

char* write_row(char* out, const digit_row& row, std::uint32_t fraction_digits, bool negative, std::uint32_t scale) {
    std::size_t first = row.first;
    std::size_t end = row.digits.size();
    while (first < end && row.digits[first] == 0) {
        ++first;
    }
    while (end > first && row.digits[end - 1] == 0) {
        --end;
    }
    const std::size_t count = end - first;
    const auto whole_digits =
        static_cast<std::int32_t>(row.digits.size() - first) - static_cast<std::int32_t>(fraction_digits);
    out = write_be(out, static_cast<std::uint16_t>(count));
    out = write_be(out, static_cast<std::int16_t>(count == 0 ? 0 : whole_digits - 1));
    out = write_be(out, negative && count != 0 ? sign_negative : sign_positive);
    out = write_be(out, static_cast<std::uint16_t>(scale));
    for (std::size_t i = first; i < end; ++i) {
        out = write_be(out, row.digits[i]);
    }
    return out;
}

// The number of base-10000 digits for `scale` decimal places, and the factor for the lowest of them.
struct alignment {
    std::uint32_t digits;
    std::uint32_t factor;
};

alignment align(std::uint32_t scale) {
    const std::uint32_t digits = (scale + 3) / 4;
    return {.digits = digits, .factor = static_cast<std::uint32_t>(powers_of_ten[digits * 4 - scale])};
}

template <typename Unsigned>
char* write_magnitude(char* out, Unsigned magnitude, bool negative, std::uint32_t scale) {
    digit_row row;
    const alignment aligned = align(scale);
    if (aligned.factor != 1) {  // the lowest digit holds fewer than four decimal places
        const auto places = base / aligned.factor;
        row.prepend(static_cast<std::uint32_t>(magnitude % places) * aligned.factor);
        magnitude /= places;
    }
    while (magnitude != 0) {
        row.prepend(static_cast<std::uint32_t>(magnitude % base));
        magnitude /= base;
    }
    return write_row(out, row, aligned.digits, negative, scale);
}

}  // namespace

char* write_numeric_binary(char* out, std::int64_t value, std::uint32_t scale) {
    const auto bits = static_cast<std::uint64_t>(value);
    return write_magnitude<std::uint64_t>(out, value < 0 ? 0 - bits : bits, value < 0, scale);
}

char* write_numeric_binary_128(char* out, int128 value, std::uint32_t scale) {
    const auto bits = static_cast<uint128>(value);
    const uint128 magnitude = value < 0 ? 0 - bits : bits;
    if (magnitude >> 64 == 0) {
        return write_magnitude<std::uint64_t>(out, static_cast<std::uint64_t>(magnitude), value < 0, scale);
    }
    return write_magnitude<uint128>(out, magnitude, value < 0, scale);
}

char* write_numeric_binary_u128(char* out, uint128 value) {
    return write_magnitude<uint128>(out, value, false, 0);
}

}  // namespace sluice::postgres
