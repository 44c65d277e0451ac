// pool_wake.hpp - what one thread sleeps on until another one sets it, once.
//
// Problem: a condition variable makes the woken thread take the mutex again, and must outlive the call that wakes it;
//          who waits for a pool has all it needs when it wakes, and goes on at once. Sleeping and waking cost more than
//          a short statement's share of a processor: who waits first lets others run a few times, in which its turn
//          often comes, and who hands over calls the kernel only for one that sleeps. pool_bench.cpp has numbers.
// Use:     sleeper: pool_wake mine; (let others know of it) while (!mine.wait_until_ns(deadline)) { late? }
//          other:   under the lock `must_wake = mine.set()`, without it `if (must_wake) pool_wake::wake(&mine)`
// Order:   what was written before set() is seen after a wait that returned true.
// Threads: one sleeps; set() while the object certainly lives, wake() at any time later: it uses the address only, and
//          whoever else sleeps there by then checks what it waits for, as futex(2) asks of everybody.
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::base {

class pool_wake {
  public:
    // False: not set by then, by the steady clock of the system, or interrupted before.
    [[nodiscard]] bool wait_until_ns(std::int64_t deadline_ns);
    // True: it sleeps, wake it.
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
