// runner.hpp - works through a job's items in parallel batches; nothing is lost and nothing is paid for twice.
//
// Use:     runner work({.database = &db, .job = {"tag", "/music", "gemini v1"}, .handler = &handler, ...});
//          TRY(work.begin());
//          ... enqueue items of work.job_id() on another thread, work.notify(); work.finish_feeding() ...
//          TRY_ASSIGN(const run_report report, work.run());       // blocks; control.drain() and stop() end it earlier;
//                                                                 // it drains the control itself when it ends early
// A batch: claim (short transaction) → work() outside any transaction → settle: all results in one transaction that
//          checks the fencing token. Items with a wrong answer are asked again (repair), then in halves, then they
//          become dead letters; an answer that is wrong as a whole is halved down to single items.
// Outage:  the items of a batch without an answer after all retries become dead letters for a passing reason; the next
//          run tries them again. After `outage_after` such batches in a row the run stops; the rest stays queued. It
//          also stops if the first `useless_after` items were given up one by one: then the items are not at fault.
// Ends:    nothing is left, not in other runs of the job either, and feeding has finished; the day's requests are used
//          up; an outage; drain(); stop().
// Killed:  at any point: the next run takes over the claimed items. Only requests that were sent are asked again.
// Bounds:  concurrency requests under way, and one more batch, which is claimed and ready while others are settled.
//          batch_size items each; a thread for each batch, and one that tends them.
// Threads: run() on one; notify() and finish_feeding() on any.
// Errors:  the database's, if it cannot be written for the time of settle_policy.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "apps/jobs/batch_worker.hpp"
#include "apps/jobs/job_store.hpp"
#include "apps/jobs/limited_gate.hpp"
#include "apps/jobs/run/progress_meter.hpp"
#include "apps/jobs/run/run_control.hpp"
#include "apps/jobs/run/run_status.hpp"
#include "base/run/retry.hpp"

namespace sluice::jobs {

struct runner_params {
    sqlite::database* database = nullptr;
    const run_locks* locks = nullptr;
    run_control* control = nullptr;
    batch_handler* handler = nullptr;
    job_identity job;
    rate_limiter_params limits;
    gate_params gate;             // runner fills in limiter, control, slots, told, before_send
    std::size_t concurrency = 3;  // requests under way at once
    std::size_t batch_size = 50;
    std::chrono::milliseconds lease{60'000};
    std::chrono::milliseconds tick{1'000};  // interval of progress and of counting the rest
    std::size_t outage_after = 3;
    std::size_t useless_after = 10;
    base::retry_policy settle_policy{
        .attempts_max = 6, .step = std::chrono::milliseconds(500), .growth = base::retry_growth::full_jitter};
    std::optional<token_prices> prices;
    progress_callback on_progress;
    std::function<void(run_point)> reached;  // a seam for tests
    const base::clock* time = &base::system_clock();
};

struct run_report {
    run_outcome outcome = run_outcome::finished;
    std::string reason;         // for exhausted and outage
    std::int64_t until_ms = 0;  // for exhausted: the service's next day
    progress totals;
};

class runner {
  public:
    explicit runner(runner_params params);
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;
    ~runner();

    // Creates the rows of the job and of this run.
    result<> begin();
    [[nodiscard]] std::int64_t job_id() const { return job_id_; }
    [[nodiscard]] std::int64_t run_id() const { return run_id_; }
    [[nodiscard]] job_store& jobs() { return store_; }
    // Reports that there may be new items.
    void notify();
    void finish_feeding();
    result<run_report> run();

  private:
    void tend();
    result<> tick();
    result<std::optional<claimed_batch>> next_batch();
    // False: no more items will come, or the run is to end.
    [[nodiscard]] bool wait_for_items(std::uint64_t seen);
    [[nodiscard]] worker_params params_of_worker();
    void run_workers();
    void reach(run_point point) const {
        if (params_.reached) {
            params_.reached(point);
        }
    }
    [[nodiscard]] run_end so_far() const;

    const runner_params params_;
    job_store store_;
    rate_limiter limiter_;
    std::unique_ptr<limited_gate> gate_;
    std::unique_ptr<progress_meter> meter_;
    run_status status_;
    std::int64_t job_id_ = 0;
    std::int64_t run_id_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t fed_ = 0;  // number of calls of notify()
    bool is_fed_ = false;
    bool is_over_ = false;  // all workers have ended
};

}  // namespace sluice::jobs
