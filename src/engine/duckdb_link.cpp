#include "engine/duckdb_link.hpp"

#include <utility>

namespace sluice::engine {

core::result<> duckdb_link::open() {
    if (connection_) {
        return {};
    }
    TRY_ASSIGN(connection_, instance_->connect());
    ++generation_;
    collects_metrics_ = false;
    cancel_.arm([connection = connection_.get()] { duckdb_interrupt(connection); });
    return {};
}

void duckdb_link::close() {
    // After disarm() no other thread touches the connection.
    cancel_.disarm();
    for (owned_statement& command : commands_) {
        command.reset();
    }
    connection_.reset();
}

core::result<> duckdb_link::make_way() {
    if (stream_ == nullptr) {
        return {};
    }
    return std::exchange(stream_, nullptr)->put_aside();
}

core::result<> duckdb_link::run_prepared(prepared_command command) {
    constexpr std::array<const char*, 5> texts{"BEGIN TRANSACTION", "BEGIN TRANSACTION READ ONLY", "COMMIT", "ROLLBACK",
                                               "SELECT 1"};
    owned_statement& statement = commands_.at(command);
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
    const bool interrupted = error.code == core::sqlstates::query_canceled && cancel_.requested();
    return interrupted ? cancel_.to_error() : error;
}

core::error duckdb_link::to_error(const char* text, const error_source& source) const {
    return cancelled_or(translate_error(text, source));
}

}  // namespace sluice::engine
