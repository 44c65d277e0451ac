// pool_bench_rivals.hpp - other designs of the same pool, for pool_bench.cpp to compare with: eight numbers to lend.
//
// Threads: any.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sluice::base::rivals {

inline std::vector<int> numbers(int size) {
    std::vector<int> all(static_cast<std::size_t>(size));
    std::ranges::generate(all, [next = 0]() mutable { return next++; });
    return all;
}

// The simplest design: a new caller may take the item before a woken waiter does.
class barging {
  public:
    explicit barging(int size) : idle_(numbers(size)) {}
    int acquire() {
        std::unique_lock lock(mutex_);
        given_back_.wait(lock, [this] { return !idle_.empty(); });
        const int taken = idle_.back();
        idle_.pop_back();
        return taken;
    }
    void release(int taken) {
        {
            const std::scoped_lock lock(mutex_);
            idle_.push_back(taken);
        }
        given_back_.notify_one();
    }

  private:
    std::mutex mutex_;
    std::condition_variable given_back_;
    std::vector<int> idle_;
};

// Tickets: fair, but every waiter wakes each time.
class tickets {
  public:
    explicit tickets(int size) : idle_(numbers(size)) {}
    int acquire() {
        std::unique_lock lock(mutex_);
        const std::uint64_t mine = next_++;
        given_back_.wait(lock, [&] { return mine == served_ && !idle_.empty(); });
        ++served_;
        const int taken = idle_.back();
        idle_.pop_back();
        if (!idle_.empty()) {
            given_back_.notify_all();
        }
        return taken;
    }
    void release(int taken) {
        {
            const std::scoped_lock lock(mutex_);
            idle_.push_back(taken);
        }
        given_back_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable given_back_;
    std::vector<int> idle_;
    std::uint64_t next_ = 0;
    std::uint64_t served_ = 0;
};

// The other designs hand over in order; they differ in how a thread waits and when it is woken.
enum class wake_when : std::uint8_t { under_lock, after_unlock };

class sleeper_cv {
  public:
    void wait(std::unique_lock<std::mutex>& lock) {
        given_.wait(lock, [this] { return is_given_; });
    }
    bool set() { return is_given_ = true; }
    static void wake(sleeper_cv* address) { address->given_.notify_one(); }

  private:
    std::condition_variable given_;
    bool is_given_ = false;
};

class sleeper_atomic {
  public:
    void wait(std::unique_lock<std::mutex>& lock) {
        lock.unlock();
        given_.wait(0);
    }
    bool set() {
        given_.store(1);
        return true;
    }
    static void wake(sleeper_atomic* address) { address->given_.notify_one(); }

  private:
    std::atomic<int> given_{0};
};

// As base::pool_wake, whose source explains the numbers. Before it sleeps it yields `Yields` and looks `Looks` times.
template <int Yields, int Looks = 0>
class sleeper_futex {
  public:
    void wait(std::unique_lock<std::mutex>& lock) {
        lock.unlock();
        for (int i = 0; i < Looks && word_.load() == 0; ++i) {
            __builtin_ia32_pause();
        }
        for (int i = 0; i < Yields && word_.load() == 0; ++i) {
            std::this_thread::yield();
        }
        std::uint32_t waits = 0;
        if (word_.compare_exchange_strong(waits, 2)) {
            while (word_.load() == 2) {
                (void)::syscall(SYS_futex, &word_, 0 | 128, 2, nullptr, nullptr, 0);
            }
        }
    }
    [[nodiscard]] bool set() { return word_.exchange(1) == 2; }
    static void wake(sleeper_futex* address) {
        (void)::syscall(SYS_futex, &address->word_, 1 | 128, 1, nullptr, nullptr, 0);
    }

  private:
    std::atomic<std::uint32_t> word_{0};
};

template <typename Sleeper, wake_when When>
class handing {
  public:
    explicit handing(int size) : idle_(numbers(size)) {}
    int acquire() {
        std::unique_lock lock(mutex_);
        if (!idle_.empty()) {
            const int taken = idle_.back();
            idle_.pop_back();
            return taken;
        }
        waiter self;
        queue_.push_back(&self);
        self.sleeper.wait(lock);
        return self.given;
    }
    void release(int taken) {
        Sleeper* woken = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            if (queue_.empty()) {
                idle_.push_back(taken);
                return;
            }
            waiter* first = queue_.front();
            queue_.pop_front();
            first->given = taken;
            Sleeper* address = &first->sleeper;
            if (first->sleeper.set()) {
                woken = address;
            }
            if (When == wake_when::under_lock && woken != nullptr) {
                Sleeper::wake(woken);
            }
        }
        if (When == wake_when::after_unlock && woken != nullptr) {
            Sleeper::wake(woken);
        }
    }

  private:
    struct waiter {
        Sleeper sleeper;
        int given = 0;
    };
    std::mutex mutex_;
    std::vector<int> idle_;
    std::deque<waiter*> queue_;
};

}  // namespace sluice::base::rivals
