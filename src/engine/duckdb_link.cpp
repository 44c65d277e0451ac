#include "engine/duckdb_link.hpp"

#include <utility>

#include "sql/quote.hpp"

namespace sluice::engine {
namespace {

// Interrupts are few: each cancel sends one.
constexpr int rollback_retries_max = 3;

}  // namespace

core::result<> duckdb_link::open() {
    if (connection_) {
        return {};
    }
    auto taken = instance_->connections().take();
    if (!taken) {
        instance_->note_failure(taken.error());
        return core::fail(std::move(taken).error());
    }
    connection_ = *std::move(taken);
    instance_->metrics().connections_on_loan.add();
    return {};
}

void duckdb_link::close() {
    if (!connection_) {
        return;
    }
    instance_->lists().remove(connection_->client);
    if (std::exchange(in_transaction_, false) && !rollback()) {
        leave_trace(trace::state);
    }
    const bool measures = std::exchange(collects_metrics_, false);
    if (std::exchange(trace_, trace::none) != trace::none || measures) {
        connection_.spoil();
    } else {
        connection_.give_back();
    }
    stream_ = nullptr;
    instance_->metrics().connections_on_loan.subtract();
    instance_->metrics().connections_idle.set(static_cast<std::int64_t>(instance_->connections().stats().idle));
}

core::result<> duckdb_link::set_time_zone(const std::string& name) {
    if (connection_->time_zone != name) {
        TRY(run_sql(connection(), "SET TimeZone = " + sql::quote_literal(name)));
        connection_->time_zone = name;
    }
    return {};
}

core::result<> duckdb_link::run_prepared(prepared_command command) {
    constexpr std::array<const char*, 5> texts{"BEGIN TRANSACTION", "BEGIN TRANSACTION READ ONLY", "COMMIT", "ROLLBACK",
                                               "SELECT 1"};
    owned_statement& statement = connection_->commands.at(command);
    if (!statement && duckdb_prepare(connection(), texts.at(command), statement.out()) == DuckDBError) {
        core::error error = to_error(duckdb_prepare_error(statement.get()));
        statement.reset();
        return core::fail(std::move(error));
    }
    owned_result result;
    const engine_threads::call lasting(instance_->threads());  // a COMMIT may write a checkpoint
    if (duckdb_execute_prepared(statement.get(), result.out()) == DuckDBError) {
        return core::fail(to_error(duckdb_result_error(result.get())));
    }
    return {};
}

core::result<> duckdb_link::begin(bool read_only) {
    auto begun = run_prepared(read_only ? begin_read_only : begin_write);
    if (!begun && cancel().requested()) {
        (void)rollback();
    }
    in_transaction_ = begun.has_value();
    return begun;
}

core::result<> duckdb_link::commit() {
    in_transaction_ = false;
    auto committed = run_prepared(commit_transaction);
    if (!committed && committed.error().message == committed_without_checkpoint) {
        return {};
    }
    if (!committed) {
        (void)rollback();  // DuckDB has, unless it was interrupted before it came to the commit
    }
    return committed;
}

core::result<> duckdb_link::rollback() {
    in_transaction_ = false;
    for (int retries = 0;; ++retries) {
        auto rolled_back = run_prepared(rollback_transaction);
        if (!rolled_back && rolled_back.error().code == core::sqlstates::no_active_sql_transaction) {
            return {};  // DuckDB was faster
        }
        if (!rolled_back && rolled_back.error().code == core::sqlstates::connection_failure) {
            return {};  // it is gone with the engine
        }
        if (rolled_back || retries == rollback_retries_max) {
            return rolled_back;
        }
    }
}

core::result<> duckdb_link::collect_metrics() {
    if (!collects_metrics_) {
        TRY(run_sql(connection(), "RESET custom_profiling_settings"));
        collects_metrics_ = true;
    }
    return {};
}

void duckdb_link::drop_unfinished() {
    duckdb_interrupt(connection());  // forgotten as soon as the next statement has cleaned up
    (void)run_prepared(do_nothing);
}

core::error duckdb_link::cancelled_or(const core::error& error) const {
    instance_->note_failure(error);
    if (error.message == engine_lost) {
        return cancel().engine_lost_error().with_detail(error.detail);
    }
    const bool interrupted = error.code == core::sqlstates::query_canceled && cancel().requested();
    return interrupted ? cancel().to_error() : error;
}

core::error duckdb_link::to_error(const char* text, const error_source& source) const {
    return cancelled_or(translate_error(text, source));
}

}  // namespace sluice::engine
