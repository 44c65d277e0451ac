// SQL cursors: DECLARE makes a portal that FETCH and MOVE read in every direction PostgreSQL has.
//
// Where a command goes is planned in cursor.cpp; here it goes there.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/core/clock.hpp"
#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

namespace {

error unknown_cursor(std::string_view name) {
    return {.code = sqlstates::invalid_cursor_name, .message = "cursor \"" + std::string(name) + "\" does not exist"};
}

error only_forward() {
    return {.code = sqlstates::object_not_in_prerequisite_state,
            .message = "cursor can only scan forward",
            .hint = "Declare it with SCROLL option to enable backward scan."};
}

error cannot_be_run(std::string_view name) {
    return {.code = sqlstates::object_not_in_prerequisite_state,
            .message = "portal \"" + std::string(name) + "\" cannot be run"};
}

error being_read(std::string_view name) {
    return {.code = sqlstates::object_in_use,
            .message = "cursor \"" + std::string(name) + "\" is still being read by another portal"};
}

// How many rows it passed.
std::uint64_t retreat(portal& cursor, std::uint64_t rows) {
    const std::uint64_t moved = std::min(rows, cursor.position.rows_before());
    cursor.position.backward(moved);
    if (moved < rows) {
        cursor.position.stop_at_start();
    }
    return moved;
}

}  // namespace

result<std::shared_ptr<const prepared>> session::impl::prepare_cursor(const parsed_query& query,
                                                                      const postgres::statement& statement,
                                                                      std::span<const backend::oid> declared) {
    const std::string_view text = std::get<postgres::declare_cursor_command>(statement.command).query;
    auto inner = texts_.parse(text);
    if (!inner) {
        return fail(position_in_query(std::move(inner).error(), query, text));
    }
    const auto& statements = (*inner)->statements;
    if (statements.size() != 1 || statements.front().kind != postgres::statement_kind::query) {
        return fail(sqlstates::syntax_error, "a cursor can only be declared for a query");
    }
    auto made = prepare_statement(std::move(*inner), 0, declared);
    if (!made) {
        return fail(position_in_query(std::move(made).error(), query, text));
    }
    return made;
}

result<> session::impl::declare_cursor(const portal& entry) {
    const auto& command = std::get<postgres::declare_cursor_command>(entry.source->statement->command);
    const bool several_statements = simple_query_ && transaction_.current() == transaction::state::implicit;
    if (!command.with_hold && !transaction_.in_block() && !several_statements) {
        return fail(sqlstates::no_active_sql_transaction, "DECLARE CURSOR can only be used in transaction blocks");
    }
    const std::size_t others = portals_.cursors();
    TRY_ASSIGN(const auto made, portals_.make(command.name));
    auto opened = open_cursor(*made, entry, others);
    if (!opened) {
        portals_.erase(command.name);
    }
    return opened;
}

// At once, since it shows the data as of its DECLARE.
result<> session::impl::open_cursor(portal& made, const portal& entry, std::size_t others) {
    const auto& command = std::get<postgres::declare_cursor_command>(entry.source->statement->command);
    TRY_ASSIGN(auto ticket, params_.cursors->admit(others));
    made.source = entry.source->cursor;
    made.declared_as = entry.source;
    made.parameters = entry.parameters.copy();
    made.profile = entry.profile;
    made.created_us = params_.clock->unix_ms() * 1000;
    made.cursor = sql_cursor{.binary = command.binary,
                             .hold = command.with_hold,
                             .wants_scroll = command.scroll.value_or(false),
                             .ticket = std::move(ticket)};
    declared_cursors_ = true;
    touch(*made.cursor);
    TRY(open_portal(made));
    if (made.cursor->wants_scroll && made.rows && made.cursor->scroll == nullptr) {
        return fail(sqlstates::feature_not_supported, "this query cannot be scrolled");
    }
    return transaction_.current() == transaction::state::none ? hold_cursor(made) : result<>();
}

void session::impl::touch(sql_cursor& cursor) const {
    cursor.used_ns = params_.clock->steady_ns();
    cursor.used_us = params_.clock->unix_ms() * 1000;
}

result<> session::impl::hold_cursor(portal& cursor) {
    if (cursor.rows) {
        TRY(engine_.hold(*cursor.rows));
    }
    cursor.cursor->held = true;
    return {};
}

result<> session::impl::hold_cursors() {
    for (const auto& [name, each] : portals_.named()) {
        if (each->cursor && each->cursor->hold && !each->cursor->held) {
            TRY(hold_cursor(*each));
        }
    }
    return {};
}

result<> session::impl::start_fetch(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out) {
    const postgres::statement& statement = *entry->source->statement;
    const std::int64_t started_ns = params_.clock->steady_ns();
    if (entry->state == portal::phase::drained) {
        return complete(postgres::command_tag(statement, 0), out);
    }
    if (entry->state == portal::phase::bound) {
        const auto& command = std::get<postgres::fetch_command>(statement.command);
        const auto cursor = portals_.find(command.cursor);
        if (!cursor) {
            return fail(unknown_cursor(command.cursor));
        }
        TRY_ASSIGN(const std::optional<std::uint64_t> moved, start_movement(entry, cursor));
        if (moved) {
            entry->state = portal::phase::done;
            note_latency(started_ns);
            return complete(postgres::command_tag(statement, *moved), out);
        }
        if (simple_query_) {
            write_columns(columns_of(*cursor->source), cursor->format_codes(), out);
        }
        cursor->reader = entry;
        entry->state = portal::phase::open;
    }
    start_reading(entry, entry->fetch->from, rows_max);
    fetching_->started_ns = started_ns;
    return {};
}

// A FETCH is ready for its rows then; a MOVE is done, and has moved so far. A cursor that fails cannot be used again.
result<std::optional<std::uint64_t>> session::impl::start_movement(const std::shared_ptr<portal>& entry,
                                                                   const std::shared_ptr<portal>& cursor) {
    const auto& command = std::get<postgres::fetch_command>(entry->source->statement->command);
    TRY(begin_fetch(entry, cursor));
    result<std::optional<std::uint64_t>> moved;
    if (command.move) {
        auto rows = move_cursor(*cursor, command);
        moved = rows ? result<std::optional<std::uint64_t>>(*rows) : fail(std::move(rows).error());
    } else {
        const cursor_movement planned = plan_movement(command, cursor->position);
        entry->fetch = running_fetch{.from = cursor, .rows_left = planned.count, .backward = planned.backward};
        if (auto ready = prepare_movement(*cursor, planned); !ready) {
            moved = fail(std::move(ready).error());
        }
    }
    if (!moved && cursor->cursor) {
        cursor->close_stream(portal::phase::done);
    }
    return moved;
}

// Opened if need be, and its rows written as this FETCH wants them.
result<> session::impl::begin_fetch(const std::shared_ptr<portal>& entry, const std::shared_ptr<portal>& from) {
    portal& cursor = *from;
    if (cursor.state == portal::phase::expired) {
        return fail(expired_cursor(cursor));
    }
    const auto kind = cursor.source->kind();
    if (cursor.state == portal::phase::done || kind == postgres::statement_kind::fetch_cursor ||
        columns_of(*cursor.source).empty()) {
        return fail(cannot_be_run(cursor.name));
    }
    TRY(finish_other_fetch(from));
    if (cursor.state == portal::phase::bound) {
        TRY(open_portal(cursor));
    }
    if (cursor.cursor) {
        touch(*cursor.cursor);
        ++cursor.cursor->fetches;
    }
    if (std::get<postgres::fetch_command>(entry->source->statement->command).move) {
        return {};
    }
    cursor.fetched = true;
    std::vector<backend::wire_format> formats(columns_of(*cursor.source).size(), backend::wire_format::text);
    for (std::size_t i = 0; i < formats.size(); ++i) {
        const bool binary = simple_query_ && cursor.cursor && cursor.cursor->binary;
        formats[i] = binary ? backend::wire_format::binary : entry->format(i);
    }
    return write_as(cursor, std::move(formats));
}

error session::impl::expired_cursor(const portal& cursor) const {
    if (cursor.lost) {
        return {.code = sqlstates::invalid_cursor_name,
                .message = "cursor \"" + cursor.name + "\" was lost with the connection to the engine",
                .hint = "Declare it again."};
    }
    return {.code = sqlstates::invalid_cursor_name,
            .message = "cursor \"" + cursor.name + "\" was closed because it was idle for longer than " +
                       params_.cursors->idle_timeout_text(),
            .hint = "Declare it again, or raise cursor_idle_timeout."};
}

// A FETCH that another portal has read only in part: to PostgreSQL it has moved the cursor already. Rows that can be
// scrolled can be read from two places.
result<> session::impl::finish_other_fetch(const std::shared_ptr<portal>& cursor) {
    const auto reader = cursor->reader.lock();
    if (!reader || !reader->fetch || reader->fetch->from != cursor || reader->fetch->apart) {
        return {};
    }
    running_fetch& left = *reader->fetch;
    if (!cursor->cursor || cursor->cursor->scroll == nullptr) {
        return fail(being_read(cursor->name));
    }
    if (left.backward) {
        left.apart = cursor->position.rows_before();
        retreat(*cursor, left.rows_left);
        return {};
    }
    const std::uint64_t from = cursor->position.row;
    TRY_ASSIGN(const std::uint64_t moved, advance_cursor(*cursor, left.rows_left));
    left.apart = from;
    left.rows_left = moved;
    return {};
}

// Also when they are the same: the settings may be others.
result<> session::impl::write_as(portal& source, std::vector<backend::wire_format> formats) {
    source.formats = std::move(formats);
    return source.rows ? engine_.set_formats(*source.rows, source.formats) : result<>();
}

result<std::uint64_t> session::impl::move_cursor(portal& cursor, const postgres::fetch_command& command) {
    if (const auto answer = answer_in_place(command, cursor.position)) {
        return *answer;
    }
    const cursor_movement planned = plan_movement(command, cursor.position);
    TRY(prepare_movement(cursor, planned));
    return planned.backward ? retreat(cursor, planned.count) : advance_cursor(cursor, planned.count);
}

// Everything but the rows that are wanted.
result<> session::impl::prepare_movement(portal& cursor, const cursor_movement& planned) {
    const bool scrolls = cursor.cursor && cursor.cursor->scroll != nullptr;
    if (planned.needs_scroll() && !scrolls) {
        return fail(only_forward());
    }
    if (planned.to_start) {
        cursor.position.to_start();
    }
    if (planned.to_end) {
        TRY(advance_cursor(cursor, all_rows));
    }
    if (planned.skip_backward) {
        retreat(cursor, planned.skip);
    } else if (planned.skip > 0) {
        TRY(advance_cursor(cursor, planned.skip));
    }
    return {};
}

// How many rows it passed.
result<std::uint64_t> session::impl::advance_cursor(portal& cursor, std::uint64_t rows) {
    seek(cursor, false);
    std::uint64_t moved = 0;
    while (moved < rows && cursor.rows && !cursor.position.at_end) {
        TRY(check_cancel());
        TRY_ASSIGN(const auto got, cursor.rows->skip(rows - moved));
        moved += got.rows;
        cursor.position.forward(got.rows);
        if (got.finished) {
            note_finished(cursor);
            break;
        }
    }
    if (moved < rows) {
        cursor.position.to_end();
    }
    return moved;
}

// The stream's own position, for rows that are read forward or backward from the cursor's.
void session::impl::seek(portal& cursor, bool backward) {
    if (cursor.cursor && cursor.cursor->scroll != nullptr && !(cursor.position.at_end && !backward)) {
        cursor.cursor->scroll->seek(backward ? cursor.position.rows_before() : cursor.position.row);
    }
}

result<> session::impl::close_cursor(const portal& running, const postgres::close_command& command) {
    if (!command.cursor) {
        portals_.clear_except(running);
        return {};
    }
    if (portals_.find(*command.cursor).get() == &running) {
        return fail(
            error{.code = sqlstate("24000"), .message = "cannot drop active portal \"" + *command.cursor + "\""});
    }
    if (!portals_.erase(*command.cursor)) {
        return fail(unknown_cursor(*command.cursor));
    }
    return {};
}

// Closes what nobody has used for too long; its name stays, to say so.
void session::impl::evict_idle_cursors(std::int64_t now_ns) {
    const std::int64_t timeout_ns = params_.cursors->idle_timeout_ns();
    for (const auto& [name, each] : portals_.named()) {
        if (timeout_ns > 0 && each->cursor && each->state != portal::phase::expired &&
            now_ns - each->cursor->used_ns >= timeout_ns) {
            each->close_stream(portal::phase::expired);
            params_.cursors->metrics().ttl_evictions_total.add();
        }
    }
}

std::vector<backend::cursor_facts> session::impl::list_cursors() const {
    std::vector<backend::cursor_facts> all;
    const auto add = [&](const portal& each) {
        if (each.state == portal::phase::expired || !each.source || each.source->statement == nullptr) {
            return;
        }
        backend::cursor_facts facts{
            .name = each.name, .statement = std::string(each.statement_text()), .created_us = each.created_us};
        if (each.cursor) {
            facts.is_holdable = each.cursor->hold;
            facts.is_binary = each.cursor->binary;
            facts.is_scrollable = each.cursor->wants_scroll;
            facts.rows_fetched = each.cursor->rows_fetched;
            facts.fetches = each.cursor->fetches;
            facts.used_us = each.cursor->used_us;
        }
        all.push_back(std::move(facts));
    };
    for (const auto& [name, each] : portals_.named()) {
        add(*each);
    }
    if (portals_.unnamed() && !simple_query_) {
        add(*portals_.unnamed());
    }
    return all;
}

}  // namespace sluice::session
