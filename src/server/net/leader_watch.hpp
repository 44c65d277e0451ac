// leader_watch.hpp - one thread that looks after the leaders of all loops; see loop_threads.hpp.
//
// Use:     leader_watch watch;  watch.start({&a, &b});  ... watch.stop();
// Cost:    it looks every millisecond while some leader runs work, and sleeps after 5 ms without.
// Threads: start() and stop() by one thread; wake() from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::server {

class loop_threads;

class leader_watch {
  public:
    leader_watch() = default;
    ~leader_watch() { stop(); }
    leader_watch(const leader_watch&) = delete;
    leader_watch& operator=(const leader_watch&) = delete;

    void start(std::vector<loop_threads*> loops);
    void stop();
    // A leader begins with work.
    void wake() {
        if (asleep_.load(std::memory_order_seq_cst)) {
            wake_sleeper();
        }
    }

  private:
    void run();
    void wake_sleeper();
    [[nodiscard]] bool must_look() const;

    std::vector<loop_threads*> loops_;
    std::atomic<bool> asleep_{false};
    std::mutex mutex_;
    std::condition_variable woken_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace sluice::server
