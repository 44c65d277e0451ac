// PREPARE, EXECUTE and DEALLOCATE.
#include <utility>

#include "postgres/sql/commands.hpp"

namespace sluice::postgres {

namespace {

// The texts between the commas of a list in parentheses; the cursor stands at the opening one.
result<std::vector<std::string_view>> parse_items(token_cursor& cursor) {
    TRY(cursor.expect_symbol("("));
    std::vector<std::string_view> items;
    std::size_t begin = cursor.peek().offset_bytes;
    std::size_t end = begin;
    std::size_t depth = 0;
    while (true) {
        const token next = cursor.peek();
        const bool closes = depth == 0 && next.is_symbol(")");
        if (cursor.at_end() || ((closes || (depth == 0 && next.is_symbol(","))) && end == begin)) {
            return fail(cursor.syntax_error());
        }
        cursor.take();
        if (closes || (depth == 0 && next.is_symbol(","))) {
            items.push_back(cursor.text().substr(begin, end - begin));
            begin = cursor.peek().offset_bytes;
            end = begin;
            if (closes) {
                return items;
            }
            continue;
        }
        const bool opens = next.is_symbol("(") || next.is_symbol("[");
        depth += opens ? 1 : 0;
        depth -= depth > 0 && (next.is_symbol(")") || next.is_symbol("]")) ? 1 : 0;
        end = next.end_bytes();
    }
}

}  // namespace

// PREPARE name [(type, ...)] AS statement
result<> parse_prepare(token_cursor& cursor, statement& out) {
    if (cursor.at_word("transaction") && cursor.peek_second().kind == token_kind::string) {
        return fail(no_two_phase_commit());
    }
    prepare_command command;
    TRY_ASSIGN(command.name, cursor.expect_folded_name());
    if (cursor.at_symbol("(")) {
        TRY_ASSIGN(command.types, parse_items(cursor));
    }
    TRY(cursor.expect_word("as"));
    if (cursor.at_end() || cursor.at_symbol(";")) {
        return fail(cursor.syntax_error());
    }
    command.body = cursor.text().substr(cursor.peek().offset_bytes);
    out.command = std::move(command);
    return {};
}

// EXPLAIN [(option, ...)] [ANALYZE] [VERBOSE] EXECUTE ...; the engine handles EXPLAIN of other statements.
result<> parse_explain(token_cursor& cursor, statement& out) {
    token_cursor ahead = cursor;
    if (ahead.at_symbol("(")) {
        (void)ahead.skip_parentheses();
    } else {
        (void)(ahead.accept_word("analyze") || ahead.accept_word("analyse"));
        (void)ahead.accept_word("verbose");
    }
    const std::size_t end = ahead.peek().offset_bytes;
    if (!ahead.accept_word("execute")) {
        return {};
    }
    TRY(parse_execute(ahead, out));
    std::get<execute_command>(out.command).explain = cursor.text().substr(0, end);
    out.kind = statement_kind::execute;
    return {};
}

// EXECUTE name [(expression, ...)]
result<> parse_execute(token_cursor& cursor, statement& out) {
    execute_command command;
    TRY_ASSIGN(command.name, cursor.expect_folded_name());
    if (cursor.at_symbol("(")) {
        TRY_ASSIGN(command.arguments, parse_items(cursor));
    }
    TRY(cursor.expect_end());
    out.command = std::move(command);
    return {};
}

// DEALLOCATE [PREPARE] {name | ALL}
result<> parse_deallocate(token_cursor& cursor, statement& out) {
    deallocate_command command;
    if (cursor.at_word("prepare") && cursor.peek_second().kind != token_kind::end) {
        cursor.take();
    }
    if (cursor.accept_word("all")) {
        out.tag = "DEALLOCATE ALL";
    } else {
        TRY_ASSIGN(command.name, cursor.expect_folded_name());
    }
    TRY(cursor.expect_end());
    out.command = std::move(command);
    return {};
}

}  // namespace sluice::postgres
