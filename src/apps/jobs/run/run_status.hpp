// run_status.hpp - says whether a run goes on, and keeps the reason of its end.
//
// Use:     run_status status({.control = &control, .next_day_ms = [&] { return limiter.next_day_ms(); }});
//          while (status.goes_on()) { ... status.note_answer(); ... status.fail(cause); }
//          status.end()                                             // once all workers have ended
// Rule:    the first failure and the first early end count. Either drains the control: calls that wait give up.
// Outage:  `outage_after` batches in a row without an answer, or `useless_after` refused items before the first good one.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "apps/errors/error.hpp"
#include "apps/jobs/run/run_control.hpp"

namespace sluice::jobs {

enum class run_outcome : std::uint8_t { finished, interrupted, exhausted, outage };

[[nodiscard]] std::string_view to_text(run_outcome outcome);

struct run_status_params {
    run_control* control = nullptr;
    std::function<std::int64_t()> next_day_ms;  // when the service accepts requests again
    std::size_t outage_after = 3;
    std::size_t useless_after = 10;
};

struct run_ending {
    run_outcome outcome = run_outcome::finished;
    std::string reason;         // for exhausted and outage
    std::int64_t until_ms = 0;  // for exhausted: the service's next day
    std::optional<error> failure;
};

class run_status {
  public:
    explicit run_status(run_status_params params);

    [[nodiscard]] bool goes_on() const;
    void end_early(run_outcome outcome, const std::string& reason);
    void fail(const error& cause);
    // The service has answered.
    void note_answer();
    // A batch got no answer.
    void note_silence(const std::string& reason);
    // A single item was given up before any item was done.
    void note_refusal(const std::string& reason);
    // The end so far; `interrupted` if the control ended the run.
    [[nodiscard]] run_ending end() const;

  private:
    const run_status_params params_;
    mutable std::mutex mutex_;
    run_ending end_;
    std::size_t silent_batches_ = 0;
    std::size_t refused_items_ = 0;
};

}  // namespace sluice::jobs
