// lexer.hpp - cuts SQL text into tokens, by the rules that PostgreSQL and DuckDB share.
//
// Problem: a semicolon, a keyword or a $1 counts only outside of quotes and comments.
// Use:     lexer tokens(text); for (token t = tokens.next(); t.kind != token_kind::end; t = tokens.next()) ...
//          const lexed_text once(text); lexer first(once); lexer second(once);   // the text is cut once for both
// How:     every byte of the text belongs to exactly one token, in order; there are no errors. An unterminated quote or
//          comment reaches to the end of the text and is marked so.
// Memory:  a lexed_text takes four bytes for each token. It keeps no tokens of texts above 64 KiB: a lexer cuts them
//          again each time, so that an INSERT of many megabytes is not kept as millions of tokens.
// Threads: a lexed_text never changes; a lexer belongs to one thread.
// Source:  PostgreSQL 15 manual, chapter 4.1 (Lexical Structure). DuckDB adds named parameters ($name) and 1_000, 0x1f.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/error.hpp"
#include "base/text/ascii.hpp"

namespace sluice::postgres {

enum class token_kind : std::uint8_t {
    end,
    blank,
    comment,          // -- to the end of the line, or /* */, nested
    word,             // identifier or keyword, not quoted
    quoted_name,      // "..."
    unicode_name,     // U&"..."
    string,           // '...' or N'...'
    escape_string,    // E'...'
    unicode_string,   // U&'...'
    bit_string,       // B'...' or X'...'
    dollar_string,    // $$...$$ or $tag$...$tag$
    number,           // without a sign
    parameter,        // $1
    named_parameter,  // $name
    symbol,           // an operator of one or more characters, or a single character of punctuation, or ::
};

struct token {
    token_kind kind = token_kind::end;
    std::string_view text;
    std::size_t offset_bytes = 0;
    bool terminated = true;

    [[nodiscard]] std::size_t end_bytes() const { return offset_bytes + text.size(); }
    [[nodiscard]] bool is_symbol(std::string_view symbol) const { return kind == token_kind::symbol && text == symbol; }
    // `lower_case` is a keyword; case is ignored.
    [[nodiscard]] bool is_word(std::string_view lower_case) const;
    // Blanks, and terminated comments.
    [[nodiscard]] bool is_insignificant() const {
        return kind == token_kind::blank || (kind == token_kind::comment && terminated);
    }
};

// A text and the places of its tokens. It points into the text, which has to outlive it. Functions that read a text
// take one, so that callers with a text pass the text, and callers that ask several of them cut it once.
class lexed_text {
  public:
    static constexpr std::size_t kept_bytes_max = std::size_t{64} * 1024 - 1;

    lexed_text() = default;
    // NOLINTBEGIN(google-explicit-constructor,hicpp-explicit-conversions): a text is one, only not cut yet
    lexed_text(std::string_view text);
    lexed_text(const std::string& text) : lexed_text(std::string_view(text)) {}
    lexed_text(const char* text) : lexed_text(std::string_view(text)) {}
    // NOLINTEND(google-explicit-constructor,hicpp-explicit-conversions)

    [[nodiscard]] std::string_view text() const { return text_; }
    // The part from `begin_bytes` to `end_bytes`, both of them at the border of a token; offsets count from its start.
    [[nodiscard]] lexed_text part(std::size_t begin_bytes, std::size_t end_bytes) const;

  private:
    friend class lexer;

    // A token reaches from the end of the token before it to `end`.
    struct place {
        std::uint16_t end;
        token_kind kind;
        bool terminated;
    };

    std::string_view text_;
    std::vector<place> places_;  // none: nothing was kept
};

class lexer {
  public:
    explicit lexer(std::string_view text, std::size_t offset_bytes = 0) : text_(text), position_(offset_bytes) {}
    // `text` has to outlive the lexer. Not for a std::string, which would become a temporary.
    template <std::same_as<lexed_text> Text>
    explicit lexer(const Text& text)
        : text_(text.text_), places_(text.places_.data()), places_end_(places_ + text.places_.size()) {}

    token next();
    // Skips blanks and comments.
    token next_significant();

  private:
    [[nodiscard]] char at(std::size_t position) const { return position < text_.size() ? text_[position] : '\0'; }
    token cut();
    token make(token_kind kind, std::size_t end, bool terminated = true);
    token blank();
    token line_comment();
    token block_comment();
    token word();
    token quoted(token_kind kind, std::size_t prefix_bytes);
    token dollar();
    token number();
    token symbol();

    std::string_view text_;
    std::size_t position_ = 0;
    const lexed_text::place* places_ = nullptr;  // the next one; null: tokens are cut from the text
    const lexed_text::place* places_end_ = nullptr;
};

// The position for an error: the number, from 1, of the character of UTF-8 `text` that begins at byte `offset_bytes`.
[[nodiscard]] std::int32_t character_position(std::string_view text, std::size_t offset_bytes);
// Moves the position of an error: the statement begins at byte `offset_bytes` of `text`, positions count from its
// start.
[[nodiscard]] error position_in_text(error cause, std::string_view text, std::size_t offset_bytes);

}  // namespace sluice::postgres
