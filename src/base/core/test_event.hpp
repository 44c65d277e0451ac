// test_event.hpp - an event that one thread of a test waits for and another one sets.
//
// Use:     event room;  ... room.set();  ... ASSERT_TRUE(room.wait());   // false: not set within 30 s
// Threads: any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace sluice::base {

class event {
  public:
    void set() {
        const std::scoped_lock lock(mutex_);
        happened_ = true;
        changed_.notify_one();
    }
    [[nodiscard]] bool wait() {
        std::unique_lock lock(mutex_);
        const bool seen = changed_.wait_for(lock, std::chrono::seconds(30), [this] { return happened_; });
        happened_ = false;
        return seen;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool happened_ = false;
};

}  // namespace sluice::base
