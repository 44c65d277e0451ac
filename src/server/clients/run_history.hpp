// run_history.hpp - whether a session's next run is likely to be short, judged by the latest ones.
//
// Problem: short work should run on the thread that received its message (server/net/loop_threads.hpp), lasting work on
//          the executor, where it can use every core. The cost of a statement is not known before it runs.
// Use:     if (history.expects_short_run()) ...;  history.begin(now_ns);  ... history.note(now_ns)
// Rule:    a run is long if it took longer than short_run_max and used the core for as long. The time alone says little:
//          the system may have given the core to another thread. Two long runs in a row make the next one long.
// Cost:    the core's time is asked for (two calls of 150 ns) only when the run before was long.
// Threads: one at a time; the thread that calls note() is the one that called begin().
// Source:  clock_gettime(2), CLOCK_THREAD_CPUTIME_ID.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sluice::server {

// CPU time of the calling thread.
[[nodiscard]] std::int64_t thread_cpu_ns();

class run_history {
  public:
    static constexpr std::chrono::nanoseconds short_run_max = std::chrono::microseconds(500);
    // Beyond this time a run counts as long, also if it only waited.
    static constexpr std::chrono::nanoseconds wait_max = std::chrono::milliseconds(4);
    static constexpr int long_runs_max = 2;

    explicit run_history(std::int64_t (*cpu_clock)() = thread_cpu_ns) : cpu_clock_(cpu_clock) {}

    // False at first: the first run opens the engine's session.
    [[nodiscard]] bool expects_short_run() const { return long_runs_ < long_runs_max; }

    void begin(std::int64_t now_ns) {
        began_ns_ = now_ns;
        began_cpu_ns_ = long_runs_ > 0 ? cpu_clock_() : not_asked;
    }
    // The run has come to a pause or its end; may be called again for the same run.
    void note(std::int64_t now_ns) {
        const bool lasted = now_ns - began_ns_ > short_run_max.count() && !was_off_the_core(now_ns - began_ns_);
        long_runs_ = lasted ? std::min(long_runs_ + 1, long_runs_max) : 0;
    }

  private:
    static constexpr std::int64_t not_asked = -1;

    [[nodiscard]] bool was_off_the_core(std::int64_t took_ns) const {
        return began_cpu_ns_ != not_asked && took_ns <= wait_max.count() &&
               cpu_clock_() - began_cpu_ns_ <= short_run_max.count();
    }

    std::int64_t (*cpu_clock_)();
    std::int64_t began_ns_ = 0;
    std::int64_t began_cpu_ns_ = not_asked;
    int long_runs_ = long_runs_max;  // in a row, the latest ones
};

}  // namespace sluice::server
