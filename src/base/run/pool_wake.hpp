// pool_wake.hpp - lets one thread sleep until another one sets it, once.
//
// Problem: a condition variable makes the woken thread take the mutex again, and must outlive the call that wakes it;
//          a waiter of a pool needs neither. Sleeping and waking cost more processor time than a short statement: so a
//          waiter first yields a few times, in which its turn often comes, and the thread that hands over calls the
//          kernel only for a sleeping one. pool_bench.cpp has numbers.
// Use:     sleeper: pool_wake mine; (let others know of it) while (!mine.wait_until_ns(deadline)) { late? }
//          other:   under the lock `must_wake = mine.set()`, without it `if (must_wake) pool_wake::wake(&mine)`
// Order:   writes before set() are visible after a wait that returned true.
// Threads: one sleeps; call set() only while the object lives, wake() at any time later: it uses the address only,
//          and another thread that sleeps at that address checks its own condition, as futex(2) asks of all callers.
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::base {

class pool_wake {
  public:
    // False: not set before the deadline (the system's steady clock), or interrupted.
    [[nodiscard]] bool wait_until_ns(std::int64_t deadline_ns);
    // True: the waiter sleeps; call wake().
    [[nodiscard]] bool set() { return word_.exchange(is_set, std::memory_order_acq_rel) == sleeps; }
    static void wake(const pool_wake* address);

  private:
    static constexpr std::uint32_t waits = 0;
    static constexpr std::uint32_t is_set = 1;
    static constexpr std::uint32_t sleeps = 2;

    [[nodiscard]] bool seen() const { return word_.load(std::memory_order_acquire) == is_set; }

    std::atomic<std::uint32_t> word_{waits};
};

}  // namespace sluice::base
