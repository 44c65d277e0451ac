#include "session/commands/portal_runner.hpp"

#include <algorithm>
#include <utility>

namespace sluice::session {

namespace {

std::vector<backend::wire_format> wanted_formats(const portal& entry) {
    std::vector<backend::wire_format> formats(entry.source->plan->columns().size());
    for (std::size_t i = 0; i < formats.size(); ++i) {
        formats[i] = entry.format(i);
    }
    return formats;
}

error being_read(std::string_view name) {
    return {.code = sqlstates::object_in_use,
            .message = "cursor \"" + std::string(name) + "\" is still being read by another portal"};
}

}  // namespace

result<> portal_runner::start(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out) {
    std::uint64_t rows_affected = 0;
    if (entry->state == portal::phase::expired) {
        return fail(expired(*entry));
    }
    if (entry->fetched && entry->source->plan) {
        TRY(finish_other_fetch(entry));
        TRY(write_as(*entry, wanted_formats(*entry)));
    }
    if (entry->state == portal::phase::bound) {
        TRY_ASSIGN(rows_affected, open(*entry));
        const auto columns = with_.planner.columns_of(*entry->source);
        if (with_.protocol.simple && !columns.empty()) {
            write_columns(columns, {}, out);
        }
    }
    if (entry->rows) {
        read(entry, entry, rows_max, 0);
        return {};
    }
    return with_.end.complete(postgres::command_tag(*entry->source->statement, rows_affected), out);
}

result<std::uint64_t> portal_runner::open(portal& entry) {
    const prepared& source = *entry.source;
    const postgres::statement& statement = *source.statement;
    if (!source.plan) {
        TRY_ASSIGN(entry.rows, with_.setting.show(std::get<postgres::show_command>(statement.command)));
        entry.state = portal::phase::open;
        return 0;
    }
    TRY(with_.transactions.refuse_late_writes(statement));
    TRY(with_.within.enter_engine());
    entry.formats = wanted_formats(entry);
    const bool scroll = entry.cursor && entry.cursor->wants_scroll;
    auto execution = with_.engine.execute(source.plan, entry.parameters.view(), entry.formats,
                                          {.scroll = scroll, .profile = with_.of_session.profile_query()});
    if (!execution) {
        return fail(position_in_query(std::move(execution).error(), *source.query, statement.text));
    }
    TRY(with_.setting.make_changes(entry));
    entry.rows = std::move(execution->rows);
    if (entry.cursor) {
        entry.cursor->scroll = execution->scroll;
    }
    if (entry.rows) {
        entry.state = portal::phase::open;
    } else {
        entry.state = entry.formats.empty() ? portal::phase::done : portal::phase::drained;
    }
    return execution->rows_affected;
}

void portal_runner::read(const std::shared_ptr<portal>& answered, const std::shared_ptr<portal>& source,
                         std::uint64_t rows_max, std::int64_t started_ns) {
    fetching run{.answered = answered, .source = source, .rows_max = rows_max, .started_ns = started_ns};
    if (const auto row = run.detached_row()) {
        source->cursor->scroll->seek(*row);
    } else {
        run.exhausted = run.backward() ? source->position.rows_before() == 0 : source->position.at_end;
        seek(*source, run.backward());
    }
    fetching_.emplace(std::move(run));
}

result<bool> portal_runner::fetch(base::outbox& out) {
    fetching& run = *fetching_;
    if (out.full()) {
        return true;
    }
    if (with_.running.must_ask()) {
        TRY_ASSIGN(const bool admitted, with_.running.admit_again());
        if (!admitted) {
            return true;
        }
    }
    with_.running.begin_rows();
    while (run.source->rows && !run.exhausted && run.rows_left() > 0) {
        if (out.full()) {
            with_.running.pause_rows();
            return true;
        }
        TRY(fetch_slice(run, out));
    }
    settle_position(run);
    const fetching ended = std::move(run);
    fetching_.reset();
    TRY(finish(ended, out));
    return false;
}

result<> portal_runner::fetch_slice(fetching& run, base::outbox& out) {
    TRY(with_.running.check_cancel());
    portal& source = *run.source;
    const std::size_t bytes_before = out.buffer().size();
    const backend::fetch_limit limit{.rows_max = run.rows_left()};
    TRY_ASSIGN(const auto got, run.backward() ? source.cursor->scroll->prior(out.buffer(), limit)
                                              : source.rows->next(out.buffer(), limit));
    workload::query_facts& facts = with_.running.facts();
    if (facts.rows == 0 && got.rows > 0) {
        facts.first_row_ns = with_.clock.steady_ns() - facts.started_ns;
    }
    facts.rows += got.rows;
    facts.bytes += out.buffer().size() - bytes_before;
    run.rows_sent += got.rows;
    note_passed(run, got.rows);
    run.exhausted = got.finished;
    if (!got.finished) {
        out.rows_written(got.rows);
    } else if (!run.backward()) {
        note_finished(source);
    }
    return {};
}

void portal_runner::note_passed(const fetching& run, std::uint64_t rows) {
    if (run.by_fetch() && run.answered->fetch->rows_left != all_rows) {
        run.answered->fetch->rows_left -= rows;
    }
    if (run.detached_row()) {
        std::uint64_t& row = *run.answered->fetch->detached_row;
        row = run.backward() ? row - rows : row + rows;
    } else if (run.backward()) {
        run.source->position.backward(rows);
    } else {
        run.source->position.forward(rows);
    }
}

// Drops the rows of a finished stream, unless they can be scrolled.
void portal_runner::note_finished(portal& source) {
    if (!source.cursor || source.cursor->scroll == nullptr) {
        source.rows.reset();
        source.state = portal::phase::drained;
    }
}

void portal_runner::settle_position(const fetching& run) {
    if (run.rows_left() == 0 || run.detached_row()) {
        return;
    }
    if (run.backward()) {
        run.source->position.stop_at_start();
    } else {
        run.source->position.to_end();
    }
}

result<> portal_runner::finish(const fetching& run, base::outbox& out) {
    portal& answered = *run.answered;
    const postgres::statement& statement = *answered.source->statement;
    if (statement.kind == postgres::statement_kind::copy) {
        answered.state = portal::phase::done;
        postgres::write_copy_done(out.buffer());
    } else if (run.rows_max != all_rows && run.rows_sent == run.rows_max) {
        // Also after the last rows: the client learns of the end by asking again, as with PostgreSQL.
        postgres::write_portal_suspended(out.buffer());
        with_.cursors.metrics().portal_suspended_total.add();
        count_fetched(run);
        with_.running.end(sqlstates::successful_completion);
        return {};
    } else if (run.by_fetch()) {
        answered.state = portal::phase::drained;
    }
    count_fetched(run);
    answered.fetch.reset();
    return with_.end.complete(postgres::command_tag(statement, run.rows_sent), out);
}

void portal_runner::count_fetched(const fetching& run) const {
    if (!run.by_fetch() && !run.source->cursor) {
        return;
    }
    with_.cursors.metrics().rows_fetched_total.add(run.rows_sent);
    if (run.by_fetch()) {
        note_latency(run.started_ns);
    }
    if (run.source->cursor) {
        run.source->cursor->rows_fetched += run.rows_sent;
    }
}

void portal_runner::note_latency(std::int64_t started_ns) const {
    const std::int64_t taken_ns = with_.clock.steady_ns() - started_ns;
    with_.cursors.metrics().fetch_latency_seconds.observe(static_cast<double>(taken_ns) * 1e-9);
}

void portal_runner::drop(bool closes_cursor) {
    if (closes_cursor && fetching_ && fetching_->source->cursor) {
        fetching_->source->close_stream(portal::phase::done);  // even if it was to outlive this transaction
    }
    fetching_.reset();
}

void portal_runner::write_columns(std::span<const backend::column> columns, std::span<const std::int16_t> formats,
                                  base::outbox& out) {
    fields_.clear();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const backend::column& column = columns[i];
        fields_.push_back({.name = column.name,
                           .type_oid = column.type,
                           .type_size_bytes = column.type_size_bytes,
                           .type_modifier = column.type_modifier,
                           .format = formats.empty() ? std::int16_t{0} : formats[formats.size() == 1 ? 0 : i]});
    }
    postgres::write_row_description(out.buffer(), fields_);
}

result<> portal_runner::write_as(portal& source, std::vector<backend::wire_format> formats) {
    source.formats = std::move(formats);
    return source.rows ? with_.engine.set_formats(*source.rows, source.formats) : result<>();
}

result<> portal_runner::finish_other_fetch(const std::shared_ptr<portal>& cursor) {
    const auto reader = cursor->reader.lock();
    if (!reader || !reader->fetch || reader->fetch->from != cursor || reader->fetch->detached_row) {
        return {};
    }
    running_fetch& left = *reader->fetch;
    if (!cursor->cursor || cursor->cursor->scroll == nullptr) {
        return fail(being_read(cursor->name));
    }
    if (left.backward) {
        left.detached_row = cursor->position.rows_before();
        retreat(*cursor, left.rows_left);
        return {};
    }
    const std::uint64_t from = cursor->position.row;
    TRY_ASSIGN(const std::uint64_t moved, advance(*cursor, left.rows_left));
    left.detached_row = from;
    left.rows_left = moved;
    return {};
}

result<std::uint64_t> portal_runner::advance(portal& cursor, std::uint64_t rows) {
    seek(cursor, false);
    std::uint64_t moved = 0;
    while (moved < rows && cursor.rows && !cursor.position.at_end) {
        TRY(with_.running.check_cancel());
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

void portal_runner::seek(portal& cursor, bool backward) {
    if (cursor.cursor && cursor.cursor->scroll != nullptr && !(cursor.position.at_end && !backward)) {
        cursor.cursor->scroll->seek(backward ? cursor.position.rows_before() : cursor.position.row);
    }
}

error portal_runner::expired(const portal& cursor) const {
    if (cursor.lost) {
        return {.code = sqlstates::invalid_cursor_name,
                .message = "cursor \"" + cursor.name + "\" was lost with the connection to the engine",
                .hint = "Declare it again."};
    }
    return {.code = sqlstates::invalid_cursor_name,
            .message = "cursor \"" + cursor.name + "\" was closed because it was idle for longer than " +
                       with_.cursors.idle_timeout_text(),
            .hint = "Declare it again, or raise cursor_idle_timeout."};
}

std::uint64_t retreat(portal& cursor, std::uint64_t rows) {
    const std::uint64_t moved = std::min(rows, cursor.position.rows_before());
    cursor.position.backward(moved);
    if (moved < rows) {
        cursor.position.stop_at_start();
    }
    return moved;
}

}  // namespace sluice::session
