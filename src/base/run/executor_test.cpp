#include "base/run/executor.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <pthread.h>
#include <random>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/observe/metrics.hpp"

namespace sluice::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::unique_ptr<executor> start(executor_params params) {
    auto pool = executor::start(std::move(params));
    EXPECT_TRUE(pool.has_value());
    return std::move(pool).value();
}

// Holds tasks until it is opened; its destructor opens it, so that a failed test ends.
class gate {
  public:
    gate() = default;
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;
    ~gate() { open(); }

    task holder() {
        return [state = state_] {
            state->entered.release();
            state->opened.wait(false);
        };
    }
    [[nodiscard]] bool entered() { return state_->entered.try_acquire_for(seconds(20)); }
    void open() {
        state_->opened.store(true);
        state_->opened.notify_all();
    }

  private:
    struct shared {
        std::counting_semaphore<> entered{0};
        std::atomic<bool> opened = false;
    };
    std::shared_ptr<shared> state_ = std::make_shared<shared>();  // shared: tasks may outlive the test's body
};

// Waits for a condition that other threads bring about, without a fixed sleep.
template <typename Condition>
bool eventually(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

TEST(executor, runs_a_task_with_a_move_only_capture) {
    const auto pool = start({.threads_base = 1});
    std::promise<int> answer;
    auto future = answer.get_future();
    auto value = std::make_unique<int>(42);
    ASSERT_TRUE(pool->submit([&answer, value = std::move(value)] { answer.set_value(*value); }));
    ASSERT_EQ(future.wait_for(seconds(20)), std::future_status::ready);
    EXPECT_EQ(future.get(), 42);
}

TEST(executor, starts_tasks_in_the_order_of_submit) {
    const auto pool = start({.threads_base = 1, .threads_max = 1});
    gate first;
    ASSERT_TRUE(pool->submit(first.holder()));
    std::vector<int> seen;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(pool->submit([&seen, i] { seen.push_back(i); }));
    }
    first.open();
    ASSERT_TRUE(pool->stop(seconds(20)));
    ASSERT_EQ(seen.size(), 100U);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
    }
}

TEST(executor, refuses_with_53300_when_the_queue_is_full) {
    const auto pool = start({.threads_base = 1, .threads_max = 1, .queue_max = 2});
    gate held;
    ASSERT_TRUE(pool->submit(held.holder()));
    ASSERT_TRUE(held.entered());
    ASSERT_TRUE(pool->submit([] {}));
    ASSERT_TRUE(pool->submit([] {}));
    const auto refused = pool->submit([] {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, sqlstates::too_many_connections);
    EXPECT_TRUE(refused.error().retryable);
    EXPECT_EQ(pool->stats().rejected_total, 1U);
    EXPECT_EQ(pool->stats().queued, 2U);
    EXPECT_EQ(pool->stats().running, 1U);
    held.open();
    EXPECT_TRUE(pool->stop(seconds(20)));
    EXPECT_EQ(pool->stats().tasks_total, 3U);
}

TEST(executor, grows_when_every_thread_is_held_and_shrinks_when_idle) {
    const auto pool =
        start({.threads_base = 1, .threads_max = 3, .grow_after = milliseconds(1), .idle_max = milliseconds(1)});
    gate held;
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(pool->submit(held.holder()));
    }
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(held.entered());
    }
    EXPECT_EQ(pool->stats().threads, 3U);
    EXPECT_EQ(pool->stats().queued, 1U) << "threads_max is a limit";
    EXPECT_EQ(pool->stats().grown_total, 2U);
    held.open();
    EXPECT_TRUE(eventually([&] { return pool->stats().threads == 1; }));
    // The pool grows again in the places of the threads that ended.
    gate again;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(pool->submit(again.holder()));
    }
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(again.entered());
    }
    again.open();
    EXPECT_TRUE(pool->stop(seconds(20)));
}

// The searcher that submit() counted on takes the first of two tasks and keeps its thread for long.
TEST(executor, grows_for_a_task_that_was_left_to_a_searching_thread) {
    for (int round = 0; round < 50; ++round) {
        const auto pool = start({.threads_base = 1, .threads_max = 2, .grow_after = milliseconds(1)});
        ASSERT_TRUE(pool->submit([] {}));
        ASSERT_TRUE(eventually([&] { return pool->stats().tasks_total == 1 && pool->stats().running == 0; }));
        gate held;
        ASSERT_TRUE(pool->submit(held.holder()));
        ASSERT_TRUE(pool->submit(held.holder()));
        ASSERT_TRUE(held.entered());
        ASSERT_TRUE(held.entered());
        held.open();
    }
}

TEST(executor, stop_runs_what_waits_and_refuses_new_tasks) {
    const auto pool = start({.threads_base = 2});
    std::atomic<int> ran = 0;
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(pool->submit([&] { ran.fetch_add(1); }));
    }
    EXPECT_TRUE(pool->stop(seconds(20)));
    EXPECT_EQ(ran.load(), 1000);
    const auto refused = pool->submit([] {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, sqlstates::cannot_connect_now);
}

TEST(executor, stop_drops_what_waits_past_the_deadline) {
    const auto pool = start({.threads_base = 1, .threads_max = 1});
    gate held;
    ASSERT_TRUE(pool->submit(held.holder()));
    ASSERT_TRUE(held.entered());
    const auto alive = std::make_shared<int>(0);
    bool ran = false;
    ASSERT_TRUE(pool->submit([alive, &ran] { ran = true; }));
    EXPECT_FALSE(pool->stop(milliseconds(1)));
    EXPECT_EQ(alive.use_count(), 1) << "the dropped task is destroyed";
    held.open();
    EXPECT_TRUE(eventually([&] { return pool->stats().threads == 0; }));
    EXPECT_FALSE(ran);
}

TEST(executor, counts_guests_among_the_running_and_keeps_to_threads_max) {
    auto pool = start({.threads_base = 1, .threads_max = 2});
    ASSERT_TRUE(pool->enter());
    ASSERT_TRUE(pool->enter());
    EXPECT_FALSE(pool->enter());
    EXPECT_EQ(pool->stats().running, 2U);
    std::promise<void> ran;
    ASSERT_TRUE(pool->submit([&] { ran.set_value(); }).has_value());
    auto seen = ran.get_future();
    EXPECT_EQ(seen.wait_for(milliseconds(20)), std::future_status::timeout) << "the guests hold all places";
    pool->leave();
    EXPECT_EQ(seen.wait_for(seconds(20)), std::future_status::ready);
    EXPECT_FALSE(pool->stop(milliseconds(1))) << "a guest is still there";
    EXPECT_FALSE(pool->enter()) << "stopped";
    pool->leave();
    EXPECT_TRUE(pool->stop(seconds(20)));
}

TEST(executor, names_its_threads) {
    const auto pool = start({.name = "engine", .threads_base = 1});
    std::promise<std::string> name;
    auto future = name.get_future();
    ASSERT_TRUE(pool->submit([&name] {
        std::array<char, 16> text{};
        ::pthread_getname_np(::pthread_self(), text.data(), text.size());
        name.set_value(text.data());
    }));
    EXPECT_TRUE(future.get().starts_with("engine-"));  // any number: a busy machine may have made it add a thread
}

TEST(executor, exposes_its_numbers) {
    metrics_registry registry;
    const auto pool = start({.threads_base = 2});
    pool->expose(registry);
    ASSERT_TRUE(pool->submit([] {}));
    ASSERT_TRUE(pool->stop(seconds(20)));
    EXPECT_NE(registry.text().find("sluice_executor_tasks_total 1\n"), std::string::npos) << registry.text();
}

// Fast, slow and bursty producers on a pool that grows and shrinks all the time: nothing is lost, nothing runs twice.
TEST(executor, loses_nothing_under_stress) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        constexpr unsigned producers = 4;
        constexpr unsigned tasks_each = 3000;
        const auto pool = start({.threads_base = 2,
                                 .threads_max = 6,
                                 .queue_max = 64,
                                 .spin = std::chrono::microseconds(seed == 2 ? 0 : 20),
                                 .grow_after = milliseconds(1),
                                 .idle_max = milliseconds(1)});
        std::vector<std::atomic<int>> runs(std::size_t{producers} * tasks_each);
        std::vector<std::thread> threads;
        threads.reserve(producers);
        for (unsigned p = 0; p < producers; ++p) {
            threads.emplace_back([&, p] {
                std::mt19937 random(seed * 100 + p);
                for (unsigned i = 0; i < tasks_each; ++i) {
                    const auto slot = p * tasks_each + i;
                    const auto temper = random() % 1000;
                    const auto work = [&runs, slot, temper] {
                        if (temper == 0) {
                            std::this_thread::sleep_for(milliseconds(3));  // as an engine call blocks
                        }
                        runs[slot].fetch_add(1);
                    };
                    while (!pool->submit(work)) {
                        std::this_thread::yield();
                    }
                    if (temper < 20) {
                        std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
                    }
                }
            });
        }
        for (auto& each : threads) {
            each.join();
        }
        EXPECT_TRUE(pool->stop(seconds(60)));
        for (const auto& each : runs) {
            ASSERT_EQ(each.load(), 1);
        }
        EXPECT_EQ(pool->stats().tasks_total, runs.size());
    }
}

}  // namespace
}  // namespace sluice::base
