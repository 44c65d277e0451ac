#include <limits>

#include "postgres/sql/commands.hpp"

namespace sluice::postgres {

namespace {

using direction = fetch_command::direction;

// [FROM | IN] cursor, the end of FETCH and MOVE.
result<> parse_fetched_cursor(token_cursor& cursor, fetch_command& command) {
    if (!cursor.accept_word("from")) {
        cursor.accept_word("in");
    }
    TRY_ASSIGN(command.cursor, cursor.expect_folded_name());
    return cursor.expect_end();
}

bool at_integer(const token_cursor& cursor) {
    return cursor.peek().kind == token_kind::number || cursor.at_symbol("-") || cursor.at_symbol("+");
}

// PostgreSQL counts in 32 bits.
result<std::int64_t> expect_count(token_cursor& cursor) {
    constexpr std::int64_t count_max = std::numeric_limits<std::int32_t>::max();
    const token_cursor at = cursor;
    TRY_ASSIGN(const std::int64_t count, cursor.expect_integer());
    if (count > count_max || count < -count_max) {
        return fail(at.syntax_error());
    }
    return count;
}

// FORWARD -3 is BACKWARD 3 and the reverse.
void set_count(fetch_command& command, direction towards, std::int64_t count) {
    const bool turned = count < 0;
    const bool forward = (towards == direction::forward) != turned;
    command.towards = forward ? direction::forward : direction::backward;
    command.count = turned ? -count : count;
}

// The count behind FORWARD or BACKWARD, or in their place.
result<> parse_count(token_cursor& cursor, fetch_command& command, direction towards) {
    command.towards = towards;
    command.count = 1;
    if (cursor.accept_word("all")) {
        command.count.reset();
    } else if (at_integer(cursor)) {
        TRY_ASSIGN(const std::int64_t count, expect_count(cursor));
        set_count(command, towards, count);
    }
    return {};
}

// A cursor may have the name of a direction: in FETCH next it is a cursor, in FETCH next FROM next also a direction.
bool is_last_token(const token_cursor& cursor) {
    const token second = cursor.peek_second();
    return second.kind == token_kind::end || second.is_symbol(";");
}

result<> parse_direction(token_cursor& cursor, fetch_command& command) {
    struct keyword {
        std::string_view word;
        direction towards;
        std::int64_t count;
    };
    for (const keyword& known : {keyword{.word = "next", .towards = direction::forward, .count = 1},
                                 keyword{.word = "prior", .towards = direction::backward, .count = 1},
                                 keyword{.word = "first", .towards = direction::absolute, .count = 1},
                                 keyword{.word = "last", .towards = direction::absolute, .count = -1}}) {
        if (cursor.accept_word(known.word)) {
            command.towards = known.towards;
            command.count = known.count;
            return {};
        }
    }
    if (cursor.at_word("absolute") || cursor.at_word("relative")) {
        command.towards = cursor.at_word("absolute") ? direction::absolute : direction::relative;
        cursor.take();
        TRY_ASSIGN(command.count, expect_count(cursor));
        return {};
    }
    if (cursor.accept_word("backward")) {
        return parse_count(cursor, command, direction::backward);
    }
    cursor.accept_word("forward");
    return parse_count(cursor, command, direction::forward);
}

error conflict(std::string_view words) {
    return {.code = sqlstate("42P11"), .message = "cannot specify both " + std::string(words)};
}

result<> parse_cursor_options(token_cursor& cursor, declare_cursor_command& command) {
    bool scroll = false;
    bool no_scroll = false;
    bool insensitive = false;
    bool asensitive = false;
    while (!cursor.accept_word("cursor")) {
        if (cursor.accept_words("no", "scroll")) {
            no_scroll = true;
        } else if (cursor.accept_word("scroll")) {
            scroll = true;
        } else if (cursor.accept_word("binary")) {
            command.binary = true;
        } else if (cursor.accept_word("insensitive")) {
            insensitive = true;
        } else if (cursor.accept_word("asensitive")) {
            asensitive = true;
        } else {
            return fail(cursor.syntax_error());
        }
    }
    if (scroll && no_scroll) {
        return fail(conflict("SCROLL and NO SCROLL"));
    }
    if (insensitive && asensitive) {
        return fail(conflict("INSENSITIVE and ASENSITIVE"));
    }
    if (scroll || no_scroll) {
        command.scroll = scroll;
    }
    return {};
}

}  // namespace

result<> parse_declare(token_cursor& cursor, statement& out) {
    declare_cursor_command command;
    TRY_ASSIGN(command.name, cursor.expect_folded_name());
    TRY(parse_cursor_options(cursor, command));
    if (cursor.accept_words("with", "hold")) {
        command.with_hold = true;
    } else {
        cursor.accept_words("without", "hold");
    }
    TRY(cursor.expect_word("for"));
    if (cursor.at_end()) {
        return fail(cursor.syntax_error());
    }
    for (const std::string_view other : {"call", "execute", "explain", "pragma"}) {
        if (cursor.at_word(other)) {
            return fail(cursor.syntax_error());
        }
    }
    command.query = out.text.substr(cursor.peek().offset_bytes);
    out.command = command;
    return {};
}

result<> parse_fetch(token_cursor& cursor, statement& out) {
    fetch_command command{.towards = direction::forward, .count = 1, .move = false, .cursor = {}};
    if (!cursor.at_name() || !is_last_token(cursor)) {
        TRY(parse_direction(cursor, command));
    }
    TRY(parse_fetched_cursor(cursor, command));
    out.command = std::move(command);
    return {};
}

result<> parse_move(token_cursor& cursor, statement& out) {
    TRY(parse_fetch(cursor, out));
    std::get<fetch_command>(out.command).move = true;
    return {};
}

result<> parse_close_cursor(token_cursor& cursor, statement& out) {
    close_command command;
    if (cursor.accept_word("all")) {
        out.tag = "CLOSE CURSOR ALL";
    } else {
        TRY_ASSIGN(command.cursor, cursor.expect_folded_name());
    }
    TRY(cursor.expect_end());
    out.command = std::move(command);
    return {};
}

}  // namespace sluice::postgres
