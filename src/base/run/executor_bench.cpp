// Cost of a hand-over to an executor thread, with and without threads that look for work before they sleep.
#include <atomic>
#include <benchmark/benchmark.h>
#include <chrono>
#include <memory>
#include <thread>

#include "base/run/executor.hpp"

namespace sluice::base {
namespace {

std::unique_ptr<executor> start(std::int64_t spin_us) {
    return executor::start({.threads_base = 1, .spin = std::chrono::microseconds(spin_us)}).value();
}

// One task at a time, like a client that waits for each answer.
void ping_pong(benchmark::State& state) {
    const auto pool = start(state.range(0));
    std::atomic<bool> done = false;
    for ([[maybe_unused]] const auto each : state) {
        done.store(false, std::memory_order_relaxed);
        if (!pool->submit([&] {
                done.store(true, std::memory_order_release);
                done.notify_one();
            })) {
            state.SkipWithError("refused");
        }
        done.wait(false, std::memory_order_acquire);
    }
}
BENCHMARK(ping_pong)->Arg(0)->Arg(20)->UseRealTime();

// Bursts, like many clients at once.
void burst(benchmark::State& state) {
    const auto pool = start(state.range(0));
    constexpr int size = 256;
    std::atomic<int> left = 0;
    for ([[maybe_unused]] const auto each : state) {
        left.store(size, std::memory_order_relaxed);
        for (int i = 0; i < size; ++i) {
            if (!pool->submit([&] {
                    if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                        left.notify_one();
                    }
                })) {
                state.SkipWithError("refused");
            }
        }
        for (int seen = left.load(); seen != 0; seen = left.load()) {
            left.wait(seen);
        }
    }
    state.SetItemsProcessed(state.iterations() * size);
}
BENCHMARK(burst)->Arg(0)->Arg(20)->UseRealTime();

// The reference: the cheapest thread that can be woken by another.
void bare_thread(benchmark::State& state) {
    std::atomic<int> turn = 0;
    std::thread other([&] {
        for (;;) {
            turn.wait(0);
            if (turn.load() == 2) {
                return;
            }
            turn.store(0);
            turn.notify_one();
        }
    });
    for ([[maybe_unused]] const auto each : state) {
        turn.store(1);
        turn.notify_one();
        turn.wait(1);
    }
    turn.store(2);
    turn.notify_one();
    other.join();
}
BENCHMARK(bare_thread)->UseRealTime();

}  // namespace
}  // namespace sluice::base
