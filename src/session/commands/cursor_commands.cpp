#include "session/commands/cursor_commands.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/core/clock.hpp"

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

}  // namespace

result<> cursor_commands::declare(const portal& entry) {
    const auto& command = std::get<postgres::declare_cursor_command>(entry.source->statement->command);
    const bool several_statements = with_.protocol.simple && with_.within.current() == transaction::state::implicit;
    if (!command.with_hold && !with_.within.in_block() && !several_statements) {
        return fail(sqlstates::no_active_sql_transaction, "DECLARE CURSOR can only be used in transaction blocks");
    }
    const std::size_t others = with_.portals.cursors();
    TRY_ASSIGN(const auto made, with_.portals.make(command.name));
    auto opened = open(*made, entry, others);
    if (!opened) {
        with_.portals.erase(command.name);
    }
    return opened;
}

// Opens it at once, since it shows the data as of its DECLARE.
result<> cursor_commands::open(portal& made, const portal& entry, std::size_t others) {
    const auto& command = std::get<postgres::declare_cursor_command>(entry.source->statement->command);
    TRY_ASSIGN(auto ticket, with_.cursors.admit(others));
    made.source = entry.source->cursor;
    made.declared_as = entry.source;
    made.parameters = entry.parameters.copy();
    made.profile = entry.profile;
    made.created_us = with_.clock.unix_ms() * 1000;
    made.cursor = sql_cursor{.binary = command.binary,
                             .hold = command.with_hold,
                             .wants_scroll = command.scroll.value_or(false),
                             .ticket = std::move(ticket)};
    declared_ = true;
    touch(*made.cursor);
    TRY(with_.runner.open(made));
    if (made.cursor->wants_scroll && made.rows && made.cursor->scroll == nullptr) {
        return fail(sqlstates::feature_not_supported, "this query cannot be scrolled");
    }
    return with_.within.current() == transaction::state::none ? hold_cursor(with_.engine, made) : result<>();
}

void cursor_commands::touch(sql_cursor& cursor) const {
    cursor.used_ns = with_.clock.steady_ns();
    cursor.used_us = with_.clock.unix_ms() * 1000;
}

result<> cursor_commands::fetch(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out) {
    const postgres::statement& statement = *entry->source->statement;
    const std::int64_t started_ns = with_.clock.steady_ns();
    if (entry->state == portal::phase::drained) {
        return with_.end.complete(postgres::command_tag(statement, 0), out);
    }
    if (entry->state == portal::phase::bound) {
        const auto& command = std::get<postgres::fetch_command>(statement.command);
        const auto cursor = with_.portals.find(command.cursor);
        if (!cursor) {
            return fail(unknown_cursor(command.cursor));
        }
        TRY_ASSIGN(const std::optional<std::uint64_t> moved, start_movement(entry, cursor));
        if (moved) {
            entry->state = portal::phase::done;
            with_.runner.note_latency(started_ns);
            return with_.end.complete(postgres::command_tag(statement, *moved), out);
        }
        if (with_.protocol.simple) {
            with_.runner.write_columns(with_.planner.columns_of(*cursor->source), cursor->format_codes(), out);
        }
        cursor->reader = entry;
        entry->state = portal::phase::open;
    }
    with_.runner.read(entry, entry->fetch->from, rows_max, started_ns);
    return {};
}

result<std::optional<std::uint64_t>> cursor_commands::start_movement(const std::shared_ptr<portal>& entry,
                                                                     const std::shared_ptr<portal>& cursor) {
    const auto& command = std::get<postgres::fetch_command>(entry->source->statement->command);
    TRY(begin_fetch(entry, cursor));
    result<std::optional<std::uint64_t>> moved;
    if (command.move) {
        auto rows = move(*cursor, command);
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

result<> cursor_commands::begin_fetch(const std::shared_ptr<portal>& entry, const std::shared_ptr<portal>& from) {
    portal& cursor = *from;
    if (cursor.state == portal::phase::expired) {
        return fail(with_.runner.expired(cursor));
    }
    const auto kind = cursor.source->kind();
    if (cursor.state == portal::phase::done || kind == postgres::statement_kind::fetch_cursor ||
        with_.planner.columns_of(*cursor.source).empty()) {
        return fail(cannot_be_run(cursor.name));
    }
    TRY(with_.runner.finish_other_fetch(from));
    if (cursor.state == portal::phase::bound) {
        TRY(with_.runner.open(cursor));
    }
    if (cursor.cursor) {
        touch(*cursor.cursor);
        ++cursor.cursor->fetches;
    }
    if (std::get<postgres::fetch_command>(entry->source->statement->command).move) {
        return {};
    }
    cursor.fetched = true;
    std::vector<backend::wire_format> formats(with_.planner.columns_of(*cursor.source).size(),
                                              backend::wire_format::text);
    for (std::size_t i = 0; i < formats.size(); ++i) {
        const bool binary = with_.protocol.simple && cursor.cursor && cursor.cursor->binary;
        formats[i] = binary ? backend::wire_format::binary : entry->format(i);
    }
    return with_.runner.write_as(cursor, std::move(formats));
}

result<std::uint64_t> cursor_commands::move(portal& cursor, const postgres::fetch_command& command) {
    if (const auto answer = answer_in_place(command, cursor.position)) {
        return *answer;
    }
    const cursor_movement planned = plan_movement(command, cursor.position);
    TRY(prepare_movement(cursor, planned));
    return planned.backward ? retreat(cursor, planned.count) : with_.runner.advance(cursor, planned.count);
}

result<> cursor_commands::prepare_movement(portal& cursor, const cursor_movement& planned) {
    const bool scrolls = cursor.cursor && cursor.cursor->scroll != nullptr;
    if (planned.needs_scroll() && !scrolls) {
        return fail(only_forward());
    }
    if (planned.to_start) {
        cursor.position.to_start();
    }
    if (planned.to_end) {
        TRY(with_.runner.advance(cursor, all_rows));
    }
    if (planned.skip_backward) {
        retreat(cursor, planned.skip);
    } else if (planned.skip > 0) {
        TRY(with_.runner.advance(cursor, planned.skip));
    }
    return {};
}

result<> cursor_commands::close(const portal& running, const postgres::close_command& command) {
    if (!command.cursor) {
        with_.portals.clear_except(running);
        return {};
    }
    if (with_.portals.find(*command.cursor).get() == &running) {
        return fail(
            error{.code = sqlstate("24000"), .message = "cannot drop active portal \"" + *command.cursor + "\""});
    }
    if (!with_.portals.erase(*command.cursor)) {
        return fail(unknown_cursor(*command.cursor));
    }
    return {};
}

void cursor_commands::evict_idle(std::int64_t now_ns) {
    const std::int64_t timeout_ns = with_.cursors.idle_timeout_ns();
    for (const auto& [name, each] : with_.portals.named()) {
        if (timeout_ns > 0 && each->cursor && each->state != portal::phase::expired &&
            now_ns - each->cursor->used_ns >= timeout_ns) {
            each->close_stream(portal::phase::expired);
            with_.cursors.metrics().ttl_evictions_total.add();
        }
    }
}

std::optional<std::int64_t> cursor_commands::next_eviction_ns() const {
    std::optional<std::int64_t> due_ns;
    const std::int64_t timeout_ns = with_.cursors.idle_timeout_ns();
    if (timeout_ns == 0 || !declared_) {
        return due_ns;
    }
    for (const auto& [name, each] : with_.portals.named()) {
        if (each->cursor && each->state != portal::phase::expired) {
            const std::int64_t idle_ns = each->cursor->used_ns + timeout_ns;
            due_ns = std::min(due_ns.value_or(idle_ns), idle_ns);
        }
    }
    return due_ns;
}

std::vector<backend::cursor_facts> cursor_commands::list() const {
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
    for (const auto& [name, each] : with_.portals.named()) {
        add(*each);
    }
    if (with_.portals.unnamed() && !with_.protocol.simple) {
        add(*with_.portals.unnamed());
    }
    return all;
}

}  // namespace sluice::session
