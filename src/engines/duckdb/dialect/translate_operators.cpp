// Rules for sessions whose search path is pg_catalog alone, as set by postgres_fdw: every operator there is
// PostgreSQL's. If DuckDB's operator has another meaning, rows would be lost silently.
//
// Source:  PostgreSQL 15 manual, 9.7 (Pattern Matching), 4.1.2 (Constants), 8.4 (Binary Data Types), 8.15 (Arrays).
#include <algorithm>
#include <array>
#include <optional>

#include "base/text/ascii.hpp"
#include "engines/duckdb/dialect/translator.hpp"

namespace sluice::duckdb {

namespace {

struct like_operator {
    std::string_view symbol;
    std::string_view words;
};
constexpr auto like_operators = std::to_array<like_operator>({
    {.symbol = "~~", .words = "LIKE"},
    {.symbol = "!~~", .words = "NOT LIKE"},
    {.symbol = "~~*", .words = "ILIKE"},
    {.symbol = "!~~*", .words = "NOT ILIKE"},
});

// Skips ::text behind a pattern, which is a text anyway.
std::size_t accept_text_cast(postgres::token_cursor& behind, std::size_t end_bytes) {
    postgres::token_cursor cast = behind;
    if (!cast.accept_symbol("::") || !cast.at_word("text")) {
        return end_bytes;
    }
    end_bytes = cast.take().end_bytes();
    behind = cast;
    return end_bytes;
}

// The elements of '{a,"b c",NULL,{...}}' as DuckDB's ['a', 'b c', NULL, [...]].
class array_reader {
  public:
    explicit array_reader(std::string_view text) : text_(text) {}

    std::optional<std::string> read() {
        std::string list;
        return read_list(list, 0) && at_ == text_.size() ? std::optional(std::move(list)) : std::nullopt;
    }

  private:
    static constexpr int dimensions_max = 6;  // PostgreSQL's MAXDIM

    bool accept(char c) {
        const bool found = at_ < text_.size() && text_[at_] == c;
        at_ += found ? 1 : 0;
        return found;
    }
    bool read_list(std::string& out, int depth) {
        if (depth == dimensions_max || !accept('{')) {
            return false;
        }
        out += '[';
        if (!accept('}')) {
            do {
                out += out.back() == '[' ? "" : ", ";
                const bool list = at_ < text_.size() && text_[at_] == '{';
                if (!(list ? read_list(out, depth + 1) : read_element(out))) {
                    return false;
                }
            } while (accept(','));
            if (!accept('}')) {
                return false;
            }
        }
        out += ']';
        return true;
    }
    bool read_element(std::string& out) {
        std::string value;
        const bool quoted = accept('"');
        while (at_ < text_.size() && text_[at_] != '"' && (quoted || !std::string_view(",{}").contains(text_[at_]))) {
            at_ += text_[at_] == '\\' ? 1 : 0;
            if (at_ == text_.size()) {
                return false;
            }
            value += text_[at_++];
        }
        if (quoted ? !accept('"') : value.empty()) {
            return false;
        }
        out += !quoted && base::equals_ignoring_case(value, "null") ? "NULL" : postgres::quote_literal(value);
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string> array_as_list(std::string_view literal) {
    return array_reader(literal).read();
}

std::optional<std::string> bytes_as_blob(std::string_view literal) {
    const bool hexadecimal = literal.starts_with("\\x") && literal.size() % 2 == 0 &&
                             std::ranges::all_of(literal.substr(2), [](char c) { return base::hex_digit(c) >= 0; });
    if (!hexadecimal) {
        return std::nullopt;
    }
    std::string blob = "'";
    for (std::size_t i = 2; i < literal.size(); i += 2) {
        blob.append("\\x").append(literal.substr(i, 2));
    }
    return blob + "'";
}

bool translator::apply_operator() {
    if (!postgres_operators_) {
        return false;
    }
    postgres::token_cursor behind = cursor_;
    const postgres::token symbol = behind.take();
    return apply_pattern(symbol.text, behind) || apply_like(symbol.text, behind);
}

// a ~ 'b' is true for a part of the text; DuckDB compares the whole and has no operator that ignores case.
bool translator::apply_pattern(std::string_view symbol, postgres::token_cursor behind) {
    const bool negative = symbol.starts_with('!');
    const std::string_view match = symbol.substr(negative ? 1 : 0);
    if (match != "~" && match != "~*") {
        return false;
    }
    const std::string_view flags = match == "~*" ? "(?is)" : "(?s)";
    const std::string before = negative ? "!~ " : "~ ";
    const postgres::token operand = behind.peek();
    if (behind.at_string()) {
        const std::optional<std::string> pattern = postgres::decode_string(operand);
        behind.take();
        const std::size_t end_bytes = accept_text_cast(behind, operand.end_bytes());
        if (pattern) {
            replace(before + postgres::quote_literal(std::string(flags) + ".*(?:" + *pattern + ").*"), end_bytes,
                    behind);
        }
        return pattern.has_value();
    }
    std::size_t end_bytes = operand.end_bytes();
    if (!behind.at_name() && operand.kind != postgres::token_kind::parameter) {
        return false;
    }
    behind.take();
    while (behind.accept_symbol(".") && behind.at_name()) {
        end_bytes = behind.take().end_bytes();
    }
    const std::string name(sql_.substr(operand.offset_bytes, end_bytes - operand.offset_bytes));
    end_bytes = accept_text_cast(behind, end_bytes);
    replace(before + "(" + postgres::quote_literal(std::string(flags) + ".*(?:") + " || " + name + " || ').*')",
            end_bytes, behind);
    return true;
}

// A backslash in a pattern escapes the next character; DuckDB needs an ESCAPE clause for that.
bool translator::apply_like(std::string_view symbol, postgres::token_cursor behind) {
    const auto* const like = std::ranges::find(like_operators, symbol, &like_operator::symbol);
    const postgres::token operand = behind.peek();
    const std::optional<std::string> pattern =
        like != like_operators.end() && behind.at_string() ? postgres::decode_string(operand) : std::nullopt;
    if (!pattern || !pattern->contains('\\')) {
        return false;
    }
    behind.take();
    const std::size_t end_bytes = accept_text_cast(behind, operand.end_bytes());
    replace(std::string(like->words) + " " + postgres::quote_literal(*pattern) + " ESCAPE '\\'", end_bytes, behind);
    return true;
}

// '\x0102' without a cast: bytes, since losing rows is worse than misreading a rare text of this form.
bool translator::apply_bytes_literal() {
    const postgres::token literal = cursor_.peek();
    if (!postgres_operators_ || cursor_.peek_second().is_symbol("::")) {
        return false;
    }
    const std::optional<std::string> value = postgres::decode_string(literal);
    const std::optional<std::string> blob = value ? bytes_as_blob(*value) : std::nullopt;
    if (!blob) {
        return false;
    }
    postgres::token_cursor behind = cursor_;
    behind.take();
    replace("CAST(" + *blob + " AS BLOB)", literal.end_bytes(), behind);
    return true;
}

}  // namespace sluice::duckdb
