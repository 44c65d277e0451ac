#include "postgres/format/value_text.hpp"

#include <algorithm>
#include <array>

namespace sluice::postgres {
namespace {

constexpr std::uint64_t ten_to_18 = 1'000'000'000'000'000'000;
constexpr std::array<char, 16> hex_digits{'0', '1', '2', '3', '4', '5', '6', '7',
                                          '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

char* write_hex_byte(char* out, unsigned char byte) {
    out[0] = hex_digits[byte >> 4];
    out[1] = hex_digits[byte & 15];
    return out + 2;
}

bool needs_octal(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte > 0x7e;
}

// Exactly `count` digits, zeros in front; count <= 38.
char* write_padded_128(char* out, uint128 value, std::uint32_t count) {
    if (count > 18) {
        out = write_padded_128(out, value / ten_to_18, count - 18);
        value %= ten_to_18;
        count = 18;
    }
    return write_padded(out, static_cast<std::uint64_t>(value), count);
}

uint128 magnitude_of(int128 value) {
    return value < 0 ? 0 - static_cast<uint128>(value) : static_cast<uint128>(value);
}

}  // namespace

char* write_unsigned_128(char* out, uint128 value) {
    if (value >> 64 == 0) {
        return write_unsigned(out, static_cast<std::uint64_t>(value));
    }
    out = write_unsigned_128(out, value / ten_to_18);
    return write_padded(out, static_cast<std::uint64_t>(value % ten_to_18), 18);
}

char* write_signed_128(char* out, int128 value) {
    *out = '-';
    return write_unsigned_128(out + (value < 0), magnitude_of(value));
}

char* write_decimal_128(char* out, int128 value, std::uint32_t scale) {
    *out = '-';
    out += value < 0;
    uint128 power = 1;
    for (std::uint32_t i = 0; i < scale; ++i) {
        power *= 10;
    }
    const uint128 magnitude = magnitude_of(value);
    out = write_unsigned_128(out, magnitude / power);
    if (scale == 0) {
        return out;
    }
    *out = '.';
    return write_padded_128(out + 1, magnitude % power, scale);
}

char* write_uuid(char* out, uint128 value) {
    for (int byte = 0; byte < 16; ++byte) {
        if (byte == 4 || byte == 6 || byte == 8 || byte == 10) {
            *out++ = '-';
        }
        out = write_hex_byte(out, static_cast<unsigned char>(value >> (8 * (15 - byte))));
    }
    return out;
}

char* write_bytea_hex(char* out, std::string_view bytes) {
    *out++ = '\\';
    *out++ = 'x';
    for (const char c : bytes) {
        out = write_hex_byte(out, static_cast<unsigned char>(c));
    }
    return out;
}

std::size_t bytea_escape_size(std::string_view bytes) {
    std::size_t size = 0;
    for (const char c : bytes) {
        size += c == '\\' ? 2 : needs_octal(c) ? 4 : 1;
    }
    return size;
}

char* write_bytea_escape(char* out, std::string_view bytes) {
    for (const char c : bytes) {
        if (c == '\\') {
            *out++ = '\\';
            *out++ = '\\';
        } else if (needs_octal(c)) {
            const auto byte = static_cast<unsigned char>(c);
            *out++ = '\\';
            *out++ = static_cast<char>('0' + (byte >> 6));
            *out++ = static_cast<char>('0' + ((byte >> 3) & 7));
            *out++ = static_cast<char>('0' + (byte & 7));
        } else {
            *out++ = c;
        }
    }
    return out;
}

char* write_bits(char* out, std::string_view bits, std::size_t skip) {
    for (std::size_t i = skip; i < bits.size() * 8; ++i) {
        const auto byte = static_cast<unsigned char>(bits[i / 8]);
        *out++ = ((byte >> (7 - i % 8)) & 1) != 0 ? '1' : '0';
    }
    return out;
}

}  // namespace sluice::postgres
