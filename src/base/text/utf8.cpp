#include "base/text/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

namespace sluice::base {

namespace {

constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080U;

// True if all eight bytes are 0x01..0x7f: no high bit is set, and adding 0x7f to each sets it (without carries).
bool is_plain_ascii(std::uint64_t word) {
    return (word & high_bits) == 0 && ((word + 0x7f7f'7f7f'7f7f'7f7fU) & high_bits) == high_bits;
}

std::size_t plain_ascii_words_bytes(const char* bytes, std::size_t size) {
    std::size_t done = 0;
    while (size - done >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + done, sizeof word);
        if (!is_plain_ascii(word)) {
            break;
        }
        done += sizeof word;
    }
    return done;
}

// Length that the first byte announces, 1 for bytes that cannot start a sequence; PostgreSQL reports that many bytes.
std::size_t announced_bytes(unsigned char first) {
    if ((first & 0xe0U) == 0xc0U) {
        return 2;
    }
    if ((first & 0xf0U) == 0xe0U) {
        return 3;
    }
    return (first & 0xf8U) == 0xf0U ? 4 : 1;
}

// The second byte's range depends on the first: it excludes overlong forms, surrogates and values above U+10FFFF.
bool is_second_byte(unsigned char first, unsigned char second) {
    switch (first) {
        case 0xe0:
            return second >= 0xa0 && second <= 0xbf;
        case 0xed:
            return second >= 0x80 && second <= 0x9f;
        case 0xf0:
            return second >= 0x90 && second <= 0xbf;
        case 0xf4:
            return second >= 0x80 && second <= 0x8f;
        default:
            return second >= 0x80 && second <= 0xbf;
    }
}

// Length of the well-formed sequence at the front of `bytes`, 0 if there is none. size > 0.
std::size_t sequence_bytes(const unsigned char* bytes, std::size_t size) {
    const unsigned char first = bytes[0];
    if (first < 0x80) {
        return first == 0 ? 0 : 1;
    }
    const std::size_t length = announced_bytes(first);
    if (length == 1 || length > size || first < 0xc2 || first > 0xf4 || !is_second_byte(first, bytes[1])) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if ((bytes[i] & 0xc0U) != 0x80U) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::size_t valid_utf8_prefix_bytes(std::string_view text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t at = 0;
    while (at < text.size()) {
        at += plain_ascii_words_bytes(text.data() + at, text.size() - at);
        // Reads sequence by sequence up to the next word; text in other scripts stays in this loop.
        const std::size_t retry_at = at + sizeof(std::uint64_t);
        while (at < text.size() && at < retry_at) {
            const std::size_t length = sequence_bytes(bytes + at, text.size() - at);
            if (length == 0) {
                return at;
            }
            at += length;
        }
    }
    return at;
}

result<> check_utf8(std::string_view text) {
    const std::size_t valid_bytes = valid_utf8_prefix_bytes(text);
    if (valid_bytes == text.size()) {
        return {};
    }
    const std::string_view rest = text.substr(valid_bytes);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string message = "invalid byte sequence for encoding \"UTF8\":";
    for (const char byte : rest.substr(0, announced_bytes(static_cast<unsigned char>(rest.front())))) {
        const auto value = static_cast<unsigned char>(byte);
        message += " 0x";
        message += digits[value >> 4U];
        message += digits[value & 0x0fU];
    }
    return fail(sqlstates::character_not_in_repertoire, std::move(message));
}

}  // namespace sluice::base
