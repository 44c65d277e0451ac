#include "postgres/sql/commands.hpp"

namespace sluice::postgres {

namespace {

void skip_noise(token_cursor& cursor) {
    if (!cursor.accept_word("work")) {
        cursor.accept_word("transaction");
    }
}

result<std::string> parse_isolation_level(token_cursor& cursor) {
    if (cursor.accept_word("serializable")) {
        return "serializable";
    }
    if (cursor.accept_words("repeatable", "read")) {
        return "repeatable read";
    }
    if (cursor.accept_words("read", "committed")) {
        return "read committed";
    }
    if (cursor.accept_words("read", "uncommitted")) {
        return "read uncommitted";
    }
    if (cursor.at_word("read") || cursor.at_word("repeatable")) {
        cursor.take();
    }
    return fail(cursor.syntax_error());
}

// AND [NO] CHAIN
result<> parse_end(token_cursor& cursor, statement& out) {
    end_command command;
    if (cursor.accept_word("and")) {
        command.chain = !cursor.accept_word("no");
        TRY(cursor.expect_word("chain"));
    }
    TRY(cursor.expect_end());
    out.command = command;
    return {};
}

}  // namespace

error no_two_phase_commit() {
    return {.code = sqlstates::feature_not_supported, .message = "prepared transactions are not supported"};
}

result<begin_command> parse_transaction_modes(token_cursor& cursor, bool needed) {
    begin_command command;
    bool first = true;
    while (!cursor.at_end() && !cursor.at_symbol(";")) {
        if (!first) {
            cursor.accept_symbol(",");
        }
        first = false;
        if (cursor.accept_word("isolation")) {
            TRY(cursor.expect_word("level"));
            TRY_ASSIGN(command.isolation, parse_isolation_level(cursor));
        } else if (cursor.accept_word("read")) {
            command.read_only = cursor.at_word("only");
            if (!cursor.accept_word("only")) {
                TRY(cursor.expect_word("write"));
            }
        } else {
            // Only serializable transactions of PostgreSQL can be deferred; here [NOT] DEFERRABLE has no effect.
            cursor.accept_word("not");
            TRY(cursor.expect_word("deferrable"));
        }
    }
    if (first && needed) {
        return fail(cursor.syntax_error());
    }
    TRY(cursor.expect_end());
    return command;
}

result<> parse_begin(token_cursor& cursor, statement& out) {
    skip_noise(cursor);
    TRY_ASSIGN(out.command, parse_transaction_modes(cursor, false));
    return {};
}

result<> parse_start(token_cursor& cursor, statement& out) {
    TRY(cursor.expect_word("transaction"));
    TRY_ASSIGN(out.command, parse_transaction_modes(cursor, false));
    return {};
}

result<> parse_commit(token_cursor& cursor, statement& out) {
    if (cursor.at_word("prepared")) {
        return fail(no_two_phase_commit());
    }
    skip_noise(cursor);
    return parse_end(cursor, out);
}

result<> parse_rollback(token_cursor& cursor, statement& out) {
    if (cursor.at_word("prepared")) {
        return fail(no_two_phase_commit());
    }
    skip_noise(cursor);
    if (cursor.accept_word("to")) {
        const bool name_follows = cursor.peek_second().kind != token_kind::end && !cursor.peek_second().is_symbol(";");
        if (cursor.at_word("savepoint") && name_follows) {
            cursor.take();
        }
        TRY(cursor.expect_name());
        TRY(cursor.expect_end());
        out.kind = statement_kind::savepoint;
        return {};
    }
    return parse_end(cursor, out);
}

}  // namespace sluice::postgres
