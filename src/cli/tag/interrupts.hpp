// interrupts.hpp - SIGINT and SIGTERM as requests to a run: the first one drains it, the second one stops it.
//
// Use:     const signal_watch watch(control, [](bool is_second) { say(...); });   // before any other thread is started
// Rule:    the signals are blocked in the calling thread and its later threads; an internal thread waits for them.
// Ends:    with the destructor, which unblocks the signals.
// Threads: the callback runs on the watching thread.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

#include "apps/jobs/run/run_control.hpp"

namespace sluice::cli {

class signal_watch {
  public:
    signal_watch(jobs::run_control& control, std::function<void(bool is_second)> told);
    signal_watch(const signal_watch&) = delete;
    signal_watch& operator=(const signal_watch&) = delete;
    ~signal_watch();

  private:
    void watch(const std::stop_token& stop);

    jobs::run_control& control_;
    const std::function<void(bool)> told_;
    sigset_t signals_{};
    sigset_t before_{};
    std::jthread thread_;
};

}  // namespace sluice::cli
