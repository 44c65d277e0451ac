// utf8.hpp - UTF-8: checks it, cuts it, and turns bytes into characters and back. No other file does.
//
// Problem: the engine must never get broken text, and every SQL string, name, text parameter and COPY field passes
//          through here, so ASCII has to cost next to nothing.
// Use:     TRY(check_utf8(text));   first_character(text).code   line.append(whole_characters(statement, 1'024));
// Broken:  a byte that is not UTF-8 is a character of its own, U+FFFD.
// Source:  simdjson checks (docs/decisions/0020-one-utf-8-one-ascii-one-digest.md has the measurements), utf8proc decodes
//          and knows Unicode 15.
// Threads: any; a utf8_watch has one at a time.
// Errors:  22021 with the offending bytes in hexadecimal.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::base {

// Number of bytes at the front of `text` that are valid UTF-8 without zero bytes; text.size() if all are.
[[nodiscard]] std::size_t valid_utf8_prefix_bytes(std::string_view text);

// Refuses zero bytes too: PostgreSQL's text has none.
result<> check_utf8(std::string_view text);

// Zero bytes are allowed.
[[nodiscard]] bool is_utf8(std::string_view text);

inline constexpr char32_t replacement_character = 0xfffd;

struct character {
    char32_t code = 0;
    std::string_view bytes;

    // False for a U+FFFD that the text itself has.
    [[nodiscard]] bool is_broken() const { return code == replacement_character && bytes.size() == 1; }
};

// The first character of `text`, which is not empty.
[[nodiscard]] character first_character(std::string_view text);

// Counts the bytes at which a character begins.
[[nodiscard]] std::size_t count_characters(std::string_view text);

// `code` is at most U+10FFFF.
void append_character(std::string& text, char32_t code);

// At most `bytes_max` bytes of `text`, without a part of a character at the end; text that is not UTF-8 is cut anywhere.
[[nodiscard]] std::string_view whole_characters(std::string_view text, std::size_t bytes_max);

// Unicode's simple case mapping: one character for one, in any locale.
[[nodiscard]] char32_t lower_case_of(char32_t code);
[[nodiscard]] char32_t upper_case_of(char32_t code);

// C0, DEL and C1.
[[nodiscard]] constexpr bool is_control_character(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

// Checks text byte by byte, so that it may come in pieces that end inside a character.
class utf8_watch {
  public:
    // False: with this byte the character is not UTF-8.
    [[nodiscard]] bool take(char byte) {
        return (size_ == 0 && static_cast<unsigned char>(byte) < 0x80) || take_part(byte);
    }
    // Bytes taken of an unfinished character; 0 between characters.
    [[nodiscard]] std::size_t bytes_open() const { return size_; }

  private:
    bool take_part(char byte);

    std::array<char, 4> open_{};
    std::size_t size_ = 0;
};

}  // namespace sluice::base
