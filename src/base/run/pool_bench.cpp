// Cost of borrowing without contention, and throughput of many threads with few items: this pool and other designs.
#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "base/run/pool.hpp"
#include "base/run/pool_bench_rivals.hpp"

namespace sluice::base {
namespace {

using numbers = pool<int>;

numbers::lease borrow(numbers& spare) {
    return std::move(*spare.acquire({.session_id = 1, .query_id = 2}, std::chrono::seconds(30)));
}

pool_params<int> eight() {
    return {.limits = {.size_max = 8, .idle_timeout = std::chrono::minutes(5), .lifetime_max = std::chrono::hours(1)},
            .make = [] { return result<int>(1); },
            .check = [](int& item) { return item > 0; },
            .on_leak = {}};
}

void acquire_release(benchmark::State& state) {
    numbers spare(eight());
    for ([[maybe_unused]] const auto each : state) {
        auto lease = borrow(spare);
        benchmark::DoNotOptimize(*lease);
    }
}
BENCHMARK(acquire_release);

void try_acquire_release(benchmark::State& state) {
    numbers spare(eight());
    for ([[maybe_unused]] const auto each : state) {
        auto lease = spare.try_acquire({.session_id = 1, .query_id = 2});
        benchmark::DoNotOptimize(***lease);
    }
}
BENCHMARK(try_acquire_release);

void park_resume(benchmark::State& state) {
    numbers spare(eight());
    auto lease = borrow(spare);
    for ([[maybe_unused]] const auto each : state) {
        lease.park();
        if (!lease.resume()) {
            state.SkipWithError("gone");
        }
    }
}
BENCHMARK(park_resume);

void note_and_name(benchmark::State& state) {
    numbers spare(eight());
    auto lease = borrow(spare);
    std::uint64_t query = 0;
    for ([[maybe_unused]] const auto each : state) {
        lease.name({.session_id = 1, .query_id = ++query});
        lease.note(pool_state::streaming);
    }
}
BENCHMARK(note_and_name);

// The reference: two uncontended lock cycles of a mutex are the least that a pool can do.
void two_mutex_turns(benchmark::State& state) {
    std::mutex mutex;
    for ([[maybe_unused]] const auto each : state) {
        mutex.lock();
        mutex.unlock();
        mutex.lock();
        mutex.unlock();
    }
}
BENCHMARK(two_mutex_turns);

// ---- many threads, few items

constexpr int items = 8;
constexpr int threads = 64;

class this_pool {
  public:
    explicit this_pool(int /*size*/) : spare_(eight()) {}
    numbers::lease acquire() { return borrow(spare_); }
    static void release(numbers::lease lease) { lease.give_back(); }

  private:
    numbers spare_;
};

struct hold {
    const char* name;
    double work_us;
    std::int64_t sleep_us;
    std::int64_t run_ms;
};

void work(std::int64_t steps) {
    std::uint64_t value = 1;
    for (std::int64_t i = 0; i < steps; ++i) {
        benchmark::DoNotOptimize(value = value * 6364136223846793005ULL + 1);
    }
}

double processor_us() {
    rusage used{};
    (void)::getrusage(RUSAGE_SELF, &used);
    return 1e6 * static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

// Steps are counted, not timed: eight threads that watch the clock would share the processors and still end in time.
double steps_per_us() {
    constexpr std::int64_t probe = 20'000'000;
    const double begun_us = processor_us();
    work(probe);
    return probe / (processor_us() - begun_us);
}

struct outcome {
    double operations_per_s = 0;
    double processor_us = 0;  // of each loan; independent of other load on the machine
    double wait_median_us = 0;
    double wait_max_us = 0;
    double share_min = 0;  // the smallest thread's share, relative to the mean
};

template <typename Pool>
outcome contest(const hold& held, std::int64_t steps) {
    Pool contested(items);
    std::atomic<int> stage = 0;  // 1: count, 2: end
    std::vector<std::vector<float>> waits_us(threads);
    std::barrier begin(threads + 1);
    std::vector<std::jthread> crowd;
    for (int i = 0; i < threads; ++i) {
        crowd.emplace_back([&, mine = &waits_us[static_cast<std::size_t>(i)]] {
            mine->reserve(1U << 16U);
            begin.arrive_and_wait();
            while (stage.load(std::memory_order_relaxed) != 2) {
                const auto asked = std::chrono::steady_clock::now();
                auto lease = contested.acquire();
                const std::chrono::duration<float, std::micro> waited = std::chrono::steady_clock::now() - asked;
                work(steps);
                if (held.sleep_us != 0) {
                    std::this_thread::sleep_for(std::chrono::microseconds(held.sleep_us));
                }
                contested.release(std::move(lease));
                if (stage.load(std::memory_order_relaxed) == 1) {
                    mine->push_back(waited.count());
                }
            }
        });
    }
    begin.arrive_and_wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(held.run_ms / 5));
    const auto counted_from = std::chrono::steady_clock::now();
    const double used_from_us = processor_us();
    stage = 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(held.run_ms));
    stage = 2;
    const double used_us = processor_us() - used_from_us;
    const std::chrono::duration<double> counted = std::chrono::steady_clock::now() - counted_from;
    crowd.clear();
    std::vector<float> all;
    std::size_t least = SIZE_MAX;
    for (const auto& each : waits_us) {
        least = std::min(least, each.size());
        all.insert(all.end(), each.begin(), each.end());
    }
    std::ranges::sort(all);
    const auto count = static_cast<double>(all.size());
    return {.operations_per_s = count / counted.count(),
            .processor_us = used_us / std::max(count, 1.0),
            .wait_median_us = all.empty() ? 0 : all[all.size() / 2],
            .wait_max_us = all.empty() ? 0 : all.back(),
            .share_min = static_cast<double>(least) * threads / std::max(count, 1.0)};
}

struct contestant {
    std::string name;
    outcome (*run)(const hold&, std::int64_t);
    std::vector<outcome> outcomes;

    // The median of the rounds, for each number on its own.
    [[nodiscard]] double middle(double outcome::* number) const {
        std::vector<double> all;
        for (const auto& each : outcomes) {
            all.push_back(each.*number);
        }
        std::ranges::sort(all);
        return all[all.size() / 2];
    }
};

using rivals::handing;
using rivals::wake_when;

std::vector<contestant> contestants() {
    using rivals::sleeper_futex;
    constexpr auto under = wake_when::under_lock;
    constexpr auto after = wake_when::after_unlock;
    return {
        {"base::pool", contest<this_pool>, {}},
        {"one condition variable, notify_one, barging", contest<rivals::barging>, {}},
        {"condition variable each, FIFO", contest<handing<rivals::sleeper_cv, under>>, {}},
        {"tickets, notify_all", contest<rivals::tickets>, {}},
        {"std::atomic::wait each, FIFO", contest<handing<rivals::sleeper_atomic, under>>, {}},
        {"futex each, FIFO, woken under the lock", contest<handing<sleeper_futex<0>, under>>, {}},
        {"futex each, FIFO, woken after it", contest<handing<sleeper_futex<0>, after>>, {}},
        {"the same after 50 pauses", contest<handing<sleeper_futex<0, 50>, after>>, {}},
        {"the same after 1 yield", contest<handing<sleeper_futex<1>, after>>, {}},
        {"the same after 4 yields", contest<handing<sleeper_futex<4>, after>>, {}},
        {"the same after 16 yields", contest<handing<sleeper_futex<16>, after>>, {}},
    };
}

constexpr std::size_t cv_rivals = 3;  // the designs after this pool, the barging one first

void print(const std::vector<contestant>& all, const hold& held) {
    fmt::print("\n{} threads, {} items, {}; middle of {} rounds, ratios to base::pool\n", threads, items, held.name,
               all.front().outcomes.size());
    fmt::print("{:<46}{:>10}{:>8}{:>9}{:>12}{:>12}{:>9}{:>12}\n", "", "loans/s", "ratio", "cpu us", "median us",
               "max us", "max/med", "least/mean");
    const double reference = all.front().middle(&outcome::operations_per_s);
    for (const auto& each : all) {
        const double median_us = each.middle(&outcome::wait_median_us);
        const double max_us = each.middle(&outcome::wait_max_us);
        fmt::print("{:<46}{:>10.0f}{:>8.2f}{:>9.2f}{:>12.1f}{:>12.1f}{:>9.1f}{:>12.2f}\n", each.name,
                   each.middle(&outcome::operations_per_s), each.middle(&outcome::operations_per_s) / reference,
                   each.middle(&outcome::processor_us), median_us, max_us, max_us / std::max(median_us, 0.001),
                   each.middle(&outcome::share_min));
    }
}

// The designs take turns, so that other load on the machine hits all of them.
void pool_fairness(benchmark::State& state) {
    constexpr std::array<hold, 3> holds{
        {{.name = "20 us of work each", .work_us = 20, .sleep_us = 0, .run_ms = 300},
         {.name = "nothing done with them", .work_us = 0, .sleep_us = 0, .run_ms = 100},
         {.name = "200 us of sleep each", .work_us = 0, .sleep_us = 200, .run_ms = 300}}};
    constexpr int rounds = 5;
    const hold& held = holds.at(static_cast<std::size_t>(state.range(0)));
    const auto steps = static_cast<std::int64_t>(held.work_us * steps_per_us());
    auto all = contestants();
    for ([[maybe_unused]] const auto once : state) {
        for (int round = 0; round < rounds; ++round) {
            for (auto& each : all) {
                each.outcomes.push_back(each.run(held, steps));
            }
        }
    }
    print(all, held);
    double best_fair = 0;
    for (std::size_t i = 2; i <= cv_rivals; ++i) {
        best_fair = std::max(best_fair, all[i].middle(&outcome::operations_per_s));
    }
    const auto& own = all.front();
    state.counters["to_best_fair_cv"] = own.middle(&outcome::operations_per_s) / best_fair;
    state.counters["to_barging_cv"] =
        own.middle(&outcome::operations_per_s) / all[1].middle(&outcome::operations_per_s);
    state.counters["processor_to_barging_cv"] =
        own.middle(&outcome::processor_us) / all[1].middle(&outcome::processor_us);
    state.counters["wait_max_to_median"] = own.middle(&outcome::wait_max_us) / own.middle(&outcome::wait_median_us);
}
BENCHMARK(pool_fairness)->DenseRange(0, 2)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace sluice::base
