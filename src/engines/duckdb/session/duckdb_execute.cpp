#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/run/memory_wall.hpp"
#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/database/external_access.hpp"
#include "engines/duckdb/rows/duckdb_scroll.hpp"
#include "engines/duckdb/session/duckdb_explain.hpp"
#include "engines/duckdb/session/duckdb_session.hpp"
#include "engines/duckdb/session/import_guard.hpp"
#include "engines/duckdb/values/parameter_decoder.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

// Statements whose plans hold statistics, and that can run inside a transaction.
bool depends_on_data(const duckdb_statement& statement) {
    constexpr auto types = std::to_array<duckdb_statement_type>(
        {DUCKDB_STATEMENT_TYPE_SELECT, DUCKDB_STATEMENT_TYPE_INSERT, DUCKDB_STATEMENT_TYPE_UPDATE,
         DUCKDB_STATEMENT_TYPE_DELETE, DUCKDB_STATEMENT_TYPE_MERGE_INTO, DUCKDB_STATEMENT_TYPE_CREATE,
         DUCKDB_STATEMENT_TYPE_COPY, DUCKDB_STATEMENT_TYPE_EXECUTE});
    return contains(types, statement.type);
}

std::string_view verb_of(duckdb_statement_type type) {
    switch (type) {
        case DUCKDB_STATEMENT_TYPE_INSERT:
            return "INSERT";
        case DUCKDB_STATEMENT_TYPE_UPDATE:
            return "UPDATE";
        case DUCKDB_STATEMENT_TYPE_DELETE:
            return "DELETE";
        case DUCKDB_STATEMENT_TYPE_MERGE_INTO:
            return "MERGE";
        case DUCKDB_STATEMENT_TYPE_CREATE:
        case DUCKDB_STATEMENT_TYPE_CREATE_FUNC:
            return "CREATE";
        case DUCKDB_STATEMENT_TYPE_ALTER:
            return "ALTER";
        case DUCKDB_STATEMENT_TYPE_DROP:
            return "DROP";
        case DUCKDB_STATEMENT_TYPE_COPY_DATABASE:
            return "COPY DATABASE";
        default:
            return {};
    }
}

// True if it may have left state on the connection that is not in the database; unknown types may.
bool leaves_state(const duckdb_statement& statement) {
    constexpr auto harmless = std::to_array<duckdb_statement_type>(
        {DUCKDB_STATEMENT_TYPE_CREATE, DUCKDB_STATEMENT_TYPE_CREATE_FUNC, DUCKDB_STATEMENT_TYPE_DROP,
         DUCKDB_STATEMENT_TYPE_ALTER, DUCKDB_STATEMENT_TYPE_ATTACH, DUCKDB_STATEMENT_TYPE_DETACH,
         DUCKDB_STATEMENT_TYPE_COPY_DATABASE, DUCKDB_STATEMENT_TYPE_VACUUM, DUCKDB_STATEMENT_TYPE_ANALYZE,
         DUCKDB_STATEMENT_TYPE_EXPLAIN});
    return statement.traits.temporary || !contains(harmless, statement.type);
}

// True if its changes go to a database file, not to the session or the process.
bool writes_files(const duckdb_statement& statement) {
    constexpr auto others = std::to_array<duckdb_statement_type>(
        {DUCKDB_STATEMENT_TYPE_SET, DUCKDB_STATEMENT_TYPE_VARIABLE_SET, DUCKDB_STATEMENT_TYPE_LOAD,
         DUCKDB_STATEMENT_TYPE_ATTACH, DUCKDB_STATEMENT_TYPE_DETACH, DUCKDB_STATEMENT_TYPE_EXPLAIN});
    return !statement.traits.temporary && !contains(others, statement.type);
}

// The number that DuckDB returns for INSERT, COPY, CREATE TABLE AS; 0 if there is none.
std::uint64_t read_count(duckdb_result* result) {
    if (duckdb_column_count(result) == 0 || duckdb_column_type(result, 0) != DUCKDB_TYPE_BIGINT) {
        return 0;
    }
    const owned_chunk chunk(duckdb_fetch_chunk(*result));
    if (!chunk || duckdb_data_chunk_get_size(chunk.get()) == 0) {
        return 0;
    }
    const auto* count =
        static_cast<const std::int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0)));
    return static_cast<std::uint64_t>(std::max<std::int64_t>(*count, 0));
}

error wrong_parameter_count(std::size_t given, std::size_t wanted) {
    return {.code = sqlstates::protocol_violation,
            .message = "bind message supplies " + std::to_string(given) +
                       " parameters, but the prepared statement requires " + std::to_string(wanted)};
}

}  // namespace

result<backend::execution> duckdb_session::execute_constant(std::shared_ptr<const constant_query> query,
                                                            std::span<const backend::wire_format> formats,
                                                            backend::execute_options options) {
    if (options.profile || options.scroll || !answers_alone()) {
        TRY_ASSIGN(const auto planned, plan(query->sql(), {}));
        return execute(planned, {}, formats, options);
    }
    backend::execution done;
    done.rows = std::make_unique<constant_rows>(std::move(query), formats);
    return done;
}

result<backend::execution> duckdb_session::execute(const std::shared_ptr<backend::prepared_statement>& statement,
                                                   std::span<const backend::parameter> parameters,
                                                   std::span<const backend::wire_format> formats,
                                                   backend::execute_options options) {
    if (auto constant = std::dynamic_pointer_cast<const constant_query>(statement)) {
        if (!parameters.empty()) {
            return fail(wrong_parameter_count(parameters.size(), 0));
        }
        return execute_constant(std::move(constant), formats, options);
    }
    const interrupts::scope here(*interrupts_);
    // Every statement that a session gets was made by its own prepare().
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-static-cast-downcast)
    const auto shared = std::static_pointer_cast<duckdb_statement>(statement);
    duckdb_statement& known = *shared;
    TRY(ready());
    if (options.profile) {
        TRY(link_->profile_queries());
    }
    if (known.runs_as_text) {
        return run_text(known);
    }
    if (known.parameters.size() != parameters.size()) {
        return fail(wrong_parameter_count(parameters.size(), known.parameters.size()));
    }
    TRY(check_read_only(known));
    if (known.type == DUCKDB_STATEMENT_TYPE_ATTACH) {
        TRY(check_attach(link_->instance().params().access, known.sent));
    }
    auto started = start(known, parameters);
    note_done(known);
    if (!started) {
        return fail(std::move(started).error());
    }
    return to_execution(shared, *std::move(started), formats, options);
}

// A DuckDB file is opened for reading only; for memory and folders this check refuses writes.
result<> duckdb_session::check_writable(std::string_view verb) const {
    const duckdb_instance& instance = link_->instance();
    if (!instance.params().read_only || instance.source().kind == source_kind::duckdb_file) {
        return {};
    }
    return fail(sqlstates::read_only_sql_transaction,
                "cannot execute " + std::string(verb) + " in a read-only transaction");
}

result<> duckdb_session::check_read_only(const duckdb_statement& statement) const {
    const std::string_view verb = verb_of(statement.type);
    const bool temporary = statement.type == DUCKDB_STATEMENT_TYPE_CREATE && statement.traits.temporary;
    return verb.empty() || temporary ? result<>() : check_writable(verb);
}

void duckdb_session::note_done(const duckdb_statement& statement) {
    if (statement.changes_connection || contains(statement.traits.functions, "setseed")) {
        link_->leave_trace(duckdb_link::trace::state);
    }
    if (statement.effect == change::none) {
        return;
    }
    if (clock_.in_block()) {
        clock_.note_own(statement.effect);
    }
    if (statement.effect == change::schema) {
        if (statement.type == DUCKDB_STATEMENT_TYPE_SET && statement.traits.changes_names) {
            names_changed_ = true;
            link_->forget_search_path();
        }
        clock_.note_setting();
        cache_.clear();
        if (statement.type == DUCKDB_STATEMENT_TYPE_SET && statement.parameters.empty()) {
            remember_setting(statement.sent);
        } else if (leaves_state(statement)) {
            link_->leave_trace(duckdb_link::trace::state);
        }
    }
}

result<> duckdb_session::bind(duckdb_statement& statement, std::span<const backend::parameter> parameters) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const statement_parameter& wanted = statement.parameters[i];
        if (wanted.slots.empty()) {
            TRY(decode_parameter(wanted.type, parameters[i], nullptr, zone_));
        }
        for (const bound_slot& slot : wanted.slots) {
            TRY_ASSIGN(const auto value,
                       decode_parameter(wanted.type, parameters[i], slot.target.get(), zone_, slot.use));
            if (duckdb_bind_value(statement.plan.get(), slot.index, value.get()) == DuckDBError) {
                return fail(link_->to_error(duckdb_prepare_error(statement.plan.get())));
            }
        }
    }
    return {};
}

// Binds the values and lets DuckDB take its snapshot; no task has run yet.
result<owned_pending> duckdb_session::pend(duckdb_statement& statement,
                                           std::span<const backend::parameter> parameters) {
    TRY(bind(statement, parameters));
    owned_pending pending;
    const base::memory_wall::statement_scope counted(&cancel());
    const auto state = statement.shape == result_shape::rows
                           ? duckdb_pending_prepared_streaming(statement.plan.get(), pending.out())
                           : duckdb_pending_prepared(statement.plan.get(), pending.out());
    if (state == DuckDBError) {
        return fail(link_->to_error(duckdb_pending_error(pending.get()),
                                    {.sent = statement.sent, .original = statement.original}));
    }
    return pending;
}

result<owned_pending> duckdb_session::pend_in_transaction(duckdb_statement& statement,
                                                          std::span<const backend::parameter> parameters, run& into) {
    TRY(link_->begin(false));
    into.own_transaction = true;
    TRY(plan_again(plan_with(), statement));
    return pend(statement, parameters);
}

void duckdb_session::abandon(run& started) {
    started.result.reset();
    if (std::exchange(started.own_transaction, false)) {
        (void)link_->rollback();
    }
    started.writing.end();
}

result<duckdb_session::run> duckdb_session::start(duckdb_statement& statement,
                                                  std::span<const backend::parameter> parameters) {
    if (!is_reusable(statement)) {
        TRY(plan_again(plan_with(), statement));
    }
    const change shown = clock_.in_block() ? change::none : statement.effect;
    const change written = writes_files(statement) ? shown : change::none;
    TRY(check_files(written));
    const plan_reuse depends =
        statement.reuse == plan_reuse::until_schema_change ? statement.reuse : plan_reuse::until_write;
    run started;
    started.writing = write_epoch::writing(link_->instance().epoch(), shown);
    TRY_ASSIGN(auto pending, pend(statement, parameters));
    if (depends_on_data(statement) && !clock_.is_valid(statement.stamp, depends, shown)) {
        // There was a write between planning and the snapshot, or there is one now. With the snapshot first, a plan
        // made afterwards covers at least the snapshot's data.
        pending.reset();
        link_->drop_unfinished();
        started.writing.end();
        if (clock_.in_block()) {
            TRY(plan_again(plan_with(), statement));
            TRY_ASSIGN(pending, pend(statement, parameters));
        } else {
            auto again = pend_in_transaction(statement, parameters, started);
            if (!again) {
                abandon(started);
                return fail(std::move(again).error());
            }
            pending = *std::move(again);
        }
    }
    statement.executed = true;
    if (cancel().requested()) {
        pending.reset();
        link_->drop_unfinished();
        abandon(started);
        return fail(cancel().to_error());
    }
    const auto run_counted = [&] {
        const base::memory_wall::statement_scope counted(&cancel());
        return run_pending(link_->instance().threads(), pending, started.result, interrupts_.get());
    };
    if (const char* const failure = run_counted()) {
        sluice::error error = link_->to_error(failure, {.sent = statement.sent, .original = statement.original});
        pending.reset();
        abandon(started);
        return fail(std::move(error));
    }
    // Checked again: the statement may have taken long, and a write to a file that is gone must not be acknowledged.
    if (auto unchanged = check_files(written); !unchanged) {
        abandon(started);
        return fail(std::move(unchanged).error());
    }
    return started;
}

// DuckDB may bind a plan again on its own; then the encoders would read other types than the vectors have.
result<> duckdb_session::check_result(const duckdb_statement& statement, run& started) {
    const idx_t count = duckdb_column_count(started.result.get());
    const std::span<const owned_type> expected = statement.encoders->columns();
    bool same = count == expected.size();
    for (idx_t i = 0; same && i < count; ++i) {
        same = duckdb_column_type(started.result.get(), i) == duckdb_get_type_id(expected[i].get());
    }
    if (!same) {
        abandon(started);
        return fail(sqlstates::feature_not_supported, "cached plan must not change result type");
    }
    return {};
}

// For complete results.
result<> duckdb_session::end_own_transaction(const duckdb_statement& statement, run& started) {
    if (!std::exchange(started.own_transaction, false)) {
        started.writing.end();
        return {};
    }
    const write_epoch::writing now(link_->instance().epoch(), statement.effect);
    return link_->commit();
}

result<backend::execution> duckdb_session::to_rows(const std::shared_ptr<duckdb_statement>& statement, run started,
                                                   std::span<const backend::wire_format> formats,
                                                   backend::execute_options options) {
    TRY(check_result(*statement, started));
    const bool streams = duckdb_result_is_streaming(*started.result.get());
    if (!streams) {
        TRY(end_own_transaction(*statement, started));
    } else if (statement->effect != change::none && started.own_transaction) {
        started.writing = write_epoch::writing(link_->instance().epoch(), statement->effect);
    }
    chunk_source_params from{.link = link_,
                             .result = std::move(started.result),
                             .streams = streams,
                             .ends_transaction = started.own_transaction,
                             .has_effect = statement->effect != change::none,
                             .writing = std::move(started.writing)};
    const stream_style style{.formats = formats, .settings = settings_, .zone = zone_};
    backend::execution done;
    if (options.scroll) {
        auto rows = std::make_unique<duckdb_scroll>(std::move(from), statement->encoders, style);
        done.scroll = rows.get();
        done.rows = std::move(rows);
    } else {
        done.rows = std::make_unique<duckdb_stream>(
            std::move(from),
            duckdb_stream_params{.encoder = statement->encoders->take(style), .encoders = statement->encoders});
    }
    return done;
}

result<backend::execution> duckdb_session::to_execution(const std::shared_ptr<duckdb_statement>& statement, run started,
                                                        std::span<const backend::wire_format> formats,
                                                        backend::execute_options options) {
    backend::execution done;
    switch (statement->shape) {
        case result_shape::rows:
        case result_shape::stored_rows:
            return to_rows(statement, std::move(started), formats, options);
        case result_shape::explain:
            TRY(end_own_transaction(*statement, started));
            done.rows = std::make_unique<kept_rows>(explain_lines(started.result.get()));
            return done;
        case result_shape::count:
            done.rows_affected = read_count(started.result.get());
            [[fallthrough]];
        case result_shape::nothing:
            started.result.reset();
            TRY(end_own_transaction(*statement, started));
            return done;
    }
    return done;
}

result<backend::execution> duckdb_session::run_text(const duckdb_statement& statement) {
    const change shown = clock_.in_block() ? change::none : statement.effect;
    TRY(check_files(shown));
    const write_epoch::writing now(link_->instance().epoch(), shown);
    if (statement.is_script) {
        TRY(check_writable("CREATE TABLE"));
    } else {
        TRY(check_import(link_->connection(), statement.sent, link_->instance().protected_databases()));
    }
    const bool own = statement.is_script && !clock_.in_block();
    if (own) {
        TRY(link_->begin(false));
    }
    owned_result result;
    const engine_threads::call lasting(link_->instance().threads());
    if (!statement.is_script || statement.traits.temporary) {
        link_->leave_trace(duckdb_link::trace::state);  // the script of IMPORT may contain any statement
    }
    const auto query = [&] {
        const base::memory_wall::statement_scope counted(&cancel());
        return duckdb_query(link_->connection(), statement.sent.c_str(), result.out());
    };
    const bool failed = query() == DuckDBError;
    note_done(statement);
    if (failed) {
        error cause = link_->to_error(duckdb_result_error(result.get()),
                                      {.sent = statement.sent, .original = statement.original});
        if (own) {
            (void)link_->rollback();
        }
        return fail(std::move(cause));
    }
    if (own) {
        TRY(link_->commit());
    }
    return backend::execution{};
}

}  // namespace sluice::duckdb
