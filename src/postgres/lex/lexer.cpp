#include "postgres/lex/lexer.hpp"

#include <algorithm>

#include "base/text/utf8.hpp"

namespace sluice::postgres {

namespace {

constexpr bool is_newline(char c) {
    return c == '\n' || c == '\r';
}
constexpr bool is_name_start(char c) {
    return base::is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
// Also the characters of a dollar quote's tag, except '$' itself.
constexpr bool is_tag_character(char c) {
    return is_name_start(c) || base::is_digit(c);
}
constexpr bool is_operator_character(char c) {
    return std::string_view("~!@#^&|`?+-*/%<>=").contains(c);
}

struct quote_end {
    std::size_t position;
    bool terminated;
};

// From behind the opening quote to behind the closing one; a doubled quote stays inside, \' too if `backslashes`.
quote_end find_quote_end(std::string_view text, std::size_t position, char quote, bool backslashes) {
    while (position < text.size()) {
        const char c = text[position++];
        if (c == '\\' && backslashes) {
            position = std::min(position + 1, text.size());
        } else if (c == quote) {
            if (position >= text.size() || text[position] != quote) {
                return {.position = position, .terminated = true};
            }
            ++position;
        }
    }
    return {.position = text.size(), .terminated = false};
}

// 'a' and 'b' with a line break between them are one literal. Returns the place of the second opening quote, or npos.
std::size_t find_continuation(std::string_view text, std::size_t position) {
    bool line_broken = false;
    while (position < text.size()) {
        const char c = text[position];
        if (base::is_blank(c)) {
            line_broken = line_broken || is_newline(c);
            ++position;
        } else if (line_broken && text.substr(position, 2) == "--") {
            position = std::min(text.find_first_of("\r\n", position), text.size());
        } else {
            return line_broken && c == '\'' ? position : std::string_view::npos;
        }
    }
    return std::string_view::npos;
}

}  // namespace

std::int32_t character_position(std::string_view text, std::size_t offset_bytes) {
    return static_cast<std::int32_t>(base::count_characters(text.substr(0, offset_bytes))) + 1;
}

error position_in_text(error cause, std::string_view text, std::size_t offset_bytes) {
    if (cause.position > 0) {
        cause.position += character_position(text, offset_bytes) - 1;
    }
    return cause;
}

bool token::is_word(std::string_view lower_case) const {
    return kind == token_kind::word && base::equals_ignoring_case(text, lower_case);
}

token lexer::make(token_kind kind, std::size_t end, bool terminated) {
    const token made{.kind = kind,
                     .text = text_.substr(position_, end - position_),
                     .offset_bytes = position_,
                     .terminated = terminated};
    position_ = end;
    return made;
}

token lexer::next_significant() {
    token found = next();
    while (found.is_insignificant()) {
        found = next();
    }
    return found;
}

lexed_text::lexed_text(std::string_view text) : text_(text) {
    if (text.size() > kept_bytes_max) {
        return;
    }
    lexer tokens(text);
    for (token next = tokens.next(); next.kind != token_kind::end; next = tokens.next()) {
        places_.push_back(
            {.end = static_cast<std::uint16_t>(next.end_bytes()), .kind = next.kind, .terminated = next.terminated});
    }
}

lexed_text lexed_text::part(std::size_t begin_bytes, std::size_t end_bytes) const {
    if (places_.empty()) {
        return {text_.substr(begin_bytes, end_bytes - begin_bytes)};
    }
    const auto begin = std::ranges::upper_bound(places_, begin_bytes, {}, &place::end);
    const auto end = std::ranges::upper_bound(begin, places_.end(), end_bytes, {}, &place::end);
    lexed_text made;
    made.text_ = text_.substr(begin_bytes, end_bytes - begin_bytes);
    made.places_.assign(begin, end);
    for (place& each : made.places_) {
        each.end = static_cast<std::uint16_t>(each.end - begin_bytes);
    }
    return made;
}

token lexer::next() {
    if (places_ == nullptr) {
        return cut();
    }
    if (places_ == places_end_) {
        return make(token_kind::end, text_.size());
    }
    const lexed_text::place& known = *places_++;
    return make(known.kind, known.end, known.terminated);
}

token lexer::cut() {
    if (position_ >= text_.size()) {
        return make(token_kind::end, text_.size());
    }
    const char c = text_[position_];
    const char following = at(position_ + 1);
    if (base::is_blank(c)) {
        return blank();
    }
    if (c == '-' && following == '-') {
        return line_comment();
    }
    if (c == '/' && following == '*') {
        return block_comment();
    }
    if (c == '\'') {
        return quoted(token_kind::string, 0);
    }
    if (c == '"') {
        return quoted(token_kind::quoted_name, 0);
    }
    if (is_name_start(c)) {
        return word();
    }
    if (base::is_digit(c) || (c == '.' && base::is_digit(following))) {
        return number();
    }
    if (c == '$') {
        return dollar();
    }
    return symbol();
}

token lexer::blank() {
    std::size_t end = position_;
    while (base::is_blank(at(end))) {
        ++end;
    }
    return make(token_kind::blank, end);
}

token lexer::line_comment() {
    return make(token_kind::comment, std::min(text_.find_first_of("\r\n", position_), text_.size()));
}

token lexer::block_comment() {
    std::size_t depth = 1;
    std::size_t end = position_ + 2;
    while (depth > 0) {
        end = text_.find_first_of("*/", end);
        if (end == std::string_view::npos || end + 1 >= text_.size()) {
            return make(token_kind::comment, text_.size(), false);
        }
        if (text_[end] == '/' && text_[end + 1] == '*') {
            ++depth;
            end += 2;
        } else if (text_[end] == '*' && text_[end + 1] == '/') {
            --depth;
            end += 2;
        } else {
            ++end;
        }
    }
    return make(token_kind::comment, end);
}

token lexer::word() {
    const char following = at(position_ + 1);
    switch (base::to_lower(text_[position_])) {
        case 'e':
            if (following == '\'') {
                return quoted(token_kind::escape_string, 1);
            }
            break;
        case 'n':
            if (following == '\'') {
                return quoted(token_kind::string, 1);
            }
            break;
        case 'b':
        case 'x':
            if (following == '\'') {
                return quoted(token_kind::bit_string, 1);
            }
            break;
        case 'u':
            if (following == '&' && at(position_ + 2) == '\'') {
                return quoted(token_kind::unicode_string, 2);
            }
            if (following == '&' && at(position_ + 2) == '"') {
                return quoted(token_kind::unicode_name, 2);
            }
            break;
        default:
            break;
    }
    std::size_t end = position_;
    while (is_tag_character(at(end)) || at(end) == '$') {
        ++end;
    }
    return make(token_kind::word, end);
}

token lexer::quoted(token_kind kind, std::size_t prefix_bytes) {
    const char quote = text_[position_ + prefix_bytes];
    const bool backslashes = kind == token_kind::escape_string;
    quote_end end = find_quote_end(text_, position_ + prefix_bytes + 1, quote, backslashes);
    while (end.terminated && quote == '\'') {
        const std::size_t continuation = find_continuation(text_, end.position);
        if (continuation == std::string_view::npos) {
            break;
        }
        end = find_quote_end(text_, continuation + 1, quote, backslashes);
    }
    return make(kind, end.position, end.terminated);
}

// $1, $tag$...$tag$, $name, or a lone $.
token lexer::dollar() {
    std::size_t end = position_ + 1;
    if (base::is_digit(at(end))) {
        while (base::is_digit(at(end))) {
            ++end;
        }
        return make(token_kind::parameter, end);
    }
    while (is_tag_character(at(end))) {
        ++end;
    }
    if (at(end) != '$') {
        return make(end == position_ + 1 ? token_kind::symbol : token_kind::named_parameter, end);
    }
    const std::string_view tag = text_.substr(position_, end + 1 - position_);
    const std::size_t closing = text_.find(tag, end + 1);
    if (closing == std::string_view::npos) {
        return make(token_kind::dollar_string, text_.size(), false);
    }
    return make(token_kind::dollar_string, closing + tag.size());
}

token lexer::number() {
    std::size_t end = position_;
    const auto skip_digits = [&] {
        while (base::is_digit(at(end)) || (at(end) == '_' && base::is_digit(at(end + 1)))) {
            ++end;
        }
    };
    if (at(end) == '0' && base::to_lower(at(end + 1)) == 'x' && base::hex_digit(at(end + 2)) >= 0) {
        end += 2;
        while (base::hex_digit(at(end)) >= 0 || at(end) == '_') {
            ++end;
        }
        return make(token_kind::number, end);
    }
    skip_digits();
    // In 1..10 (a slice, a loop) the points do not belong to the number.
    if (at(end) == '.' && at(end + 1) != '.') {
        ++end;
        skip_digits();
    }
    if (base::to_lower(at(end)) == 'e') {
        const std::size_t sign = at(end + 1) == '+' || at(end + 1) == '-' ? 1 : 0;
        if (base::is_digit(at(end + 1 + sign))) {
            end += 1 + sign;
            skip_digits();
        }
    }
    return make(token_kind::number, end);
}

token lexer::symbol() {
    if (text_.substr(position_, 2) == "::" || text_.substr(position_, 2) == ":=") {
        return make(token_kind::symbol, position_ + 2);
    }
    std::size_t end = position_;
    while (is_operator_character(at(end)) && text_.substr(end, 2) != "--" && text_.substr(end, 2) != "/*") {
        ++end;
    }
    if (end == position_) {
        return make(token_kind::symbol, position_ + 1);
    }
    // As in PostgreSQL an operator ends in + or - only if it also has a character that SQL's own operators lack: x=-1.
    const bool sql_operator = !std::ranges::any_of(text_.substr(position_, end - position_),
                                                   [](char c) { return std::string_view("~!@#^&|`?%").contains(c); });
    while (sql_operator && end - position_ > 1 && (text_[end - 1] == '+' || text_[end - 1] == '-')) {
        --end;
    }
    return make(token_kind::symbol, end);
}

}  // namespace sluice::postgres
