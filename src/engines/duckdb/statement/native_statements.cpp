#include "engines/duckdb/statement/native_statements.hpp"

#include <algorithm>

#include "engines/duckdb/statement/statement_traits.hpp"
#include "postgres/sql/lexer.hpp"

namespace sluice::duckdb {
namespace {

using postgres::token;
using postgres::token_kind;

std::unexpected<error> syntax_error(std::string_view sql, const token& at) {
    return fail(error{.code = sqlstates::syntax_error,
                      .message = at.kind == token_kind::end
                                     ? "syntax error at end of input"
                                     : "syntax error at or near \"" + std::string(at.text) + "\"",
                      .position = postgres::character_position(sql, at.offset_bytes)});
}

result<std::string> read_name(std::string_view sql, const token& from) {
    if (from.kind != token_kind::word && from.kind != token_kind::quoted_name) {
        return syntax_error(sql, from);
    }
    std::string name = split_name(from.text).front();
    if (from.kind == token_kind::word) {
        std::ranges::transform(name, name.begin(), base::to_lower);
    }
    return name;
}

// The types between the parentheses, as they stand; `tokens` is behind the opening one.
result<std::vector<std::string>> read_types(std::string_view sql, postgres::lexer& tokens) {
    std::vector<std::string> types;
    int depth = 0;
    std::size_t start = 0;
    bool empty = true;
    for (token t = tokens.next_significant();; t = tokens.next_significant()) {
        if (t.kind == token_kind::end) {
            return syntax_error(sql, t);
        }
        const bool closes = t.is_symbol(")") && depth == 0;
        if (closes || (t.is_symbol(",") && depth == 0)) {
            if (empty) {
                return syntax_error(sql, t);
            }
            types.emplace_back(sql.substr(start, t.offset_bytes - start));
            empty = true;
        } else if (empty) {
            start = t.offset_bytes;
            empty = false;
        }
        if (closes) {
            return types;
        }
        depth += (t.is_symbol("(") ? 1 : 0) - (t.is_symbol(")") ? 1 : 0);
    }
}

result<native_command> parse_prepare(std::string_view sql, postgres::lexer& tokens) {
    native_command command{.what = native_command::verb::prepare, .name = {}, .types = {}};
    TRY_ASSIGN(command.name, read_name(sql, tokens.next_significant()));
    token t = tokens.next_significant();
    if (t.is_symbol("(")) {
        TRY_ASSIGN(command.types, read_types(sql, tokens));
        t = tokens.next_significant();
    }
    if (!t.is_word("as")) {
        return syntax_error(sql, t);
    }
    const token first = tokens.next_significant();
    if (first.kind == token_kind::end) {
        return syntax_error(sql, first);
    }
    command.body = sql.substr(first.offset_bytes);
    return command;
}

result<native_command> parse_deallocate(std::string_view sql, postgres::lexer& tokens) {
    native_command command{.what = native_command::verb::deallocate, .name = {}, .types = {}};
    token t = tokens.next_significant();
    if (t.is_word("prepare")) {
        t = tokens.next_significant();
    }
    if (!t.is_word("all")) {
        TRY_ASSIGN(command.name, read_name(sql, t));
    }
    if (t = tokens.next_significant(); t.kind != token_kind::end) {
        return syntax_error(sql, t);
    }
    return command;
}

error unknown_statement(const std::string& name) {
    return {.code = sqlstates::invalid_sql_statement_name,
            .message = "prepared statement \"" + name + "\" does not exist"};
}

}  // namespace

result<std::optional<native_command>> parse_native(std::string_view sql) {
    postgres::lexer tokens(sql);
    const token first = tokens.next_significant();
    if (first.is_word("prepare")) {
        return parse_prepare(sql, tokens);
    }
    if (first.is_word("deallocate")) {
        return parse_deallocate(sql, tokens);
    }
    if (first.is_word("execute")) {
        native_command command{.what = native_command::verb::execute, .name = {}, .types = {}};
        TRY_ASSIGN(command.name, read_name(sql, tokens.next_significant()));
        return command;
    }
    return std::nullopt;
}

result<> native_statements::add(const std::string& name, const native_statement& statement) {
    if (statements_.size() >= statements_max) {
        return fail(sqlstates::program_limit_exceeded,
                    "a session may hold " + std::to_string(statements_max) + " prepared statements");
    }
    if (!statements_.try_emplace(name, statement).second) {
        return fail(sqlstates::duplicate_prepared_statement, "prepared statement \"" + name + "\" already exists");
    }
    return {};
}

result<const native_statement*> native_statements::find(const std::string& name) const {
    const auto found = statements_.find(name);
    if (found == statements_.end()) {
        return fail(unknown_statement(name));
    }
    return &found->second;
}

result<> native_statements::remove(const std::string& name) {
    if (statements_.erase(name) == 0) {
        return fail(unknown_statement(name));
    }
    return {};
}

std::vector<std::string> native_statements::names() const {
    std::vector<std::string> all;
    for (const auto& [name, statement] : statements_) {
        all.push_back(name);
    }
    return all;
}

}  // namespace sluice::duckdb
