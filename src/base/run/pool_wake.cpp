#include "base/run/pool_wake.hpp"

#include <ctime>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace sluice::base {

namespace {

// One yield is nearly as good when processors are scarce; many would waste them on waiters far back in the queue.
constexpr int yields_max = 16;

// futex(2): the numbers are part of the kernel's interface. Private: no other process looks at the word.
constexpr int private_flag = 128;
constexpr int futex_wake = 1 | private_flag;
constexpr int futex_wait_bitset = 9 | private_flag;  // its deadline is an absolute time of CLOCK_MONOTONIC
constexpr std::uint32_t any_bit = 0xffffffff;

}  // namespace

static_assert(sizeof(pool_wake) == sizeof(std::uint32_t), "the kernel looks at these four bytes");

bool pool_wake::wait_until_ns(std::int64_t deadline_ns) {
    std::uint32_t word = word_.load(std::memory_order_acquire);
    for (int i = 0; i < yields_max && word == waits; ++i) {
        std::this_thread::yield();
        word = word_.load(std::memory_order_acquire);
    }
    if (word == is_set || (word == waits && !word_.compare_exchange_strong(word, sleeps, std::memory_order_acq_rel))) {
        return true;
    }
    constexpr std::int64_t second_ns = 1'000'000'000;
    const timespec deadline{.tv_sec = deadline_ns / second_ns, .tv_nsec = deadline_ns % second_ns};
    (void)::syscall(SYS_futex, &word_, futex_wait_bitset, sleeps, &deadline, nullptr, any_bit);
    return seen();
}

void pool_wake::wake(const pool_wake* address) {
    (void)::syscall(SYS_futex, address, futex_wake, 1, nullptr, nullptr, 0);
}

}  // namespace sluice::base
