// run_control.hpp - asks a run to end: drain() lets sent requests finish, stop() cancels them.
//
// Use:     control.drain();  control.stop();                       // a signal's thread
//          if (!control.wait_for(delay)) { give up }               // a worker that waits
//          send(request, control.token())                          // ended by stop()
// Order:   running → draining → stopped, never back.
// Threads: any. Not for signal handlers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/core/cancel.hpp"

namespace sluice::jobs {

enum class run_phase : std::uint8_t { running, draining, stopped };

class run_control {
  public:
    void drain();
    void stop();
    [[nodiscard]] run_phase phase() const;
    [[nodiscard]] bool is_running() const { return phase() == run_phase::running; }
    // Waits. False, before the time is over, once the run is to end.
    [[nodiscard]] bool wait_for(std::chrono::microseconds duration);
    // stop() requests it.
    [[nodiscard]] const base::cancel_token& token() const { return token_; }

  private:
    void enter(run_phase next);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    run_phase phase_ = run_phase::running;
    base::cancel_token token_;
};

}  // namespace sluice::jobs
