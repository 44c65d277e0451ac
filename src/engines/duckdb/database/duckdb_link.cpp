#include "engines/duckdb/database/duckdb_link.hpp"

#include <utility>

#include "base/run/memory_wall.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

// An interrupt may hit the rollback; there are few: each cancel sends one.
constexpr int rollback_retries_max = 3;

}  // namespace

result<> duckdb_link::open() {
    if (connection_) {
        return {};
    }
    auto taken = instance_->connections().acquire(holder(), instance_->params().connection_timeout, &cancel());
    if (!taken) {
        instance_->note_failure(taken.error());
        return fail(std::move(taken).error());
    }
    adopt(*std::move(taken));
    return {};
}

result<bool> duckdb_link::try_open() {
    auto taken = instance_->connections().try_acquire(holder());
    if (!taken) {
        instance_->note_failure(taken.error());
        return fail(std::move(taken).error());
    }
    if (*taken) {
        adopt(**std::move(taken));
    }
    return is_open();
}

void duckdb_link::adopt(connection_pool::lease lease) {
    connection_ = std::move(lease);
    instance_->lists().remove(connection_->client);  // left by the session that had parked it
    connection_.note(base::pool_state::executing);
}

base::pool_holder duckdb_link::holder() const {
    return {.session_id = cancel().session_id(), .query_id = cancel().query_id()};
}

bool duckdb_link::park() {
    if (!connection_ || in_transaction_ || stream_ != nullptr || trace_ != trace::none || collects_metrics_) {
        return false;
    }
    connection_.park();
    return true;
}

bool duckdb_link::resume() {
    return connection_.resume();
}

void duckdb_link::close() {
    if (connection_.is_parked()) {
        (void)connection_.resume();
    }
    if (!connection_) {
        return;
    }
    instance_->lists().remove(connection_->client);
    if (std::exchange(in_transaction_, false) && !rollback()) {
        leave_trace(trace::state);
    }
    const bool measures = std::exchange(collects_metrics_, false);
    profiles_ = false;
    if (std::exchange(trace_, trace::none) != trace::none || measures) {
        connection_.spoil();
    } else {
        connection_.give_back();
    }
    stream_ = nullptr;
}

result<> duckdb_link::set_time_zone(const std::string& name) {
    if (connection_->time_zone != name) {
        TRY(run_sql(connection(), "SET TimeZone = " + postgres::quote_literal(name)));
        connection_->time_zone = name;
    }
    return {};
}

result<> duckdb_link::set_search_path(const std::string& value) {
    if (connection_->search_path != value) {
        TRY(run_sql(connection(), "SET search_path = " + postgres::quote_literal(value)));
        connection_->search_path = value;
    }
    return {};
}

result<> duckdb_link::run_prepared(prepared_command command) {
    constexpr std::array<const char*, 5> texts{"BEGIN TRANSACTION", "BEGIN TRANSACTION READ ONLY", "COMMIT", "ROLLBACK",
                                               "SELECT 1"};
    owned_statement& statement = connection_->commands.at(command);
    if (!statement && duckdb_prepare(connection(), texts.at(command), statement.out()) == DuckDBError) {
        sluice::error error = to_error(duckdb_prepare_error(statement.get()));
        statement.reset();
        return fail(std::move(error));
    }
    owned_result result;
    const engine_threads::call lasting(instance_->threads());  // a COMMIT may write a checkpoint
    if (duckdb_execute_prepared(statement.get(), result.out()) == DuckDBError) {
        return fail(to_error(duckdb_result_error(result.get())));
    }
    return {};
}

result<> duckdb_link::begin(bool read_only) {
    auto begun = run_prepared(read_only ? begin_read_only : begin_write);
    if (!begun && cancel().requested()) {
        (void)rollback();
    }
    in_transaction_ = begun.has_value();
    return begun;
}

result<> duckdb_link::commit() {
    in_transaction_ = false;
    auto committed = run_prepared(commit_transaction);
    if (!committed && committed.error().message == committed_without_checkpoint) {
        return {};
    }
    if (!committed) {
        (void)rollback();  // DuckDB has rolled back, unless it was interrupted before the commit
    }
    return committed;
}

result<> duckdb_link::rollback() {
    in_transaction_ = false;
    for (int retries = 0;; ++retries) {
        auto rolled_back = run_prepared(rollback_transaction);
        if (!rolled_back && rolled_back.error().code == sqlstates::no_active_sql_transaction) {
            return {};  // DuckDB has rolled back already
        }
        if (!rolled_back && rolled_back.error().code == sqlstates::connection_failure) {
            return {};  // the transaction is gone with the engine
        }
        if (rolled_back || retries == rollback_retries_max) {
            return rolled_back;
        }
    }
}

result<> duckdb_link::collect_metrics() {
    if (!collects_metrics_) {
        TRY(run_sql(connection(), "RESET custom_profiling_settings"));
        collects_metrics_ = true;
    }
    return {};
}

result<> duckdb_link::profile_queries() {
    if (!profiles_) {
        TRY(collect_metrics());
        TRY(run_sql(connection(), "PRAGMA enable_profiling = 'no_output'"));
        profiles_ = true;
    }
    return {};
}

void duckdb_link::drop_unfinished() {
    duckdb_interrupt(connection());  // DuckDB forgets the interrupt once the next statement has cleaned up
    (void)run_prepared(do_nothing);
}

error duckdb_link::cancelled_or(const error& error) const {
    instance_->note_failure(error);
    if (error.message == engine_lost) {
        return cancel().engine_lost_error().with_detail(error.detail);
    }
    if (connection_ && (error.code == sqlstates::internal_error || error.code == sqlstates::data_corrupted)) {
        connection_->suspect = true;
    }
    // After a request to stop, a statement is also refused memory.
    const bool stopped = error.code == sqlstates::query_canceled;
    const bool interrupted = (stopped || error.code == sqlstates::out_of_memory) && cancel().requested();
    if (stopped && !interrupted) {
        return base::memory_wall::out_of_memory_error();
    }
    return interrupted ? cancel().to_error() : error;
}

error duckdb_link::to_error(const char* text, const error_source& source) const {
    return cancelled_or(translate_error(text, source));
}

}  // namespace sluice::duckdb
