// loop_threads.hpp - the threads of one io_loop: one of them leads, and runs short work itself.
//
// Problem: the hop from an io thread to an executor thread and back costs more than a short statement. But a long
//          statement on the io thread would leave all other clients of the loop unattended.
// Shape:   leader and followers (Schmidt et al., Pattern-Oriented Software Architecture 2, 2000). The leader waits for
//          the sockets, runs one handler, then the work that the handler handed over. leader_watch looks at it every
//          millisecond; work that it sees twice lasts, and another thread becomes the leader. The thread that was displaced
//          finishes the work; then it waits as the reserve for the next time, or ends.
// Use:     auto threads = std::make_shared<loop_threads>(...);  threads->start();  ... threads->wait();
//          in a handler:  if (!loop_threads::run_here(work)) { executor.submit(std::move(work)) }
// Bounds:  work that runs here has a place of the executor (executor::enter), so both together stay below its
//          threads_max. Threads: those that run work, the leader, and one reserve.
// Threads: one thread leads at a time, so handlers never run side by side.
// Ends:    wait() returns when no thread leads or waits; lasting work goes on, and the executor waits for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/run/executor.hpp"

namespace boost::asio {
class io_context;
}

namespace sluice::server {

class leader_watch;

struct loop_threads_params {
    boost::asio::io_context* io = nullptr;  // outlives the threads: see `owner`
    base::executor* executor = nullptr;     // nullptr: run_here() refuses all work
    leader_watch* watch = nullptr;
    std::string name = "io";    // of the threads
    std::weak_ptr<void> owner;  // kept alive by each thread
};

class loop_threads {
  public:
    explicit loop_threads(loop_threads_params params) : params_(std::move(params)) {}
    ~loop_threads() = default;
    loop_threads(const loop_threads&) = delete;
    loop_threads& operator=(const loop_threads&) = delete;

    void start();  // the first leader
    void wait();   // until the context has stopped and no thread leads or waits
    // Takes `work` if the calling thread is in a handler of some loop and the executor has a place; it runs when the
    // handler has returned. False: `work` is untouched.
    [[nodiscard]] static bool run_here(base::task& work);
    // Makes a step of a handler, which must be short, from inside such work: while this thread still leads, no handler
    // can run beside it. False: it does not lead; the step was not made.
    [[nodiscard]] static bool while_leading(const std::function<void()>& step);

  private:
    friend class leader_watch;

    void start_thread();
    void serve();
    [[nodiscard]] bool lead();
    [[nodiscard]] bool run_handed_over();
    // True if the caller leads from now on; false: it ends.
    [[nodiscard]] bool wait_as_reserve();

    // ---- the watch
    // Displaces a leader whose work lasts. True if work runs.
    bool look();
    // True if the leader ran `work`, not pinned; it leads no more.
    bool displace(std::uint64_t work);
    void appoint();
    // True if the watch must not sleep.
    [[nodiscard]] bool needs_watch();

    const loop_threads_params params_;
    std::deque<base::task> handed_over_;  // of the leader
    std::uint64_t work_count_ = 0;        // of the leader
    // Number of the work that the leader runs; 0: none. The watch takes the lead away by setting it to 0; while `pinned`
    // is set beside the number, it cannot.
    static constexpr std::uint64_t pinned = std::uint64_t{1} << 63U;
    std::atomic<std::uint64_t> work_running_{0};
    std::uint64_t seen_ = 0;  // of the watch: work_running_ at its last look

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    bool vacant_ = false;        // no thread leads, and none has been told to
    bool stopped_ = false;       // no thread leads any more
    std::size_t reserve_ = 0;    // threads that wait
    std::size_t idle_ = 0;       // threads that lead or wait
    bool start_failed_ = false;  // told in the log
};

}  // namespace sluice::server
