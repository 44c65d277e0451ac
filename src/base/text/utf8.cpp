#include "base/text/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <simdjson.h>
#include <utf8proc.h>
#include <utility>

namespace sluice::base {

namespace {

constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080U;
// A call of simdjson costs as much as decoding 16 bytes, or as much as looking for ASCII in 256.
constexpr std::size_t simdjson_bytes_min = 16;
constexpr std::size_t words_bytes_max = 256;

// True if all eight bytes are 0x01..0x7f: no high bit is set, and adding 0x7f to each sets it (without carries).
bool is_plain_ascii(std::uint64_t word) {
    return (word & high_bits) == 0 && ((word + 0x7f7f'7f7f'7f7f'7f7fU) & high_bits) == high_bits;
}

std::size_t plain_ascii_words_bytes(std::string_view text) {
    std::size_t done = 0;
    while (text.size() - done >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + done, sizeof word);
        if (!is_plain_ascii(word)) {
            break;
        }
        done += sizeof word;
    }
    return done;
}

constexpr bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

// Number of bytes that the first byte announces; 0: no character begins with it.
std::size_t announced_bytes(char first) {
    return static_cast<std::size_t>(utf8proc_utf8class[static_cast<unsigned char>(first)]);
}

// Number of bytes of the character at the front of `text`; 0: they are not UTF-8.
std::size_t decode(std::string_view text, utf8proc_int32_t& code) {
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const auto size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &code);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
}

}  // namespace

bool is_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

std::size_t valid_utf8_prefix_bytes(std::string_view text) {
    std::size_t at = text.size() <= words_bytes_max ? plain_ascii_words_bytes(text) : 0;
    const auto rest = text.substr(at);
    if (rest.size() >= simdjson_bytes_min && is_utf8(rest) && !rest.contains('\0')) {
        return text.size();
    }
    while (at < text.size()) {
        utf8proc_int32_t code = 0;
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = first == 0 ? 0 : first < 0x80 ? 1 : decode(text.substr(at), code);
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return at;
}

result<> check_utf8(std::string_view text) {
    const std::size_t valid_bytes = valid_utf8_prefix_bytes(text);
    if (valid_bytes == text.size()) {
        return {};
    }
    const std::string_view rest = text.substr(valid_bytes);
    std::string message = "invalid byte sequence for encoding \"UTF8\":";
    for (const char byte : rest.substr(0, std::max<std::size_t>(announced_bytes(rest.front()), 1))) {
        message += fmt::format(" 0x{:02x}", static_cast<unsigned char>(byte));
    }
    return fail(sqlstates::character_not_in_repertoire, std::move(message));
}

character first_character(std::string_view text) {
    utf8proc_int32_t code = 0;
    const std::size_t length = decode(text, code);
    if (length == 0) {
        return {.code = replacement_character, .bytes = text.substr(0, 1)};
    }
    return {.code = static_cast<char32_t>(code), .bytes = text.substr(0, length)};
}

std::size_t count_characters(std::string_view text) {
    return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

void append_character(std::string& text, char32_t code) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes.data());
    text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

std::string_view whole_characters(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return text;
    }
    std::size_t end = bytes_max;
    while (end > 0 && continues_character(text[end])) {
        --end;
    }
    return text.substr(0, end);
}

char32_t lower_case_of(char32_t code) {
    return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
}
char32_t upper_case_of(char32_t code) {
    return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(code)));
}

bool utf8_watch::take_part(char byte) {
    open_.at(size_++) = byte;
    if (size_ < announced_bytes(open_.front())) {
        return size_ == 1 || continues_character(byte);
    }
    utf8proc_int32_t code = 0;
    return decode({open_.data(), std::exchange(size_, 0)}, code) != 0;
}

}  // namespace sluice::base
