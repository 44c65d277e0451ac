// batch_worker.hpp - one thread of a runner: takes a batch from its claim to its end, with the batches split from it.
//
// Use:     batch_worker({.handler = &handler, .jobs = &store, .status = &status, .next = [&] { ... }, ...}).run();
// Errors:  they end the run: run_status::fail().
// Threads: its own; all workers of a run share what the parameters point to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/jobs/call_gate.hpp"
#include "apps/jobs/job_store.hpp"
#include "apps/jobs/run/progress_meter.hpp"
#include "apps/jobs/run/run_control.hpp"
#include "apps/jobs/run/run_status.hpp"
#include "apps/jobs/work.hpp"
#include "base/run/retry.hpp"

namespace sluice::jobs {

// Points where a test may kill the process.
enum class run_point : std::uint8_t { after_claim, before_send, before_commit, after_commit };

struct worker_params {
    batch_handler* handler = nullptr;
    job_store* jobs = nullptr;
    call_gate* gate = nullptr;
    progress_meter* meter = nullptr;
    run_status* status = nullptr;
    const run_control* control = nullptr;
    std::int64_t run_id = 0;
    std::chrono::milliseconds lease{60'000};
    base::retry_policy settle_policy;
    std::function<result<std::optional<claimed_batch>>()> next;  // blocks; none: no batch will come
    std::function<void(run_point)> reached;                      // a seam for tests
    const base::clock* time = &base::system_clock();
};

class batch_worker {
  public:
    explicit batch_worker(worker_params params) : params_(std::move(params)) {}

    // Works until nothing is left, or the run is to end.
    void run();

  private:
    // A batch and its origin.
    struct task {
        claimed_batch batch;
        bool is_split = false;  // half of a failed batch: it gets no second repair
        std::string complaint;
        std::string rejected_answer;
    };
    void work_through(claimed_batch first);
    [[nodiscard]] std::vector<task> process(const task& now);
    [[nodiscard]] work_result<work_answer> ask(const task& now, const std::vector<std::size_t>& asked);
    void judge_answer(const task& now, const std::vector<std::size_t>& asked, work_answer answer, batch_end& end,
                      std::vector<task>& next);
    void judge_failure(const task& now, const std::vector<std::size_t>& asked, work_failure cause, batch_end& end,
                       std::vector<task>& next);
    [[nodiscard]] bool settle(const task& now, const batch_end& end, std::vector<task>& next);
    void tell(const task& now, const batch_end& end);

    const worker_params params_;
};

}  // namespace sluice::jobs
