// limited_gate.hpp - the call gate of a run: limits of the service, retries by class, and the sum of usage.
//
// Use:     limited_gate gate({.limiter = &limits, .control = &control, .told = [](const gate_wait& why) { ... }});
//          handler.work({.items = items, .gate = &gate});      gate.used()
// States:  wait for a slot → wait for a permit → send → answered | wait and send again | give up. See call_gate.hpp.
// Slots:   bound the requests under way; a further call waits. A call that waits for its next attempt holds no slot.
// Day:     when the day's requests are used up, calls fail (exhausted) until the service's next day; with
//          `waits_for_day` they wait for it.
// Threads: any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "apps/jobs/call_gate.hpp"
#include "apps/jobs/rate_limiter.hpp"
#include "apps/jobs/run/run_control.hpp"
#include "base/run/retry.hpp"

namespace sluice::jobs {

struct gate_wait {
    std::string reason;
    std::int64_t until_ms = 0;
};

struct gate_params {
    rate_limiter* limiter = nullptr;
    run_control* control = nullptr;
    base::retry_policy policy{.attempts_max = 6,
                              .step = std::chrono::milliseconds(1000),
                              .growth = base::retry_growth::full_jitter,
                              .delay_max = std::chrono::milliseconds(60'000)};
    std::size_t slots = 1000;                   // requests under way at once
    std::size_t busy_max = 30;                  // a call fails after this many "come again later" answers
    std::chrono::milliseconds hold{200'000};    // longest duration of one request
    std::chrono::milliseconds look_every{500};  // interval of checking the limits, which other processes share
    bool waits_for_day = false;
    const base::clock* time = &base::system_clock();
    std::function<void(const gate_wait&)> told;  // before each wait; may be empty
    std::function<void()> before_send;           // may be empty
    // Seams for tests.
    std::function<bool(std::chrono::microseconds)> wait_for;  // empty: the control's wait_for()
    std::function<double()> random = base::random_share;
};

class limited_gate final : public call_gate {
  public:
    explicit limited_gate(gate_params params);

    // Usage of all requests sent, failed ones included.
    [[nodiscard]] usage used() const;

  protected:
    [[nodiscard]] work_result<> run(const call_need& need, const one_request& send) override;

  private:
    struct attempts {
        std::size_t failed = 0;
        std::size_t refused_for_now = 0;
    };
    // One of the slots; its destructor gives it back.
    class slot;
    [[nodiscard]] work_result<> take_slot();
    void return_slot();
    [[nodiscard]] work_result<rate_permit> get_permit(const call_need& need);
    [[nodiscard]] work_result<usage> send_once(const call_need& need, const one_request& send);
    // Waits if the call may be retried; else returns the failure.
    [[nodiscard]] work_result<> follow_up(work_failure cause, attempts& so_far);
    // Fails with `interrupted` if the run is to end before the time is over.
    [[nodiscard]] work_result<> pause(std::chrono::microseconds duration) const;
    // As pause(), and reports the wait.
    [[nodiscard]] work_result<> wait(std::chrono::microseconds duration, const std::string& reason);
    [[nodiscard]] work_result<> pause_for(const work_failure& cause);
    void add(const usage& used);

    const gate_params params_;
    mutable std::mutex mutex_;
    std::condition_variable slot_returned_;
    std::size_t under_way_ = 0;
    usage used_;
};

}  // namespace sluice::jobs
