// duckdb_keeper.hpp - keeps a DuckDB open, and opens it again when it has failed or its file was replaced.
//
// Problem: after a fatal error (a checkpoint that found the disk full) DuckDB refuses every statement until the process
//          is started again, and a file that was replaced is served from the deleted one. The old DuckDB must be closed
//          altogether first: two of them in one process would write to one file, and their locks would not notice.
// Use:     TRY_ASSIGN(auto keeper, duckdb_keeper::open(params));  TRY_ASSIGN(auto instance, keeper->current());
// How:     a thread looks at the files once a second, and tries the engine when a failure was suspicious
//          (engine_health). To open it again: the instance is retired, its guests are asked to leave (guest_list) until
//          the last reference and the last descriptor are gone, then it is opened, as often as it takes.
// Order:   what was committed is in the file and its log. A retired instance that did not fail does not write a
//          checkpoint: the log beside a file that was replaced is not its own.
// Threads: any; one of its own, which the destructor ends.
// Errors:  current(): 57P03 while there is none.
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
    // Of the pools of all instances; totals never go back.
    [[nodiscard]] base::pool_stats connections() const;
    [[nodiscard]] lasting_state& lasting() const { return *lasting_; }
    [[nodiscard]] const duckdb_params& params() const { return params_; }

  private:
    duckdb_keeper(duckdb_params params, std::shared_ptr<lasting_state> lasting)
        : params_(std::move(params)), lasting_(std::move(lasting)) {}

    // What is left to know of an instance that is to be closed.
    struct closing {
        file_watch files;
        std::shared_ptr<guest_list> guests;
        std::shared_ptr<const std::atomic<bool>> closed;
    };

    void run(const std::stop_token& stop);
    // Why the instance must go; empty: it need not.
    [[nodiscard]] std::string find_failure(bool suspicious) const;
    void restart(const std::string& reason, const std::stop_token& stop);
    [[nodiscard]] static bool wait_until_closed(const closing& old, const std::stop_token& stop);
    [[nodiscard]] std::string status() const;
    void say(std::string status);

    const duckdb_params params_;
    const std::shared_ptr<lasting_state> lasting_;  // shared with the instances
    mutable std::mutex mutex_;                      // guards what follows
    std::shared_ptr<duckdb_instance> instance_;     // shared with the sessions; null: it is being opened again
    std::string status_;                            // why it is null
    base::pool_stats past_;                         // totals of instances that were closed
    std::jthread thread_;                           // last: it uses all of the above
};

}  // namespace sluice::duckdb
