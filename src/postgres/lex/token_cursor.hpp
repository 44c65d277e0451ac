// token_cursor.hpp - reads a statement's significant tokens from left to right, for the hand-written parsers beside it.
//
// Use:     token_cursor cursor(text);          // or a lexed_text, which has to outlive the cursor
//          if (cursor.accept_words("with", "hold")) ...; TRY_ASSIGN(std::string name, cursor.expect_name());
// How:     one token of look-ahead; a copy of the cursor is a bookmark to return to.
// Errors:  42601 in PostgreSQL's words, with the position of the token that did not fit.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "postgres/lex/lexer.hpp"

namespace sluice::postgres {

class token_cursor {
  public:
    explicit token_cursor(std::string_view text, std::size_t offset_bytes = 0)
        : text_(text), lexer_(text, offset_bytes), current_(lexer_.next_significant()) {}

    template <std::same_as<lexed_text> Text>
    explicit token_cursor(const Text& text) : text_(text.text()), lexer_(text), current_(lexer_.next_significant()) {}

    [[nodiscard]] const token& peek() const { return current_; }
    [[nodiscard]] token peek_second() const;
    [[nodiscard]] bool at_end() const { return current_.kind == token_kind::end; }
    [[nodiscard]] bool at_word(std::string_view lower_case) const { return current_.is_word(lower_case); }
    [[nodiscard]] bool at_symbol(std::string_view symbol) const { return current_.is_symbol(symbol); }
    [[nodiscard]] bool at_name() const;
    [[nodiscard]] bool at_string() const;
    [[nodiscard]] std::string_view text() const { return text_; }

    token take();
    bool accept_word(std::string_view lower_case);
    // Both or none.
    bool accept_words(std::string_view first, std::string_view second);
    bool accept_symbol(std::string_view symbol);
    // Goes behind the parenthesis that closes the one at the cursor and returns its position; nullopt: it is missing.
    std::optional<std::size_t> skip_parentheses();

    // Accepts semicolons at the end, which are no part of the grammar but harmless.
    result<> expect_end();
    result<> expect_word(std::string_view lower_case);
    result<> expect_symbol(std::string_view symbol);
    // An identifier, without its quotes, in the case of the text.
    result<std::string> expect_name();
    // The same in PostgreSQL's form: in lower case unless it was quoted.
    result<std::string> expect_folded_name();
    result<std::string> expect_string();
    // With an optional sign.
    result<std::int64_t> expect_integer();

    [[nodiscard]] error syntax_error() const;
    [[nodiscard]] error error_at(const token& place, sqlstate code, std::string message) const;

  private:
    std::string_view text_;
    lexer lexer_;
    token current_;
};

// The value of a string token of any kind; nullopt for a malformed escape (or a bit string, which is no text).
[[nodiscard]] std::optional<std::string> decode_string(const token& literal);
// The identifier of a word, "name" or U&"name".
[[nodiscard]] std::optional<std::string> decode_name(const token& name);

// std::ranges::contains, which libstdc++ 12 lacks.
template <typename Range>
[[nodiscard]] bool contains(const Range& range, std::string_view text) {
    return std::ranges::find(range, text) != std::ranges::end(range);
}

}  // namespace sluice::postgres
