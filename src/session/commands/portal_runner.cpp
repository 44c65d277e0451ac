// Running portals: from a parsed statement to its last row.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

namespace {

// Counts are 16 bits wide on the wire.
result<> check_wire_limits(const backend::prepared_statement& plan) {
    constexpr std::size_t count_max = std::numeric_limits<std::uint16_t>::max();
    if (plan.parameter_types().size() > count_max) {
        return fail(sqlstates::too_many_arguments, "a statement can have at most 65535 parameters");
    }
    if (plan.columns().size() > count_max) {
        return fail(sqlstate("54011"), "a result can have at most 65535 columns");
    }
    return {};
}

}  // namespace

bool outlives_execute(const prepared& source, std::uint64_t rows_max) {
    if (source.kind() == postgres::statement_kind::dml) {
        return rows_max != all_rows && source.plan && !source.plan->columns().empty();
    }
    return source.kind() == postgres::statement_kind::copy;
}

result<std::shared_ptr<const prepared>> session::impl::prepare_statement(std::shared_ptr<const parsed_query> query,
                                                                         std::size_t index,
                                                                         std::span<const backend::oid> declared) {
    auto made = std::make_shared<prepared>();
    made->query = std::move(query);
    if (made->query->statements.empty()) {
        return made;
    }
    const postgres::statement& statement = made->query->statements[index];
    made->statement = &statement;
    if (statement.kind == postgres::statement_kind::declare_cursor) {
        TRY_ASSIGN(made->cursor, prepare_cursor(*made->query, statement, declared));
    } else if (!answers(statement)) {
        TRY(transaction_.enter_engine());
        engine_.set_urgent(profile_of(*made).priority == workload::query_priority::high);
        auto plan = engine_.prepare(statement.text, declared);
        if (!plan) {
            return fail(position_in_query(std::move(plan).error(), *made->query, statement.text));
        }
        TRY(check_wire_limits(**plan));
        made->plan = std::move(*plan);
    } else if (statement.kind == postgres::statement_kind::show) {
        made->answer_columns = show_columns(std::get<postgres::show_command>(statement.command));
    }
    return made;
}

std::optional<std::string> session::impl::current_setting(std::string_view name) const {
    if (const base::setting_facts* servers = find_server_setting(name)) {
        return servers->shown;
    }
    auto value = settings_.show(name);
    return value ? std::optional(*std::move(value)) : std::nullopt;
}

result<> session::impl::make_setting_changes(const portal& entry) {
    const auto changes = entry.source->plan->setting_changes();
    const auto parameters = entry.parameters.view();
    for (const backend::setting_change& change : changes) {
        std::optional<std::string> value = change.value;
        const auto index = static_cast<std::size_t>(change.value_parameter);
        if (index > 0 && index <= parameters.size() && parameters[index - 1].value) {
            value = std::string(*parameters[index - 1].value);  // text and binary are the same for text
        }
        if (!value || change.name.empty()) {
            return fail(sqlstates::feature_not_supported,
                        "set_config() needs a name that is a literal and a value that is one or a parameter");
        }
        if (!settings_.knows(change.name)) {
            const auto scope = change.local ? backend::setting_scope::local : backend::setting_scope::session;
            TRY(set_in_engine(change.name, *value, scope));
            continue;
        }
        TRY(change.local ? settings_.set_local(change.name, *value) : settings_.set(change.name, *value));
    }
    return changes.empty() ? result<>{} : apply_value_settings();
}

// The engine tells whose setting it is.
result<> session::impl::set_in_engine(std::string_view name, std::string_view value, backend::setting_scope scope) {
    TRY(check_not_servers(name));
    TRY(transaction_.enter_engine());
    return engine_.set_setting(name, value, scope);
}

result<> session::impl::start_portal(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out) {
    if (entry->source->kind() == postgres::statement_kind::execute) {
        TRY(enter_prepared(*entry));
    }
    TRY_ASSIGN(const bool admitted, admit(entry, rows_max));
    return admitted ? start_admitted(entry, rows_max, out) : result<>();
}

result<> session::impl::start_admitted(const std::shared_ptr<portal>& entry, std::uint64_t rows_max,
                                       base::outbox& out) {
    const prepared& source = *entry->source;
    switch (source.kind()) {
        case postgres::statement_kind::empty:
            postgres::write_empty_query_response(out.buffer());
            return {};
        case postgres::statement_kind::copy:
            return start_copy(entry, out);
        case postgres::statement_kind::fetch_cursor:
            return start_fetch(entry, rows_max, out);
        case postgres::statement_kind::show:
            return start_rows(entry, rows_max, out);
        default:
            return source.plan ? start_rows(entry, rows_max, out) : run_command(entry, out);
    }
}

result<> session::impl::start_rows(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out) {
    const postgres::statement& statement = *entry->source->statement;
    std::uint64_t rows_affected = 0;
    if (entry->state == portal::phase::expired) {
        return fail(expired_cursor(*entry));
    }
    if (entry->fetched && entry->source->plan) {
        TRY(finish_other_fetch(entry));
        TRY(write_as(*entry, wanted_formats(*entry)));
    }
    if (entry->state == portal::phase::bound) {
        auto opened = open_portal(*entry);
        if (!opened) {
            return retry_later(entry, rows_max, opened.error()) ? result<>() : fail(std::move(opened).error());
        }
        rows_affected = *opened;
        if (const auto columns = columns_of(*entry->source); simple_query_ && !columns.empty()) {
            write_columns(columns, {}, out);
        }
    }
    if (entry->rows) {
        start_reading(entry, entry, rows_max);
        return {};
    }
    return complete(postgres::command_tag(statement, rows_affected), out);
}

std::vector<backend::wire_format> session::impl::wanted_formats(const portal& entry) {
    std::vector<backend::wire_format> formats(entry.source->plan->columns().size());
    for (std::size_t i = 0; i < formats.size(); ++i) {
        formats[i] = entry.format(i);
    }
    return formats;
}

result<std::uint64_t> session::impl::open_portal(portal& entry) {
    const prepared& source = *entry.source;
    const postgres::statement& statement = *source.statement;
    if (!source.plan) {
        TRY_ASSIGN(entry.rows, show(std::get<postgres::show_command>(statement.command)));
        entry.state = portal::phase::open;
        return 0;
    }
    TRY(refuse_late_writes(statement));
    TRY(transaction_.enter_engine());
    entry.formats = wanted_formats(entry);
    const bool scroll = entry.cursor && entry.cursor->wants_scroll;
    auto execution = engine_.execute(source.plan, entry.parameters.view(), entry.formats,
                                     {.scroll = scroll, .profile = settings_.profile_query()});
    if (!execution) {
        return fail(position_in_query(std::move(execution).error(), *source.query, statement.text));
    }
    TRY(make_setting_changes(entry));
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

void session::impl::start_reading(const std::shared_ptr<portal>& answered, const std::shared_ptr<portal>& source,
                                  std::uint64_t rows_max) {
    fetching run{.answered = answered, .source = source, .rows_max = rows_max};
    if (const auto apart = run.apart()) {
        source->cursor->scroll->seek(*apart);
    } else {
        run.exhausted = run.backward() ? source->position.rows_before() == 0 : source->position.at_end;
        seek(*source, run.backward());
    }
    fetching_.emplace(std::move(run));
}

result<bool> session::impl::fetch(fetching& run, base::outbox& out) {
    portal& source = *run.source;
    if (out.full()) {
        return true;
    }
    if (!permit_.held() && profile_ != nullptr) {
        TRY_ASSIGN(const bool admitted, admit_again());
        if (!admitted) {
            return true;
        }
    }
    workload::query_facts& facts = activity_.facts();
    fetch_began_ns_ = params_.clock->steady_ns();
    while (source.rows && !run.exhausted && run.rows_left() > 0) {
        if (out.full()) {
            facts.fetched_ns += params_.clock->steady_ns() - std::exchange(fetch_began_ns_, 0);
            activity_.publish(workload::query_phase::streaming);
            return true;
        }
        TRY(check_cancel());
        const std::size_t bytes_before = out.buffer().size();
        const backend::fetch_limit limit{.rows_max = run.rows_left()};
        TRY_ASSIGN(const auto got, run.backward() ? source.cursor->scroll->prior(out.buffer(), limit)
                                                  : source.rows->next(out.buffer(), limit));
        if (facts.rows == 0 && got.rows > 0) {
            facts.first_row_ns = params_.clock->steady_ns() - facts.started_ns;
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
    }
    settle_position(run);
    const fetching ended = std::move(run);
    fetching_.reset();
    TRY(finish_fetch(ended, out));
    return false;
}

void session::impl::note_passed(const fetching& run, std::uint64_t rows) {
    if (run.by_fetch() && run.answered->fetch->rows_left != all_rows) {
        run.answered->fetch->rows_left -= rows;
    }
    if (run.apart()) {
        std::uint64_t& at = *run.answered->fetch->apart;
        at = run.backward() ? at - rows : at + rows;
    } else if (run.backward()) {
        run.source->position.backward(rows);
    } else {
        run.source->position.forward(rows);
    }
}

// Rows that can be scrolled are still needed.
void session::impl::note_finished(portal& source) {
    if (!source.cursor || source.cursor->scroll == nullptr) {
        source.rows.reset();
        source.state = portal::phase::drained;
    }
}

void session::impl::settle_position(const fetching& run) {
    if (run.rows_left() == 0 || run.apart()) {
        return;
    }
    if (run.backward()) {
        run.source->position.stop_at_start();
    } else {
        run.source->position.to_end();
    }
}

result<> session::impl::finish_fetch(const fetching& run, base::outbox& out) {
    portal& answered = *run.answered;
    const postgres::statement& statement = *answered.source->statement;
    if (statement.kind == postgres::statement_kind::copy) {
        answered.state = portal::phase::done;
        postgres::write_copy_done(out.buffer());
    } else if (run.rows_max != all_rows && run.rows_sent == run.rows_max) {
        // Also when these were the last ones: the client learns that by asking again, as with PostgreSQL.
        postgres::write_portal_suspended(out.buffer());
        params_.cursors->metrics().portal_suspended_total.add();
        count_fetched(run);
        end_record(sqlstates::successful_completion);
        return {};
    } else if (run.by_fetch()) {
        answered.state = portal::phase::drained;
    }
    count_fetched(run);
    answered.fetch.reset();
    return complete(postgres::command_tag(statement, run.rows_sent), out);
}

void session::impl::count_fetched(const fetching& run) const {
    if (!run.by_fetch() && !run.source->cursor) {
        return;
    }
    cursor_metrics& metrics = params_.cursors->metrics();
    metrics.rows_fetched_total.add(run.rows_sent);
    if (run.by_fetch()) {
        note_latency(run.started_ns);
    }
    if (run.source->cursor) {
        run.source->cursor->rows_fetched += run.rows_sent;
    }
}

void session::impl::note_latency(std::int64_t started_ns) const {
    const std::int64_t taken_ns = params_.clock->steady_ns() - started_ns;
    params_.cursors->metrics().fetch_latency_seconds.observe(static_cast<double>(taken_ns) * 1e-9);
}

result<> session::impl::complete(std::string_view tag, base::outbox& out) {
    if (settings_.profile_query()) {
        if (std::string operators = engine_.take_profile(); !operators.empty()) {
            activity_.facts().operators = std::make_shared<const std::string>(std::move(operators));
        }
    }
    // The last statement of an implicit transaction is complete only when its commit has succeeded.
    if (simple_query_ && simple_query_->done() && transaction_.current() == transaction::state::implicit) {
        TRY(commit_transaction());
    }
    stop_statement_timer();
    end_record(sqlstates::successful_completion);
    postgres::write_command_complete(out.buffer(), tag);
    return {};
}

}  // namespace sluice::session
