// batch_worker.hpp - one thread of a runner: takes a batch from its claim to its end, with the batches split from it.
//
// Threads: its own.
#pragma once

#include <string>
#include <vector>

#include "apps/jobs/runner.hpp"

namespace sluice::jobs {

class batch_worker {
  public:
    explicit batch_worker(runner& owner) : owner_(owner) {}

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

    runner& owner_;
};

}  // namespace sluice::jobs
