#include "postgres/lex/token_cursor.hpp"

#include <algorithm>
#include <charconv>

#include "base/text/utf8.hpp"

namespace sluice::postgres {

bool token_cursor::at_name() const {
    return current_.kind == token_kind::word || current_.kind == token_kind::quoted_name ||
           current_.kind == token_kind::unicode_name;
}

bool token_cursor::at_string() const {
    return current_.kind == token_kind::string || current_.kind == token_kind::escape_string ||
           current_.kind == token_kind::unicode_string || current_.kind == token_kind::dollar_string;
}

token token_cursor::peek_second() const {
    token_cursor ahead = *this;
    ahead.take();
    return ahead.current_;
}

token token_cursor::take() {
    const token taken = current_;
    current_ = lexer_.next_significant();
    return taken;
}

bool token_cursor::accept_word(std::string_view lower_case) {
    if (!at_word(lower_case)) {
        return false;
    }
    take();
    return true;
}

bool token_cursor::accept_words(std::string_view first, std::string_view second) {
    if (!at_word(first) || !peek_second().is_word(second)) {
        return false;
    }
    take();
    take();
    return true;
}

bool token_cursor::accept_symbol(std::string_view symbol) {
    if (!at_symbol(symbol)) {
        return false;
    }
    take();
    return true;
}

std::optional<std::size_t> token_cursor::skip_parentheses() {
    std::size_t depth = 0;
    while (!at_end()) {
        const token skipped = take();
        depth += skipped.is_symbol("(") ? 1 : 0;
        depth -= skipped.is_symbol(")") && depth > 0 ? 1 : 0;
        if (depth == 0) {
            return skipped.offset_bytes;
        }
    }
    return std::nullopt;
}

result<> token_cursor::expect_end() {
    while (accept_symbol(";")) {
    }
    if (!at_end()) {
        return fail(syntax_error());
    }
    return {};
}

result<> token_cursor::expect_word(std::string_view lower_case) {
    if (!accept_word(lower_case)) {
        return fail(syntax_error());
    }
    return {};
}

result<> token_cursor::expect_symbol(std::string_view symbol) {
    if (!accept_symbol(symbol)) {
        return fail(syntax_error());
    }
    return {};
}

result<std::string> token_cursor::expect_name() {
    std::optional<std::string> name = at_name() ? decode_name(current_) : std::nullopt;
    if (!name) {
        return fail(syntax_error());
    }
    take();
    return *std::move(name);
}

result<std::string> token_cursor::expect_folded_name() {
    const bool unquoted = current_.kind == token_kind::word;
    TRY_ASSIGN(std::string name, expect_name());
    return unquoted ? base::lower_case(name) : std::move(name);
}

result<std::string> token_cursor::expect_string() {
    std::optional<std::string> value = at_string() ? decode_string(current_) : std::nullopt;
    if (!value) {
        return fail(syntax_error());
    }
    take();
    return *std::move(value);
}

result<std::int64_t> token_cursor::expect_integer() {
    const bool negative = at_symbol("-");
    if (negative || at_symbol("+")) {
        take();
    }
    // The sign is parsed with the digits; otherwise the most negative number would not fit.
    const std::string digits = (negative ? "-" : "") + std::string(current_.text);
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (current_.kind != token_kind::number || status != std::errc{} || end != digits.data() + digits.size()) {
        return fail(syntax_error());
    }
    take();
    return value;
}

error token_cursor::syntax_error() const {
    if (at_end()) {
        return error_at(current_, sqlstates::syntax_error, "syntax error at end of input");
    }
    if (!current_.terminated) {
        const bool comment = current_.kind == token_kind::comment;
        const bool name = current_.kind == token_kind::quoted_name || current_.kind == token_kind::unicode_name;
        const bool dollar = current_.kind == token_kind::dollar_string;
        const std::string what = comment  ? "/* comment"
                                 : name   ? "quoted identifier"
                                 : dollar ? "dollar-quoted string"
                                          : "quoted string";
        return error_at(current_, sqlstates::syntax_error,
                        "unterminated " + what + " at or near \"" + std::string(current_.text) + "\"");
    }
    return error_at(current_, sqlstates::syntax_error,
                    "syntax error at or near \"" + std::string(current_.text) + "\"");
}

error token_cursor::error_at(const token& place, sqlstate code, std::string message) const {
    return error{.code = code, .message = std::move(message)}.with_position(
        character_position(text_, place.offset_bytes));
}

namespace {

// Reads up to `digits_max` digits of a base; nullopt unless there are at least `digits_min`.
std::optional<std::uint32_t> take_digits(std::string_view& text, int base, std::size_t digits_min,
                                         std::size_t digits_max) {
    std::uint32_t value = 0;
    const std::string_view digits = text.substr(0, digits_max);
    const auto [end, status] = std::from_chars(digits.begin(), digits.end(), value, base);
    const auto count = static_cast<std::size_t>(end - digits.begin());
    if (status != std::errc{} || count < digits_min) {
        return std::nullopt;
    }
    text.remove_prefix(count);
    return value;
}

// The next code point of `body`, whose escape lead-in ("\", "\u", ...) `take_unit` reads; joins surrogate pairs.
template <typename TakeUnit>
bool append_code_point(std::string& out, std::string_view& body, const TakeUnit& take_unit) {
    std::optional<std::uint32_t> unit = take_unit(body);
    if (!unit) {
        return false;
    }
    if (*unit >= 0xD800 && *unit <= 0xDBFF) {
        const std::optional<std::uint32_t> low = take_unit(body);
        if (!low || *low < 0xDC00 || *low > 0xDFFF) {
            return false;
        }
        unit = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
    } else if (*unit >= 0xDC00 && *unit <= 0xDFFF) {
        return false;
    }
    if (*unit == 0 || *unit > 0x10FFFF) {
        return false;
    }
    base::append_character(out, *unit);
    return true;
}

// \uXXXX or \UXXXXXXXX of an E'' string.
std::optional<std::uint32_t> take_escape_unit(std::string_view& body) {
    if (!body.starts_with("\\u") && !body.starts_with("\\U")) {
        return std::nullopt;
    }
    const std::size_t digits = body[1] == 'u' ? 4 : 8;
    body.remove_prefix(2);
    return take_digits(body, 16, digits, digits);
}

// \XXXX or \+XXXXXX of a U& string or name.
std::optional<std::uint32_t> take_unicode_unit(std::string_view& body) {
    if (!body.starts_with('\\')) {
        return std::nullopt;
    }
    body.remove_prefix(1);
    const std::size_t digits = body.starts_with('+') ? 6 : 4;
    if (digits == 6) {
        body.remove_prefix(1);
    }
    return take_digits(body, 16, digits, digits);
}

// `body` begins with the backslash.
bool append_escape(std::string& out, std::string_view& body) {
    if (body.starts_with("\\u") || body.starts_with("\\U")) {
        return append_code_point(out, body, take_escape_unit);
    }
    body.remove_prefix(1);
    if (body.empty()) {
        return false;
    }
    const char c = body.front();
    if (c >= '0' && c <= '7') {
        const std::uint32_t byte = take_digits(body, 8, 1, 3).value_or(0);
        out += static_cast<char>(byte);
        return byte != 0;
    }
    body.remove_prefix(1);
    if (c == 'x') {
        const std::optional<std::uint32_t> byte = take_digits(body, 16, 1, 2);
        out += static_cast<char>(byte.value_or(static_cast<std::uint32_t>('x')));
        return byte != 0U;
    }
    constexpr std::string_view letters = "bfnrt";
    const std::size_t letter = letters.find(c);
    out += letter == std::string_view::npos ? c : std::string_view("\b\f\n\r\t")[letter];
    return true;
}

// `body` is the text between the outermost quotes. A single quote in it that is neither doubled nor escaped ends one
// part of a continued literal; the next part begins at the next quote.
std::optional<std::string> decode_quoted(std::string_view body, char quote, char escape) {
    std::string out;
    while (!body.empty()) {
        const char c = body.front();
        if (c == quote) {
            body.remove_prefix(1);
            if (body.starts_with(quote)) {
                out += c;
            } else {
                // Comments between the parts may contain quotes, blank lines cannot.
                while (!body.empty() && !body.starts_with(quote)) {
                    body.remove_prefix(body.starts_with("--") ? std::min(body.find_first_of("\r\n"), body.size()) : 1);
                }
            }
            body.remove_prefix(std::min<std::size_t>(1, body.size()));
        } else if (c == '\\' && escape == 'e') {
            if (!append_escape(out, body)) {
                return std::nullopt;
            }
        } else if (c == '\\' && escape == 'u') {
            if (body.starts_with("\\\\")) {
                out += c;
                body.remove_prefix(2);
            } else if (!append_code_point(out, body, take_unicode_unit)) {
                return std::nullopt;
            }
        } else {
            out += c;
            body.remove_prefix(1);
        }
    }
    return out;
}

std::string_view between_quotes(std::string_view text, std::size_t prefix_bytes) {
    return text.substr(prefix_bytes + 1, text.size() - prefix_bytes - 2);
}

}  // namespace

std::optional<std::string> decode_string(const token& literal) {
    if (!literal.terminated) {
        return std::nullopt;
    }
    const std::string_view text = literal.text;
    switch (literal.kind) {
        case token_kind::string:
            return decode_quoted(between_quotes(text, text.front() == '\'' ? 0 : 1), '\'', '\0');
        case token_kind::escape_string:
            return decode_quoted(between_quotes(text, 1), '\'', 'e');
        case token_kind::unicode_string:
            return decode_quoted(between_quotes(text, 2), '\'', 'u');
        case token_kind::dollar_string: {
            const std::size_t tag_bytes = text.find('$', 1) + 1;
            return std::string(text.substr(tag_bytes, text.size() - 2 * tag_bytes));
        }
        default:
            return std::nullopt;
    }
}

std::optional<std::string> decode_name(const token& name) {
    if (name.kind == token_kind::word) {
        return std::string(name.text);
    }
    if (!name.terminated) {
        return std::nullopt;
    }
    std::optional<std::string> decoded = name.kind == token_kind::quoted_name
                                             ? decode_quoted(between_quotes(name.text, 0), '"', '\0')
                                             : decode_quoted(between_quotes(name.text, 2), '"', 'u');
    if (decoded && decoded->empty()) {
        return std::nullopt;
    }
    return decoded;
}

}  // namespace sluice::postgres
