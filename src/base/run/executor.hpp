// executor.hpp - runs blocking work (the engine) on a few named threads.
//
// Problem: an engine call blocks for microseconds or for hours. A fixed pool starves short queries behind long ones;
//          a thread for each session costs memory and context switches.
// Use:     auto pool = executor::start(params);        // result<unique_ptr<executor>>
//          if (auto queued = pool->submit([connection] { connection->run(); }); !queued) { tell the client }
// Bounds:  threads_base threads always; up to threads_max when all threads are busy and the queue stands still;
//          at most queue_max waiting tasks, beyond that 53300 at once.
// Order:   tasks start first in, first out.
// Threads: any. A task must not throw, and must not stop or destroy its executor.
// Guests:  another thread may run work itself: adopt_thread() once, then enter(), the work, leave(). All together stay
//          below threads_max.
// Cost:    submit() wakes a thread only if none is looking for work; a thread without a task looks for work for `spin`
//          before it sleeps. Nothing is allocated for a task whose captures fit into std::move_only_function.
// Ends:    stop(deadline) refuses new tasks (57P03), runs the waiting ones, and waits for guests; past the deadline it
//          drops the waiting ones.
//          The destructor waits for running tasks: cancel their work first.
// Metrics: executor_threads, executor_running, executor_queued, executor_tasks_total, executor_rejected_total,
//          executor_grown_total.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/core/result.hpp"

namespace sluice::base {

class metrics_registry;

using task = std::move_only_function<void()>;

struct executor_params {
    std::string name = "executor";  // prefix of the threads' names; at most 11 characters are used
    std::size_t threads_base = 0;   // 0: the number of cores
    std::size_t threads_max = 0;    // at least threads_base
    std::size_t queue_max = 4096;
    std::chrono::microseconds spin{20};         // how long a thread looks for work before it sleeps
    std::chrono::milliseconds grow_after{2};    // a thread is added when the queue stood still for this long
    std::chrono::milliseconds idle_max{5'000};  // a thread above threads_base ends after this idle time
    std::function<void()> on_thread_start;      // each thread runs it before its first task; may be empty
};

struct executor_stats {
    std::size_t threads = 0;
    std::size_t running = 0;
    std::size_t queued = 0;
    std::uint64_t tasks_total = 0;  // started
    std::uint64_t rejected_total = 0;
    std::uint64_t grown_total = 0;  // threads added beyond threads_base
};

class executor {
  public:
    static result<std::unique_ptr<executor>> start(executor_params params);
    ~executor();
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;

    // 53300 if queue_max tasks wait, 57P03 after stop(). The task is then destroyed without running.
    result<> submit(task work);
    // Runs on_thread_start on the calling thread, which is going to call enter().
    void adopt_thread() const;
    // Counts the calling thread, or the one that it hands the work to, among the running ones until leave(). False:
    // threads_max run already, tasks wait, or stop() was called; then submit().
    [[nodiscard]] bool enter();
    void leave();
    // True if every task ran before the deadline.
    bool stop(std::chrono::milliseconds deadline);

    [[nodiscard]] executor_stats stats() const;
    // The registry must not be scraped after the executor is gone.
    void expose(metrics_registry& registry) const;

  private:
    class impl;
    explicit executor(std::unique_ptr<impl> impl);
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::base
