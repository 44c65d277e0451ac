#include <algorithm>
#include <array>

#include "base/text/ascii.hpp"
#include "postgres/sql/commands.hpp"

namespace sluice::postgres {

namespace {

bool at_statement_end(const token_cursor& cursor) {
    return cursor.at_end() || cursor.at_symbol(";");
}

// Settings that are lists of names: PostgreSQL quotes each name if it needs quotes, so that 'a b' stays one name.
bool is_list_of_names(std::string_view setting) {
    constexpr auto lists = std::to_array<std::string_view>(
        {"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"});
    return contains(lists, setting);
}

std::string quote_name(std::string_view name) {
    const auto plain = [](char c) { return base::is_lower(c) || base::is_digit(c) || c == '_'; };
    if (!name.empty() && std::ranges::all_of(name, plain) && !base::is_digit(name.front())) {
        return std::string(name);
    }
    std::string quoted = "\"";
    for (const char c : name) {
        quoted.append(c == '"' ? 2 : 1, c);
    }
    return quoted + "\"";
}

// name or class.name, in lower case
result<std::string> parse_setting_name(token_cursor& cursor) {
    TRY_ASSIGN(std::string name, cursor.expect_name());
    while (cursor.accept_symbol(".")) {
        TRY_ASSIGN(const std::string part, cursor.expect_name());
        name += "." + part;
    }
    return base::lower_case(name);
}

// A word, a string or a number with its sign.
result<std::string> parse_value(token_cursor& cursor) {
    if (cursor.at_string()) {
        return cursor.expect_string();
    }
    if (cursor.at_name()) {
        return cursor.expect_folded_name();
    }
    std::string value;
    if (cursor.at_symbol("-") || cursor.at_symbol("+")) {
        value = cursor.take().text == "-" ? "-" : "";
    }
    if (cursor.peek().kind != token_kind::number) {
        return fail(cursor.syntax_error());
    }
    return value.append(cursor.take().text);
}

result<std::string> parse_value_list(token_cursor& cursor, std::string_view setting) {
    const bool list = is_list_of_names(setting) || setting == "datestyle";
    std::string joined;
    do {
        if (!joined.empty() && !list) {
            return fail(sqlstates::invalid_parameter_value, "SET " + std::string(setting) + " takes only one argument");
        }
        TRY_ASSIGN(const std::string value, parse_value(cursor));
        joined += joined.empty() ? "" : ", ";
        joined += is_list_of_names(setting) ? quote_name(value) : value;
    } while (cursor.accept_symbol(","));
    return joined;
}

// SET name {= | TO} value: DuckDB's settings also take expressions ([1, 2], 1 + 1); the engine evaluates them.
result<> parse_assignment(token_cursor& cursor, statement& out, set_command command) {
    TRY_ASSIGN(command.name, parse_setting_name(cursor));
    if (!cursor.accept_symbol("=")) {
        TRY(cursor.expect_word("to"));
    }
    if (at_statement_end(cursor)) {
        return fail(cursor.syntax_error());
    }
    if (!cursor.accept_word("default")) {
        result<std::string> value = parse_value_list(cursor, command.name);
        if (!value && value.error().code != sqlstates::syntax_error) {
            return fail(std::move(value).error());
        }
        if (!value || !at_statement_end(cursor)) {
            out.kind = statement_kind::utility;
            return {};
        }
        command.value = *std::move(value);
    }
    TRY(cursor.expect_end());
    out.command = std::move(command);
    return {};
}

// '-08:00' means hours east of Greenwich; as a zone's name it has the opposite sign: <-08:00>+08:00.
std::string zone_of_interval(std::string_view interval) {
    const bool west = interval.starts_with('-');
    const std::string_view clock = interval.substr(west || interval.starts_with('+') ? 1 : 0);
    const bool digits = std::ranges::all_of(clock, [](char c) { return base::is_digit(c) || c == ':'; });
    if (clock.empty() || !digits) {
        return "INTERVAL '" + std::string(interval) + "'";  // no zone has this name
    }
    const std::string text(clock);
    return "<" + ((west ? "-" : "+") + text) + ">" + (west ? "+" : "-") + text;
}

// TIME ZONE {LOCAL | DEFAULT | 'name' | name | hours | INTERVAL '+hh:mm' [HOUR TO MINUTE]}
result<> parse_time_zone(token_cursor& cursor, set_command& command) {
    command.name = "timezone";
    if (cursor.accept_word("local") || cursor.accept_word("default")) {
        return {};
    }
    if (cursor.accept_word("interval")) {
        TRY_ASSIGN(const std::string interval, cursor.expect_string());
        command.value = zone_of_interval(interval);
        if (cursor.accept_word("hour") && cursor.accept_word("to")) {
            TRY(cursor.expect_word("minute"));
        }
        return {};
    }
    TRY_ASSIGN(command.value, parse_value(cursor));
    return {};
}

// The forms of SET with words of their own instead of name = value. False: another form.
result<bool> parse_special_form(token_cursor& cursor, set_command& command) {
    if (cursor.accept_words("time", "zone")) {
        TRY(parse_time_zone(cursor, command));
        return true;
    }
    struct form {
        std::string_view first;
        std::string_view second;
        std::string_view setting;
    };
    for (const form& known : {form{.first = "session", .second = "authorization", .setting = "session_authorization"},
                              form{.first = "names", .second = "", .setting = "client_encoding"},
                              form{.first = "role", .second = "", .setting = "role"},
                              form{.first = "schema", .second = "", .setting = "search_path"},
                              form{.first = "seed", .second = "", .setting = "seed"}}) {
        const token second = cursor.peek_second();
        const bool assigned = second.is_symbol("=") || second.is_word("to") || second.is_symbol(".");
        if (known.second.empty() ? assigned || !cursor.accept_word(known.first)
                                 : !cursor.accept_words(known.first, known.second)) {
            continue;
        }
        command.name = known.setting;
        if (!cursor.accept_word("default") && !(known.first == "names" && at_statement_end(cursor))) {
            TRY_ASSIGN(const std::string value, parse_value(cursor));
            command.value = is_list_of_names(command.name) ? quote_name(value) : value;
        }
        return true;
    }
    return false;
}

// The scope that stands in front: SESSION, LOCAL, TRANSACTION or SESSION CHARACTERISTICS AS TRANSACTION.
set_command::scope parse_scope(token_cursor& cursor) {
    if (cursor.accept_words("session", "characteristics")) {
        return set_command::scope::characteristics;
    }
    if (cursor.at_word("transaction")) {
        return set_command::scope::transaction;
    }
    const token second = cursor.peek_second();
    if (second.is_symbol("=") || second.is_word("to") || second.is_word("authorization")) {
        return set_command::scope::session;
    }
    if (cursor.accept_word("local")) {
        return set_command::scope::local;
    }
    cursor.accept_word("session");
    return set_command::scope::session;
}

}  // namespace

result<> parse_set(token_cursor& cursor, statement& out) {
    const token second = cursor.peek_second();
    const bool assigned = second.is_symbol("=") || second.is_word("to");
    if (!assigned && (cursor.at_word("global") || cursor.at_word("variable") || cursor.at_word("constraints"))) {
        out.tag = cursor.at_word("constraints") ? "SET CONSTRAINTS" : "SET";
        out.kind = statement_kind::utility;
        return {};
    }
    set_command command;
    command.where = parse_scope(cursor);
    if (command.where == set_command::scope::characteristics || command.where == set_command::scope::transaction) {
        if (command.where == set_command::scope::characteristics) {
            TRY(cursor.expect_word("as"));
        }
        TRY(cursor.expect_word("transaction"));
        TRY_ASSIGN(command.modes, parse_transaction_modes(cursor, true));
        out.command = std::move(command);
        return {};
    }
    TRY_ASSIGN(const bool special, parse_special_form(cursor, command));
    if (!special) {
        return parse_assignment(cursor, out, std::move(command));
    }
    TRY(cursor.expect_end());
    out.command = std::move(command);
    return {};
}

namespace {

// The names that SHOW and RESET spell in several words; nullopt: an ordinary name follows.
std::optional<std::string> parse_spelled_name(token_cursor& cursor) {
    if (cursor.accept_words("time", "zone")) {
        return "timezone";
    }
    if (cursor.accept_words("session", "authorization")) {
        return "session_authorization";
    }
    token_cursor ahead = cursor;
    if (ahead.accept_words("transaction", "isolation") && ahead.accept_word("level")) {
        cursor = ahead;
        return "transaction_isolation";
    }
    return std::nullopt;
}

}  // namespace

result<> parse_show(token_cursor& cursor, statement& out) {
    const token second = cursor.peek_second();
    const bool alone = second.kind == token_kind::end || second.is_symbol(";");
    // DuckDB's own: SHOW TABLES [FROM x], SHOW ALL TABLES, SHOW DATABASES, ..., and SHOW alone.
    constexpr auto lists =
        std::to_array<std::string_view>({"tables", "databases", "schemas", "variables", "columns", "functions"});
    if (cursor.at_end() || cursor.at_symbol(";") || (cursor.at_word("all") && !alone) ||
        std::ranges::any_of(lists, [&](std::string_view word) { return cursor.at_word(word); })) {
        out.kind = statement_kind::query;
        return {};
    }
    show_command command;
    if (std::optional<std::string> name = parse_spelled_name(cursor)) {
        command.name = *std::move(name);
    } else {
        TRY_ASSIGN(command.name, parse_setting_name(cursor));
    }
    TRY(cursor.expect_end());
    out.command = std::move(command);
    return {};
}

result<> parse_reset(token_cursor& cursor, statement& out) {
    const token second = cursor.peek_second();
    const bool alone = second.kind == token_kind::end || second.is_symbol(";") || second.is_symbol(".");
    if (!alone && !second.is_word("authorization") &&
        (cursor.at_word("global") || cursor.at_word("session") || cursor.at_word("local") ||
         cursor.at_word("variable"))) {
        out.kind = statement_kind::utility;
        return {};
    }
    reset_command command;
    if (std::optional<std::string> name = parse_spelled_name(cursor)) {
        command.name = *std::move(name);
    } else {
        TRY_ASSIGN(command.name, parse_setting_name(cursor));
    }
    TRY(cursor.expect_end());
    out.command = std::move(command);
    return {};
}

result<> parse_discard(token_cursor& cursor, statement& out) {
    using target = discard_command::target;
    discard_command command;
    if (cursor.accept_word("all")) {
        command.what = target::all;
    } else if (cursor.accept_word("plans")) {
        command.what = target::plans;
        out.tag = "DISCARD PLANS";
    } else if (cursor.accept_word("sequences")) {
        command.what = target::sequences;
        out.tag = "DISCARD SEQUENCES";
    } else if (cursor.accept_word("temp") || cursor.accept_word("temporary")) {
        command.what = target::temporary;
        out.tag = "DISCARD TEMP";
    } else {
        return fail(cursor.syntax_error());
    }
    TRY(cursor.expect_end());
    out.command = command;
    return {};
}

}  // namespace sluice::postgres
