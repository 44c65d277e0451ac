// duckdb_keeper.hpp - keeps a DuckDB open, and opens it again when it has failed or its file was replaced.
//
// Problem: after a fatal error (a checkpoint that found the disk full) DuckDB refuses every statement until the process
//          is restarted, and if a file was replaced, DuckDB still serves the deleted one. The old DuckDB must be closed
//          completely first: two of them in one process would write to one file without noticing each other's locks.
// Use:     TRY_ASSIGN(auto keeper, duckdb_keeper::open(params));  TRY_ASSIGN(auto instance, keeper->current());
// How:     a thread checks the files once a second, and tests the engine after a suspicious failure (engine_health). To
//          reopen it: the instance is retired, its guests are asked to leave (guest_list) until the last reference and
//          the last descriptor are gone, then it is opened, with retries until that succeeds.
// Order:   committed data is in the file and its log. A retired instance that did not fail does not write a checkpoint:
//          the log beside a replaced file belongs to the new file.
// Threads: any; one of its own, which the destructor ends.
// Errors:  current(): 57P03 while no instance is open.
// Metrics: engine_restarts_total.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/core/result.hpp"
#include "engines/duckdb/database/duckdb_instance.hpp"

namespace sluice::duckdb {

class duckdb_keeper {
  public:
    static result<std::shared_ptr<duckdb_keeper>> open(duckdb_params params);
    ~duckdb_keeper();
    duckdb_keeper(const duckdb_keeper&) = delete;
    duckdb_keeper& operator=(const duckdb_keeper&) = delete;

    result<std::shared_ptr<duckdb_instance>> current() const;
    // The numbers of the pools of all instances; totals never decrease.
    [[nodiscard]] base::pool_stats connections() const;
    [[nodiscard]] lasting_state& lasting() const { return *lasting_; }
    [[nodiscard]] const duckdb_params& params() const { return params_; }

  private:
    duckdb_keeper(duckdb_params params, std::shared_ptr<lasting_state> lasting)
        : params_(std::move(params)), lasting_(std::move(lasting)) {}

    // The parts of an instance that are needed until it is closed.
    struct closing {
        file_watch files;
        std::shared_ptr<guest_list> guests;
        std::shared_ptr<const std::atomic<bool>> closed;
    };

    void run(const std::stop_token& stop);
    // Why the instance must be reopened; empty: it need not.
    [[nodiscard]] std::string find_failure(bool suspicious) const;
    void restart(const std::string& reason, const std::stop_token& stop);
    [[nodiscard]] static bool wait_until_closed(const closing& old, const std::stop_token& stop);
    [[nodiscard]] std::string status() const;
    void say(std::string status);

    const duckdb_params params_;
    const std::shared_ptr<lasting_state> lasting_;  // shared with the instances
    mutable std::mutex mutex_;                      // guards what follows
    std::shared_ptr<duckdb_instance> instance_;     // shared with the sessions; null: it is being reopened
    std::string status_;                            // why it is null
    base::pool_stats past_;                         // totals of closed instances
    std::jthread thread_;                           // last: it uses all members above
};

}  // namespace sluice::duckdb
