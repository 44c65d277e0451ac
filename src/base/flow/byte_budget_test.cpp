#include "base/flow/byte_budget.hpp"

#include <atomic>
#include <deque>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/core/test_event.hpp"
#include "base/flow/buffer_pool.hpp"
#include "base/flow/pooled_buffer.hpp"
#include "base/observe/metrics.hpp"

namespace sluice::base {
namespace {

// An account that counts its calls, and writes its name into a common log.
struct queue {
    queue(byte_budget& budget, std::string name = {}, std::vector<std::string>* log = nullptr)
        : name(std::move(name)), log(log), account(budget, [this] {
              ++called;
              if (this->log != nullptr) {
                  this->log->push_back(this->name);
              }
          }) {}
    queue(const queue&) = delete;
    queue& operator=(const queue&) = delete;
    ~queue() { account.subtract(account.held()); }

    [[nodiscard]] bool must_wait() { return account.must_wait(account.held() == 0); }

    int called = 0;
    std::string name;
    std::vector<std::string>* log;
    byte_budget::account account;
};

// 800 bytes in steps of 10; 100 of them, the last eighth, are for empty queues.
constexpr byte_budget_params small{.bytes_max = 800, .step_bytes = 10, .queue_bytes_max = 70};

TEST(byte_budget, counts_what_is_held) {
    byte_budget budget(small);
    queue one(budget);
    queue other(budget);
    one.account.add(30);
    other.account.add(50);
    other.account.subtract(10);
    EXPECT_EQ(budget.used(), 70U);
    EXPECT_EQ(one.account.held(), 30U);
    EXPECT_EQ(budget.largest(), 40U);
}

TEST(byte_budget, a_queue_grows_up_to_the_square_of_the_share_that_is_free) {
    byte_budget budget(small);
    queue only(budget);
    while (!only.must_wait()) {
        only.account.add(10);
    }
    EXPECT_EQ(only.account.held(), 60U);  // 50 < 70 (650 / 700)^2 = 60.4, but 60 > 70 (640 / 700)^2 = 58.5
}

TEST(byte_budget, stalled_queues_leave_a_share_for_the_next) {
    byte_budget budget(small);
    std::deque<queue> stalled;
    for (int i = 0; i < 30; ++i) {
        queue& next = stalled.emplace_back(budget);
        while (!next.must_wait()) {
            next.account.add(10);
        }
    }
    EXPECT_EQ(stalled[1].account.held(), 50U);   // 40 < 70 (600 / 700)^2 = 51.4, 50 > 70 (590 / 700)^2 = 49.7
    EXPECT_EQ(stalled[3].account.held(), 40U);   // 30 < 70 (510 / 700)^2 = 37.2, 40 > 70 (500 / 700)^2 = 35.7
    EXPECT_EQ(stalled[29].account.held(), 10U);  // every queue may have one step
    EXPECT_EQ(budget.used(), 600U);
    queue fast(budget);
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(fast.must_wait());
        fast.account.add(10);
        fast.account.subtract(10);
    }
}

TEST(byte_budget, empty_queues_may_use_the_reserve_but_never_pass_the_limit) {
    byte_budget budget(small);
    queue large(budget);
    queue other(budget);
    other.account.add(1);
    large.account.add(689);
    EXPECT_TRUE(other.must_wait());
    other.account.subtract(1);
    EXPECT_EQ(other.called, 1) << "it has become empty";
    other.account.give_up_grant();
    EXPECT_FALSE(other.must_wait());
    large.account.add(102);
    EXPECT_TRUE(other.must_wait());
    large.account.subtract(1);
    EXPECT_EQ(other.called, 2) << "790 are taken and 10 are free";
}

TEST(byte_budget, calls_once_when_there_is_room_and_reserves_it) {
    byte_budget budget(small);
    queue holder(budget);
    queue waiting(budget);
    holder.account.add(800);
    EXPECT_TRUE(waiting.must_wait());
    EXPECT_TRUE(waiting.must_wait()) << "asking again changes nothing";
    EXPECT_EQ(budget.waiting(), 1U);
    holder.account.subtract(9);
    EXPECT_EQ(waiting.called, 0);
    holder.account.subtract(1);
    EXPECT_EQ(waiting.called, 1);
    EXPECT_EQ(budget.used(), 800U) << "ten are reserved";
    EXPECT_FALSE(waiting.must_wait());
    waiting.account.add(10);
    EXPECT_EQ(budget.used(), 800U);
    EXPECT_TRUE(waiting.must_wait());
    holder.account.subtract(500);
    EXPECT_EQ(waiting.called, 2);
    holder.account.subtract(200);
    EXPECT_EQ(waiting.called, 2);
}

TEST(byte_budget, more_than_was_reserved_is_counted_and_less_is_given_back) {
    byte_budget budget(small);
    queue holder(budget);
    queue waiting(budget);
    const queue next(budget);
    for (const std::size_t taken : {25U, 4U}) {
        holder.account.add(800);
        ASSERT_TRUE(waiting.must_wait());
        holder.account.subtract(10);
        waiting.account.add(taken);
        EXPECT_EQ(budget.used(), 790U + taken);
        waiting.account.subtract(taken);
        holder.account.subtract(790);
        EXPECT_EQ(budget.used(), 0U);
    }
}

TEST(byte_budget, calls_first_in_first_out_and_only_as_many_as_find_room) {
    byte_budget budget(small);
    std::vector<std::string> log;
    queue holder(budget);
    holder.account.add(800);
    std::deque<queue> waiting;
    for (const char* name : {"a", "b", "c", "d"}) {
        EXPECT_TRUE(waiting.emplace_back(budget, name, &log).must_wait());
    }
    holder.account.subtract(25);
    EXPECT_EQ(log, (std::vector<std::string>{"a", "b"}));
    holder.account.subtract(5);
    EXPECT_EQ(log, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(byte_budget, passes_over_a_queue_that_is_still_too_long) {
    byte_budget budget(small);
    std::vector<std::string> log;
    queue holder(budget);
    queue longer(budget, "long", &log);
    queue empty(budget, "empty", &log);
    holder.account.add(600);
    longer.account.add(200);
    EXPECT_TRUE(longer.must_wait());
    EXPECT_TRUE(empty.must_wait());
    holder.account.subtract(50);
    EXPECT_EQ(log, std::vector<std::string>{"empty"});
    longer.account.subtract(150);  // its own client has read
    EXPECT_EQ(log.size(), 1U);
    holder.account.subtract(540);  // 70 are used: 50 < 70 (630 / 700)^2 = 56.7
    EXPECT_EQ(log, (std::vector<std::string>{"empty", "long"}));
}

TEST(byte_budget, a_grant_that_is_not_used_goes_to_the_next) {
    byte_budget budget(small);
    std::vector<std::string> log;
    queue holder(budget);
    holder.account.add(800);
    queue first(budget, "first", &log);
    queue second(budget, "second", &log);
    EXPECT_TRUE(first.must_wait());
    EXPECT_TRUE(second.must_wait());
    holder.account.subtract(10);
    EXPECT_EQ(log, std::vector<std::string>{"first"});
    first.account.give_up_grant();
    EXPECT_EQ(log, (std::vector<std::string>{"first", "second"}));
    first.account.give_up_grant();
    EXPECT_EQ(budget.used(), 800U);
}

TEST(byte_budget, an_account_that_ends_leaves_no_trace) {
    byte_budget budget(small);
    queue holder(budget);
    holder.account.add(800);
    std::vector<std::string> log;
    auto queued = std::make_unique<queue>(budget, "queued", &log);
    auto granted = std::make_unique<queue>(budget, "granted", &log);
    auto last = std::make_unique<queue>(budget, "last", &log);
    EXPECT_TRUE(granted->must_wait());
    EXPECT_TRUE(queued->must_wait());
    EXPECT_TRUE(last->must_wait());
    holder.account.subtract(10);
    queued.reset();
    EXPECT_EQ(budget.waiting(), 1U);
    granted.reset();
    EXPECT_EQ(log, (std::vector<std::string>{"granted", "last"}));
    last.reset();
    EXPECT_EQ(budget.used(), 790U);
    EXPECT_EQ(budget.largest(), 790U);
}

TEST(byte_budget, the_owner_lives_until_it_was_called) {
    byte_budget budget(small);
    queue holder(budget);
    holder.account.add(800);
    auto owner = std::make_shared<int>();
    const std::weak_ptr<int> watched = owner;
    bool alive_when_called = false;
    {
        byte_budget::account waiting(
            budget, [&] { alive_when_called = !watched.expired(); }, [&] { return std::exchange(owner, nullptr); });
        EXPECT_TRUE(waiting.must_wait(true));
        EXPECT_FALSE(watched.expired());
        holder.account.subtract(10);
        EXPECT_TRUE(alive_when_called);
        EXPECT_TRUE(watched.expired());
    }
    EXPECT_EQ(budget.used(), 790U);
}

TEST(byte_budget, exposes_its_numbers) {
    metrics_registry registry;
    byte_budget budget(small);
    budget.expose(registry);
    queue one(budget);
    queue other(budget);
    one.account.add(600);
    other.account.add(90);
    EXPECT_TRUE(other.must_wait() && one.must_wait());
    for (const char* line : {"sluice_session_buffered_bytes 690\n", "sluice_session_buffered_bytes_max 600\n",
                             "sluice_buffered_bytes_limit 800\n", "sluice_streaming_budget_waits_total 2\n"}) {
        EXPECT_NE(registry.text().find(line), std::string::npos) << line << registry.text();
    }
}

TEST(pooled_buffer, counts_its_capacity_and_goes_back) {
    buffer_pool pool({.buffer_size_bytes = 100, .kept_max = 4});
    byte_budget budget(small);
    queue owner(budget);
    {
        pooled_buffer buffer(pool, owner.account);
        EXPECT_EQ(owner.account.held(), 100U);
        buffer.bytes().append(std::string(130, 'x'));
        buffer.recount();
        EXPECT_EQ(owner.account.held(), buffer.bytes().capacity());
        pooled_buffer moved = std::move(buffer);
        EXPECT_TRUE(moved.lent());
        moved = pooled_buffer();
        EXPECT_EQ(owner.account.held(), 0U);
        EXPECT_EQ(pool.stats().kept, 1U);
        const pooled_buffer nobodys{byte_buffer(50)};
        EXPECT_FALSE(nobodys.lent());
    }
    EXPECT_EQ(budget.used(), 0U);
}

// Room comes back once, just while an account asks for it: the account either sees it or is called.
TEST(byte_budget, sees_or_is_told_of_room_that_comes_while_it_asks) {
    constexpr int rounds = 100'000;
    byte_budget budget(small);
    event room;
    byte_budget::account asking(budget, [&room] { room.set(); });
    byte_budget::account holding(budget, [] {});
    std::atomic<int> round{0};
    std::atomic<int> answered{0};
    std::thread giver([&] {
        for (int i = 1; i <= rounds; ++i) {
            while (round.load() != i) {
                std::this_thread::yield();
            }
            holding.subtract(800);
            while (answered.load() != i) {
                std::this_thread::yield();
            }
        }
    });
    bool told = true;
    for (int i = 1; i <= rounds; ++i) {
        holding.add(800);
        round.store(i);
        for (volatile int spin = 0; spin < i % 64; spin = spin + 1) {  // so that the threads meet at different places
        }
        if (told && asking.must_wait(true)) {
            told = room.wait();
        }
        while (budget.used() >= 800) {
            std::this_thread::yield();
        }
        asking.give_up_grant();
        answered.store(i);
    }
    giver.join();
    EXPECT_TRUE(told);
}

// Producers that sleep whenever they must wait, each with a consumer, and some that stall in between: no wake-up may be
// lost and the limit must hold, except for one step of each producer that was just let through.
TEST(byte_budget, loses_no_wake_up_under_stress) {
    constexpr std::size_t producers = 6;
    constexpr std::size_t steps_each = 20'000;
    constexpr std::size_t step = 10;
    for (const unsigned seed : {21U, 22U, 23U}) {
        byte_budget budget({.bytes_max = 8 * step, .step_bytes = step, .queue_bytes_max = 3 * step});
        std::atomic<bool> woken{true};
        std::atomic<std::size_t> most{0};
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < producers; ++i) {
            threads.emplace_back([&, i] {
                std::mt19937 random(seed * 100 + static_cast<unsigned>(i));
                event room;
                byte_budget::account mine(budget, [&room] { room.set(); });
                std::atomic<std::size_t> produced{0};
                std::atomic<bool> done{false};
                std::thread consumer([&] {
                    std::size_t consumed = 0;
                    while (!done.load() || consumed != produced.load()) {
                        if (consumed == produced.load()) {
                            std::this_thread::yield();
                            continue;
                        }
                        ++consumed;
                        mine.subtract(step);
                    }
                });
                for (std::size_t n = 0; n < steps_each && woken.load(); ++n) {
                    while (mine.must_wait(mine.held() == 0)) {
                        if (!room.wait()) {
                            woken.store(false);
                            break;
                        }
                    }
                    if (random() % 16 == 0) {
                        mine.leave_queue();
                        mine.give_up_grant();
                        continue;
                    }
                    mine.add(step);
                    produced.fetch_add(1);
                    auto seen = most.load();
                    const auto now = budget.used();
                    while (seen < now && !most.compare_exchange_weak(seen, now)) {
                    }
                }
                done.store(true);
                consumer.join();
                mine.leave_queue();
                mine.give_up_grant();
            });
        }
        for (auto& each : threads) {
            each.join();
        }
        EXPECT_TRUE(woken.load());
        EXPECT_EQ(budget.used(), 0U);
        EXPECT_LE(most.load(), (8 + producers) * step);
    }
}

}  // namespace
}  // namespace sluice::base
