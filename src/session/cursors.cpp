// SQL cursors: DECLARE makes a portal that FETCH and MOVE read, as Execute reads the others. They only go forward.
#include <algorithm>
#include <utility>

#include "session/session_impl.hpp"

namespace sluice::session {

namespace {

constexpr std::size_t skipped_bytes_max = std::size_t{64} * 1024;

core::error unknown_cursor(std::string_view name) {
    return {.code = core::sqlstates::invalid_cursor_name,
            .message = "cursor \"" + std::string(name) + "\" does not exist"};
}

core::error only_forward() {
    return {.code = core::sqlstates::object_not_in_prerequisite_state, .message = "cursor can only scan forward"};
}

core::error cannot_be_run(std::string_view name) {
    return {.code = core::sqlstates::object_not_in_prerequisite_state,
            .message = "portal \"" + std::string(name) + "\" cannot be run"};
}

// What a FETCH comes to for a cursor that only goes forward.
struct movement {
    std::uint64_t skip = 0;
    std::uint64_t count = 0;
};

core::result<movement> relative_movement(std::int64_t count, const portal& cursor) {
    if (count > 0) {
        return movement{.skip = static_cast<std::uint64_t>(count) - 1, .count = 1};
    }
    // Row 0 is the row the cursor stands on, and there is none in front of the first and behind the last.
    const bool on_a_row = cursor.rows_taken > 0 && cursor.state != portal::phase::drained;
    if (count < 0 || on_a_row) {
        return core::fail(only_forward());
    }
    return movement{};
}

core::result<movement> absolute_movement(std::int64_t row, const portal& cursor) {
    if (row == 0 && cursor.rows_taken == 0) {
        return movement{};
    }
    if (row <= 0 || static_cast<std::uint64_t>(row) <= cursor.rows_taken) {
        return core::fail(only_forward());
    }
    return movement{.skip = static_cast<std::uint64_t>(row) - 1 - cursor.rows_taken, .count = 1};
}

core::result<movement> plan_movement(const sql::fetch_command& command, const portal& cursor) {
    using direction = sql::fetch_command::direction;
    switch (command.towards) {
        case direction::absolute:
            return absolute_movement(command.count.value_or(0), cursor);
        case direction::relative:
            return relative_movement(command.count.value_or(0), cursor);
        case direction::forward:
        case direction::backward:
            break;
    }
    if (command.count == 0) {
        return relative_movement(0, cursor);
    }
    if (command.towards == direction::backward) {
        return core::fail(only_forward());
    }
    return movement{.count = command.count ? static_cast<std::uint64_t>(*command.count) : all_rows};
}

bool writes(const sql::statement& statement) {
    return statement.kind == sql::statement_kind::dml || statement.kind == sql::statement_kind::utility ||
           statement.kind == sql::statement_kind::copy;
}

}  // namespace

core::result<std::shared_ptr<const prepared>> session::impl::prepare_cursor(const parsed_query& query,
                                                                            const sql::statement& statement,
                                                                            std::span<const engine::oid> declared) {
    const std::string_view text = std::get<sql::declare_cursor_command>(statement.command).query;
    auto inner = texts_.parse(text);
    if (!inner) {
        return core::fail(position_in_query(std::move(inner).error(), query, text));
    }
    const auto& statements = (*inner)->statements;
    if (statements.size() != 1 || statements.front().kind != sql::statement_kind::query) {
        return core::fail(core::sqlstates::syntax_error, "a cursor can only be declared for a query");
    }
    auto made = prepare_statement(std::move(*inner), 0, declared);
    if (!made) {
        return core::fail(position_in_query(std::move(made).error(), query, text));
    }
    return made;
}

core::result<> session::impl::declare_cursor(const portal& entry) {
    const auto& command = std::get<sql::declare_cursor_command>(entry.source->statement->command);
    if (command.with_hold) {
        return core::fail(core::sqlstates::feature_not_supported, "cursors WITH HOLD are not supported");
    }
    if (command.scroll.value_or(false)) {
        return core::fail(core::sqlstates::feature_not_supported, "SCROLL cursors are not supported");
    }
    const bool several_statements = simple_query_ && transaction_.current() == transaction::state::implicit;
    if (!transaction_.in_block() && !several_statements) {
        return core::fail(core::sqlstates::no_active_sql_transaction,
                          "DECLARE CURSOR can only be used in transaction blocks");
    }
    TRY_ASSIGN(const auto cursor, portals_.make(command.name));
    cursor->source = entry.source->cursor;
    cursor->parameters = entry.parameters.copy();
    cursor->is_cursor = true;
    cursor->binary = command.binary;
    return {};
}

core::result<> session::impl::start_fetch(const std::shared_ptr<portal>& entry, std::uint64_t rows_max,
                                          core::outbox& out) {
    const sql::statement& statement = *entry->source->statement;
    if (entry->state == portal::phase::drained) {
        return complete(sql::command_tag(statement, 0), out);
    }
    if (entry->state == portal::phase::bound) {
        const auto& command = std::get<sql::fetch_command>(statement.command);
        const auto cursor = portals_.find(command.cursor);
        if (!cursor) {
            return core::fail(unknown_cursor(command.cursor));
        }
        TRY(open_cursor(*cursor, *entry));
        TRY_ASSIGN(const movement planned, plan_movement(command, *cursor));
        TRY_ASSIGN(const std::uint64_t skipped, move_cursor(*cursor, planned.skip));
        const std::uint64_t count = skipped == planned.skip ? planned.count : 0;
        if (command.move) {
            TRY_ASSIGN(const std::uint64_t moved, move_cursor(*cursor, count));
            entry->state = portal::phase::done;
            return complete(sql::command_tag(statement, moved), out);
        }
        if (simple_query_) {
            write_columns(columns_of(*cursor->source), cursor->format_codes(), out);
        }
        entry->fetched = cursor;
        entry->fetch_left = count;
        entry->state = portal::phase::open;
    }
    fetching_.emplace(fetching{.answered = entry, .source = entry->fetched, .rows_max = rows_max});
    return {};
}

// The first FETCH decides how the rows are written, since they are written only once.
core::result<> session::impl::open_cursor(portal& cursor, const portal& entry) {
    const auto kind = cursor.source->kind();
    if (kind == sql::statement_kind::fetch_cursor || columns_of(*cursor.source).empty()) {
        return core::fail(cannot_be_run(cursor.name));
    }
    if (cursor.state == portal::phase::bound) {
        if (!simple_query_) {
            cursor.requested_formats = entry.requested_formats;
        } else {
            cursor.requested_formats.assign(cursor.binary ? 1 : 0, 1);
        }
        TRY(open_portal(cursor));
        return {};
    }
    for (std::size_t i = 0; !simple_query_ && i < cursor.formats.size(); ++i) {
        if (cursor.formats[i] != entry.format(i)) {
            return core::fail(
                core::error{.code = core::sqlstates::feature_not_supported,
                            .message = "cursor \"" + cursor.name + "\" is already being read in another format",
                            .hint = "Use the same format, text or binary, for all rows of a cursor."});
        }
    }
    return {};
}

core::result<std::uint64_t> session::impl::move_cursor(portal& cursor, std::uint64_t rows) const {
    core::byte_buffer skipped;
    std::uint64_t moved = 0;
    while (moved < rows && cursor.rows) {
        TRY(check_cancel());
        TRY_ASSIGN(const auto got,
                   cursor.rows->next(skipped, {.rows_max = rows - moved, .bytes_max = skipped_bytes_max}));
        skipped.clear();
        moved += got.rows;
        cursor.rows_taken += got.rows;
        if (got.finished) {
            cursor.rows.reset();
            cursor.state = portal::phase::drained;
        }
    }
    return moved;
}

// A cursor sees the data as of its DECLARE. It is opened only by its first FETCH, which brings the formats, unless
// something is written before that.
core::result<> session::impl::open_cursors_before_write(const sql::statement& statement) {
    if (!writes(statement)) {
        return {};
    }
    for (const auto& [name, cursor] : portals_.named()) {
        if (cursor->is_cursor && cursor->state == portal::phase::bound) {
            cursor->requested_formats.assign(cursor->binary ? 1 : 0, 1);
            TRY(open_portal(*cursor));
        }
    }
    return {};
}

core::result<> session::impl::close_cursor(const portal& running, const sql::close_command& command) {
    if (!command.cursor) {
        portals_.clear_except(running);
        return {};
    }
    if (portals_.find(*command.cursor).get() == &running) {
        return core::fail(core::error{.code = core::sqlstate("24000"),
                                      .message = "cannot drop active portal \"" + *command.cursor + "\""});
    }
    if (!portals_.erase(*command.cursor)) {
        return core::fail(unknown_cursor(*command.cursor));
    }
    return {};
}

}  // namespace sluice::session
