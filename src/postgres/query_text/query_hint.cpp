#include "postgres/query_text/query_hint.hpp"

#include "postgres/lex/lexer.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::postgres {

namespace {

constexpr std::string_view opening = "/*+";

// Reads "profile(name)" behind the cursor's parenthesis; goes behind the closing one even if it fails.
std::optional<std::string> read_name(token_cursor& cursor) {
    token_cursor inside = cursor;
    inside.take();
    auto name = inside.expect_folded_name();
    cursor.skip_parentheses();
    return name && inside.at_symbol(")") ? std::optional(*std::move(name)) : std::nullopt;
}

// `comment` with its /*+ and */.
std::optional<std::string> read_hints(std::string_view comment) {
    std::optional<std::string> profile;
    token_cursor cursor(comment.substr(opening.size(), comment.size() - opening.size() - 2));
    while (!cursor.at_end()) {
        const bool is_profile = cursor.take().is_word("profile");
        if (!cursor.at_symbol("(")) {
            continue;
        }
        if (!is_profile) {
            cursor.skip_parentheses();
        } else if (auto name = read_name(cursor)) {
            profile = std::move(name);
        }
    }
    return profile;
}

bool is_hint(const token& comment) {
    return comment.terminated && comment.text.starts_with(opening) && comment.text.size() > opening.size() + 1;
}

// `skips_first`: up to the first semicolon the text belongs to the preceding statement.
std::optional<std::string> find_in(std::string_view text, bool skips_first) {
    if (!text.contains(opening)) {
        return std::nullopt;
    }
    std::optional<std::string_view> found;
    bool in_front = skips_first;
    bool keyword = false;
    lexer tokens(text);
    for (token next = tokens.next(); next.kind != token_kind::end; next = tokens.next()) {
        if (next.kind == token_kind::comment) {
            if (!in_front && !found && is_hint(next)) {
                found = next.text;
            }
        } else if (next.is_symbol(";")) {
            if (keyword) {
                break;
            }
            in_front = false;
            found.reset();  // it belonged to an empty statement
        } else if (next.kind != token_kind::blank) {
            if (keyword || next.kind != token_kind::word) {
                break;
            }
            keyword = true;
        }
    }
    return found ? read_hints(*found) : std::nullopt;
}

}  // namespace

std::optional<std::string> find_hint(std::string_view text) {
    return find_in(text, false);
}

std::optional<std::string> find_hint(std::string_view query, std::size_t previous_end_bytes, std::size_t end_bytes) {
    return find_in(query.substr(previous_end_bytes, end_bytes - previous_end_bytes), previous_end_bytes > 0);
}

}  // namespace sluice::postgres
