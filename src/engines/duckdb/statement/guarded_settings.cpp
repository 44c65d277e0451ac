#include "engines/duckdb/statement/guarded_settings.hpp"

#include <utility>

#include "engines/duckdb/database/setting_owners.hpp"
#include "engines/duckdb/dialect/catalog_views.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

namespace {

using postgres::token_cursor;
using rewritten = std::optional<std::string>;

enum class scope : std::uint8_t { unsaid, session, local, global, variable };

error unknown_setting(const std::string& name) {
    return {.code = sqlstates::undefined_object, .message = "unrecognized configuration parameter \"" + name + "\""};
}

error servers_setting(const engine_setting& known, const std::string& name) {
    std::string hint = known.flag.empty() ? "" : "`sluice serve " + std::string(known.flag) + "` sets it.";
    return {.code = sqlstates::insufficient_privilege,
            .message = "parameter \"" + name + "\" is the server's and cannot be changed by a session",
            .detail = std::string(known.doc),
            .hint = std::move(hint)};
}

error servers_default(const std::string& name) {
    return {.code = sqlstates::insufficient_privilege,
            .message = "the default of parameter \"" + name + "\" is the server's and cannot be changed by a session",
            .hint = "SET without GLOBAL sets it for this session."};
}

bool is_path(std::string_view lower) {
    return lower == "schema" || lower == "search_path";
}

// SET, RESET: the word in front of the name. A setting may have the word's name: SET session = 1.
scope read_scope(token_cursor& cursor) {
    const postgres::token second = cursor.peek_second();
    if (second.is_symbol("=") || second.is_word("to") || second.is_symbol(".") ||
        second.kind == postgres::token_kind::end || second.is_symbol(";")) {
        return scope::unsaid;
    }
    if (cursor.accept_word("session")) {
        return scope::session;
    }
    if (cursor.accept_word("local")) {
        return scope::local;
    }
    if (cursor.accept_word("global")) {
        return scope::global;
    }
    return cursor.accept_word("variable") ? scope::variable : scope::unsaid;
}

result<std::string> read_name(token_cursor& cursor) {
    if (cursor.accept_words("time", "zone")) {
        return "timezone";
    }
    TRY_ASSIGN(std::string name, cursor.expect_name());
    while (cursor.accept_symbol(".")) {
        TRY_ASSIGN(const std::string part, cursor.expect_name());
        name += "." + part;
    }
    return name;
}

// Checks that a session may change the setting in this scope.
result<> check_change(const std::string& name, scope where) {
    const engine_setting* known = find_engine_setting(name);
    if (known == nullptr) {
        return fail(unknown_setting(name));
    }
    if (known->owner == setting_owner::server) {
        return fail(servers_setting(*known, name));
    }
    if (where == scope::global) {
        return fail(servers_default(name));
    }
    if (where == scope::local) {
        return fail(error{.code = sqlstates::feature_not_supported,
                          .message = "SET LOCAL is not supported for parameter \"" + name + "\"",
                          .hint = "SET sets it for the session."});
    }
    return {};
}

// No session may work in the hidden database with the views of PostgreSQL's catalog.
result<> check_path(const token_cursor& value) {
    token_cursor ahead = value;
    const postgres::token first = ahead.take();
    const std::optional<std::string> text =
        first.kind == postgres::token_kind::word ? postgres::decode_name(first) : postgres::decode_string(first);
    const bool plain = text && (ahead.at_end() || ahead.at_symbol(";"));
    if (!plain || base::lower_case(*text).contains(catalog_name)) {
        return fail(error{.code = sqlstates::insufficient_privilege,
                          .message = "the schema path must be a name or a literal, and cannot have \"" +
                                     std::string(catalog_name) + "\" in it"});
    }
    return {};
}

std::string_view rest_of(const token_cursor& cursor) {
    return cursor.text().substr(cursor.peek().offset_bytes);
}

}  // namespace

error servers_command(std::string_view name, std::string_view reason) {
    return {.code = sqlstates::insufficient_privilege,
            .message = std::string(name) + " is the server's and cannot be run by a session",
            .detail = std::string(reason)};
}

std::optional<named_setting> name_setting(std::string_view sql) {
    token_cursor cursor(sql);
    const bool resets = cursor.at_word("reset");
    if (!resets && !cursor.at_word("set")) {
        return std::nullopt;
    }
    cursor.take();
    (void)read_scope(cursor);
    const auto name = read_name(cursor);
    return name ? std::optional(named_setting{.name = base::lower_case(*name), .is_reset = resets}) : std::nullopt;
}

result<rewritten> guard_set(token_cursor cursor) {
    const scope where = read_scope(cursor);
    if (where == scope::variable) {
        return std::nullopt;
    }
    const std::string_view assignment = rest_of(cursor);
    const bool path_form = cursor.at_word("schema") && cursor.peek_second().kind == postgres::token_kind::string;
    const bool zone_form = cursor.at_word("time") && cursor.peek_second().is_word("zone");
    TRY_ASSIGN(const std::string name, read_name(cursor));
    TRY(check_change(name, where));
    if (!path_form && !zone_form && !cursor.accept_symbol("=")) {
        TRY(cursor.expect_word("to"));
    }
    if (is_path(base::lower_case(name))) {
        TRY(check_path(cursor));
        return std::nullopt;
    }
    return "SET SESSION " + std::string(assignment);
}

result<rewritten> guard_reset(token_cursor cursor) {
    const scope where = read_scope(cursor);
    if (where == scope::variable || cursor.at_word("all")) {
        return std::nullopt;  // DuckDB has no RESET ALL
    }
    const std::string_view name_text = rest_of(cursor);
    TRY_ASSIGN(const std::string name, read_name(cursor));
    TRY(check_change(name, where));
    return "RESET SESSION " + std::string(name_text);
}

result<rewritten> guard_show(token_cursor cursor) {
    const auto name = read_name(cursor);
    const engine_setting* known = name && cursor.expect_end() ? find_engine_setting(*name) : nullptr;
    if (known == nullptr) {
        return std::nullopt;  // SHOW table
    }
    return "SELECT CAST(current_setting(" + postgres::quote_literal(known->name) + ") AS VARCHAR) AS " +
           postgres::quote_identifier(known->name);
}

result<rewritten> guard_pragma(token_cursor cursor) {
    const std::string_view assignment = rest_of(cursor);
    const token_cursor at_name = cursor;
    TRY_ASSIGN(const std::string name, cursor.expect_name());
    if (cursor.at_symbol("=")) {
        if (base::lower_case(name) == "table_info") {
            return std::nullopt;
        }
        TRY(check_change(name, scope::unsaid));
        cursor.take();
        if (is_path(base::lower_case(name))) {
            TRY(check_path(cursor));
        }
        return "SET SESSION " + std::string(assignment);
    }
    if (const engine_command* command = find_engine_command(command_kind::pragma, base::lower_case(name))) {
        return command->owner == setting_owner::session
                   ? result<rewritten>(std::nullopt)
                   : fail(servers_command("PRAGMA " + std::string(command->name), command->doc));
    }
    if (find_engine_setting(name) == nullptr) {
        return fail(unknown_setting(name));
    }
    if (!cursor.at_symbol("(")) {
        return guard_show(at_name);
    }
    TRY(check_change(name, scope::unsaid));
    const std::size_t begin = cursor.peek().end_bytes();
    const auto end = cursor.skip_parentheses();
    if (!end || is_path(base::lower_case(name))) {
        return fail(cursor.syntax_error());
    }
    return "SET SESSION " + postgres::quote_identifier(name) + " = " +
           std::string(cursor.text().substr(begin, *end - begin));
}

}  // namespace sluice::duckdb
