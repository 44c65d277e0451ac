#include "engines/duckdb/statement/statement_traits.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engines/duckdb/capi/contains.hpp"
#include "postgres/lex/lexer.hpp"

namespace sluice::duckdb {
namespace {

using postgres::token_kind;

// Words that may stand before a parenthesis without being a function's name.
constexpr auto plain_words = std::to_array<std::string_view>({
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "bit",
    "by",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "columns",
    "cube",
    "dec",
    "decimal",
    "default",
    "desc",
    "distinct",
    "else",
    "end",
    "except",
    "exclude",
    "exists",
    "extract",
    "filter",
    "float",
    "following",
    "for",
    "from",
    "group",
    "grouping",
    "having",
    "if",
    "ilike",
    "in",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "lambda",
    "lateral",
    "like",
    "limit",
    "list",
    "map",
    "materialized",
    "not",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "over",
    "overlay",
    "partition",
    "position",
    "preceding",
    "qualify",
    "range",
    "recursive",
    "replace",
    "returning",
    "rollup",
    "row",
    "rows",
    "select",
    "set",
    "sets",
    "similar",
    "some",
    "struct",
    "substring",
    "then",
    "time",
    "timestamp",
    "to",
    "trim",
    "try_cast",
    "union",
    "unique",
    "unnest",
    "using",
    "values",
    "varchar",
    "when",
    "where",
    "window",
    "with",
    "within",
    "generate_series",
});

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), base::to_lower);
    return out;
}

bool is_name(const postgres::token& token) {
    return token.kind == token_kind::word || token.kind == token_kind::quoted_name;
}

std::string unquoted(const postgres::token& token) {
    if (token.kind != token_kind::quoted_name) {
        return std::string(token.text);
    }
    std::string out;
    for (std::size_t i = 1; i + 1 < token.text.size(); ++i) {
        out += token.text[i];
        i += token.text[i] == '"' ? 1 : 0;
    }
    return out;
}

bool is_plain(std::string_view word) {
    return contains(plain_words, word);
}

void note_word(std::string_view word, statement_traits& traits) {
    const auto is_one_of = [&](std::initializer_list<std::string_view> words) { return contains(words, word); };
    traits.returning |= word == "returning";
    traits.writes_rows |= is_one_of({"insert", "update", "delete", "merge", "create", "copy"});
    traits.changes_names |= is_one_of({"use", "schema", "search_path"});
    traits.temporary |= is_one_of({"temp", "temporary"});
    if (traits.first_word.empty()) {
        traits.first_word = word;
    } else {
        traits.reads |= is_one_of({"select", "from", "table", "with", "pivot", "unpivot"});
    }
}

}  // namespace

statement_traits read_traits(const postgres::lexed_text& sql) {
    statement_traits traits;
    std::optional<std::string> name;  // the last token, if a parenthesis would make a call of it
    bool in_target = false;           // between INTO and the end of the name behind it
    bool after_dot = false;
    bool distinct = false;  // DISTINCT ON (a) f(b): only here a call follows a parenthesis
    std::string before;     // the token before; lower case if it is a word
    postgres::lexer tokens(sql);
    for (postgres::token token = tokens.next_significant(); token.kind != token_kind::end;
         token = tokens.next_significant()) {
        if (is_name(token)) {
            std::string word = lower(unquoted(token));
            const bool keyword = token.kind == token_kind::word && !after_dot;
            if (keyword) {
                note_word(word, traits);
            }
            const bool has_columns = before == "as" || (before == ")" && !distinct);
            distinct |= before == "distinct" && word == "on";
            before = keyword ? word : "";
            if (in_target && (traits.insert_into.empty() || after_dot)) {
                traits.insert_into.push_back(unquoted(token));
                name.reset();
            } else {
                in_target = keyword && word == "into" && traits.insert_into.empty();
                name = (keyword && is_plain(word)) || has_columns ? std::nullopt : std::optional(std::move(word));
            }
            after_dot = false;
            continue;
        }
        before = token.text;
        if (token.is_symbol("(")) {
            if (auto function = std::exchange(name, std::nullopt)) {
                traits.functions.push_back(*std::move(function));
            }
            in_target = false;
        } else if (!token.is_symbol(".")) {
            name.reset();
            in_target = false;
        }
        after_dot = token.is_symbol(".");
    }
    return traits;
}

std::string without_parameters(std::string_view sql) {
    std::string out;
    postgres::lexer tokens(sql);
    for (postgres::token token = tokens.next(); token.kind != token_kind::end; token = tokens.next()) {
        out += token.kind == token_kind::parameter ? std::string_view("NULL") : token.text;
    }
    return out;
}

std::vector<std::string> split_name(std::string_view name) {
    std::vector<std::string> parts;
    postgres::lexer tokens(name);
    for (postgres::token token = tokens.next_significant(); token.kind != token_kind::end;
         token = tokens.next_significant()) {
        if (is_name(token)) {
            parts.push_back(unquoted(token));
        } else if (!token.is_symbol(".")) {
            return {};
        }
    }
    return parts;
}

}  // namespace sluice::duckdb
