#include "engine/duckdb_backend.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/contains.hpp"
#include "engine/duckdb_instance.hpp"
#include "engine/duckdb_session.hpp"

namespace sluice::engine {
namespace {

constexpr std::chrono::milliseconds ready_deadline{1000};

class duckdb_backend : public backend {
  public:
    duckdb_backend(std::shared_ptr<duckdb_instance> instance, std::vector<std::string> names)
        : instance_(std::move(instance)), names_(std::move(names)) {}

    core::result<std::unique_ptr<session>> open_session(const session_params& params) override {
        if (!contains(names_, params.database)) {
            return core::fail(core::error{.code = core::sqlstates::invalid_catalog_name,
                                          .message = "database \"" + params.database + "\" does not exist",
                                          .fatal = true});
        }
        return std::make_unique<duckdb_session>(instance_, params);
    }

    // DuckDB runs this statement on the calling thread, a task at a time, so that the deadline can be kept even while
    // its own threads are busy.
    core::result<> check_ready() override {
        TRY_ASSIGN(const auto connection, instance_->connect());
        owned_statement statement;
        owned_pending pending;
        if (duckdb_prepare(connection.get(), "SELECT 1", statement.out()) == DuckDBError ||
            duckdb_pending_prepared(statement.get(), pending.out()) == DuckDBError) {
            return core::fail(core::sqlstates::cannot_connect_now, "the engine refuses statements");
        }
        const auto deadline = std::chrono::steady_clock::now() + ready_deadline;
        auto state = duckdb_pending_execute_task(pending.get());
        while (!duckdb_pending_execution_is_finished(state) && std::chrono::steady_clock::now() < deadline) {
            state = duckdb_pending_execute_task(pending.get());
        }
        if (!duckdb_pending_execution_is_finished(state)) {
            duckdb_interrupt(connection.get());
        }
        // Always asked for: a pending result that is dropped keeps its connection, and with it the whole database.
        owned_result result;
        if (duckdb_execute_pending(pending.get(), result.out()) == DuckDBError) {
            return core::fail(core::sqlstates::cannot_connect_now, "the engine did not answer in time");
        }
        return {};
    }

    core::result<engine_usage> usage() override { return instance_->usage(); }

  private:
    std::shared_ptr<duckdb_instance> instance_;  // shared with the sessions
    std::vector<std::string> names_;
};

}  // namespace

std::vector<std::string> database_names(const duckdb_params& params) {
    std::vector<std::string> names{"main", "postgres"};
    const auto source = find_source(params.database);
    std::string stem = source ? source->stem : catalog_stem(params.database);
    if (!contains(names, stem)) {
        names.insert(names.begin(), std::move(stem));
    }
    return names;
}

core::result<std::unique_ptr<backend>> open_duckdb(duckdb_params params) {
    std::vector<std::string> names = database_names(params);
    TRY_ASSIGN(auto instance, open_instance(std::move(params)));
    if (!contains(names, instance->catalog())) {
        names.push_back(instance->catalog());
    }
    return std::make_unique<duckdb_backend>(std::move(instance), std::move(names));
}

}  // namespace sluice::engine
