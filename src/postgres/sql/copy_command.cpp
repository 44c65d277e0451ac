#include "postgres/sql/copy_command.hpp"

#include "postgres/sql/commands.hpp"
#include "postgres/sql/copy_options.hpp"

namespace sluice::postgres {

namespace {

result<> parse_table(token_cursor& cursor, copy_command& command) {
    do {
        TRY_ASSIGN(command.table.emplace_back(), cursor.expect_name());
    } while (command.table.size() < 3 && cursor.accept_symbol("."));
    if (!cursor.accept_symbol("(")) {
        return {};
    }
    do {
        TRY_ASSIGN(command.columns.emplace_back(), cursor.expect_name());
    } while (cursor.accept_symbol(","));
    return cursor.expect_symbol(")");
}

// (query): any statement that returns rows
result<> parse_query(token_cursor& cursor, copy_command& command) {
    const std::size_t begin = cursor.peek().end_bytes();
    const std::optional<std::size_t> end = cursor.skip_parentheses();
    if (!end) {
        return fail(cursor.syntax_error());
    }
    command.query = cursor.text().substr(begin, *end - begin);
    return {};
}

// Behind FROM or TO: true for the client's data. Both words are accepted in both directions, as in PostgreSQL.
bool accept_standard_stream(token_cursor& cursor) {
    return cursor.accept_word("stdin") || cursor.accept_word("stdout");
}

// COPY FROM DATABASE a TO b, and files, are DuckDB's; so is everything that PostgreSQL's grammar does not have here.
result<bool> parse_head(token_cursor& cursor, copy_command& command) {
    if (cursor.at_word("from") && cursor.peek_second().is_word("database")) {
        return false;
    }
    if (cursor.at_symbol("(")) {
        TRY(parse_query(cursor, command));
    } else {
        TRY(parse_table(cursor, command));
    }
    if (cursor.at_word("from") && command.table.empty()) {
        return fail(cursor.syntax_error());
    }
    if (cursor.accept_word("from")) {
        command.direction = copy_direction::from_stdin;
    } else {
        TRY(cursor.expect_word("to"));
        command.direction = copy_direction::to_stdout;
    }
    if (cursor.at_word("program")) {
        return fail(sqlstates::feature_not_supported, "COPY to or from an external program is not supported");
    }
    return accept_standard_stream(cursor);
}

result<> parse_where(token_cursor& cursor, const copy_command& command) {
    if (!cursor.at_word("where")) {
        return {};
    }
    if (command.direction == copy_direction::to_stdout) {
        return fail(cursor.error_at(cursor.peek(), sqlstates::syntax_error, "WHERE clause not allowed with COPY TO"));
    }
    return fail(cursor.error_at(cursor.peek(), sqlstates::feature_not_supported,
                                "COPY FROM with a WHERE clause is not supported"));
}

}  // namespace

result<> parse_copy(token_cursor& cursor, statement& out) {
    copy_command command;
    std::vector<copy_option> options;
    // COPY BINARY t; but a table may be named binary.
    if (cursor.at_word("binary") && !cursor.peek_second().is_word("from") && !cursor.peek_second().is_word("to") &&
        !cursor.peek_second().is_symbol("(") && !cursor.peek_second().is_symbol(".")) {
        options.push_back({.place = cursor.take(), .name = "format", .value = std::string("binary")});
    }
    TRY_ASSIGN(const bool with_client, parse_head(cursor, command));
    if (!with_client) {
        return {};
    }
    TRY_ASSIGN(const std::vector<copy_option> more, parse_copy_options(cursor));
    options.insert(options.end(), more.begin(), more.end());
    TRY(parse_where(cursor, command));
    TRY(cursor.expect_end());
    TRY(apply_copy_options(options, cursor, command));
    out.kind = statement_kind::copy;
    out.command = std::move(command);
    return {};
}

}  // namespace sluice::postgres
