#include "engines/duckdb/database/duckdb_backend.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/observe/log.hpp"
#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/session/duckdb_keeper.hpp"
#include "engines/duckdb/session/duckdb_session.hpp"

namespace sluice::duckdb {
namespace {

constexpr base::logger log{"engine"};
constexpr std::chrono::milliseconds ready_deadline{1000};
constexpr std::uint64_t memory_percent_max = 95;
// Memory of statements and of tables in memory; pages of files do not count, as they can be dropped.
constexpr const char* memory_in_use =
    "SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory() "
    "WHERE tag NOT IN ('BASE_TABLE', 'EXTERNAL_FILE_CACHE')";

// DuckDB runs this statement on the calling thread, a task at a time, so that the deadline is kept even while its own
// threads are busy.
result<std::uint64_t> ask_in_time(duckdb_connection connection, const char* question) {
    owned_statement statement;
    owned_pending pending;
    if (duckdb_prepare(connection, question, statement.out()) == DuckDBError ||
        duckdb_pending_prepared(statement.get(), pending.out()) == DuckDBError) {
        return fail(sqlstates::cannot_connect_now, "the engine refuses statements");
    }
    const auto deadline = std::chrono::steady_clock::now() + ready_deadline;
    auto state = duckdb_pending_execute_task(pending.get());
    while (!duckdb_pending_execution_is_finished(state) && std::chrono::steady_clock::now() < deadline) {
        state = duckdb_pending_execute_task(pending.get());
    }
    if (!duckdb_pending_execution_is_finished(state)) {
        duckdb_interrupt(connection);
    }
    // Always executed: a pending result that is dropped keeps its connection, and with it the whole database.
    owned_result result;
    if (duckdb_execute_pending(pending.get(), result.out()) == DuckDBError) {
        return fail(sqlstates::cannot_connect_now, "the engine did not answer in time");
    }
    return static_cast<std::uint64_t>(duckdb_value_int64(result.get(), 0, 0));
}

// The engine answers, and statements have not used up its memory.
result<> check_answer(duckdb_instance& instance) {
    TRY_ASSIGN(const auto connection, instance.connect());
    TRY_ASSIGN(const auto used_bytes, ask_in_time(connection.get(), memory_in_use));
    const std::uint64_t limit_bytes = instance.params().memory_limit_bytes;
    if (limit_bytes != 0 && used_bytes >= limit_bytes / 100 * memory_percent_max) {
        return fail(sqlstates::out_of_memory, "statements use " + std::to_string(used_bytes >> 20U) +
                                                  " MB of memory_limit, which is " +
                                                  std::to_string(limit_bytes >> 20U) + " MB");
    }
    return {};
}

class duckdb_backend : public backend::engine {
  public:
    duckdb_backend(std::shared_ptr<duckdb_keeper> keeper, std::vector<std::string> names)
        : keeper_(std::move(keeper)), names_(std::move(names)) {}

    result<std::unique_ptr<backend::session>> open_session(const backend::session_params& params) override {
        if (!contains(names_, params.database)) {
            return fail(error{.code = sqlstates::invalid_catalog_name,
                              .message = "database \"" + params.database + "\" does not exist",
                              .fatal = true});
        }
        return std::make_unique<duckdb_session>(keeper_, params);
    }

    result<> check_ready() override {
        std::vector<std::string> wrong = keeper_->lasting().health.complaints();
        if (const auto instance = keeper_->current()) {
            for (const auto& check : {check_answer(**instance), (*instance)->files().check()}) {
                if (!check) {
                    wrong.push_back("database: " + check.error().message);
                }
            }
        } else {
            wrong.push_back("database: " + instance.error().message);
        }
        if (wrong.empty()) {
            return {};
        }
        std::string lines;
        for (const std::string& line : wrong) {
            lines += lines.empty() ? line : "\n" + line;
        }
        return fail(sqlstates::cannot_connect_now, std::move(lines));
    }

    result<backend::engine_usage> usage() override {
        TRY_ASSIGN(const auto instance, keeper_->current());
        return instance->usage();
    }

    void housekeep() override {
        if (const auto instance = keeper_->current()) {
            if (auto swept = (*instance)->connections().sweep(); !swept) {
                log.warn("no connection to the engine could be made", {{"reason", swept.error().message}});
            }
        }
    }

  private:
    std::shared_ptr<duckdb_keeper> keeper_;  // shared with the sessions
    std::vector<std::string> names_;
};

}  // namespace

std::vector<std::string> database_names(const duckdb_params& params) {
    std::vector<std::string> names{"main", "postgres"};
    const auto source = find_source(params.database, params.create);
    std::string stem = source ? source->stem : catalog_stem(params.database);
    if (!contains(names, stem)) {
        names.insert(names.begin(), std::move(stem));
    }
    return names;
}

result<std::unique_ptr<backend::engine>> open_duckdb(duckdb_params params) {
    std::vector<std::string> names = database_names(params);
    TRY_ASSIGN(auto keeper, duckdb_keeper::open(std::move(params)));
    TRY_ASSIGN(const auto instance, keeper->current());
    if (!contains(names, instance->catalog())) {
        names.push_back(instance->catalog());
    }
    if (auto* registry = keeper->params().metrics) {
        // The registry may outlive the engine.
        expose_pool(*registry, [weak = std::weak_ptr(keeper)] {
            const auto alive = weak.lock();
            return alive ? alive->connections() : base::pool_stats();
        });
    }
    return std::make_unique<duckdb_backend>(std::move(keeper), std::move(names));
}

}  // namespace sluice::duckdb
