// Many threads at one pool: no two share an item and no waiter is forgotten, whatever ends a wait at the same moment.
#include <array>
#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "base/core/test_event.hpp"
#include "base/run/pool.hpp"
#include "base/run/pool_test_support.hpp"

namespace sluice::base {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::minutes long_enough{5};

// Many threads read its clock, so it is the real one.
pool_params<thing> real_time(workshop& shop, pool_limits limits) {
    auto params = shop.params(limits);
    params.time = &system_clock();
    return params;
}

// The test fails if two threads use the item at once.
class sole_use {
  public:
    sole_use(things::lease& lease, std::atomic<int>& clashes) : users_((*lease)->users) {
        if (users_.fetch_add(1) != 0) {
            ++clashes;
        }
    }
    ~sole_use() { users_.fetch_sub(1); }
    sole_use(const sole_use&) = delete;
    sole_use& operator=(const sole_use&) = delete;

  private:
    std::atomic<int>& users_;
};

// Waits, up to a deadline, for a state that another thread reaches.
template <typename Condition>
bool eventually(Condition&& reached) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!reached()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

TEST(pool_threads, sixteen_hand_over_three) {
    workshop shop;
    std::atomic<int> clashes = 0;
    std::atomic<int> failures = 0;
    {
        things spare(real_time(shop, {.size_max = 3}));
        {  // makes all three items, even if the threads run one after the other
            const auto one = taken(spare);
            const auto two = taken(spare);
            const auto three = taken(spare);
        }
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 16; ++i) {
            crowd.emplace_back([&] {
                for (int round = 0; round < 300; ++round) {
                    auto lease = spare.acquire({}, long_enough);
                    if (!lease) {
                        ++failures;
                        continue;
                    }
                    const sole_use mine(*lease, clashes);
                    std::this_thread::yield();
                }
            });
        }
        crowd.clear();
        EXPECT_EQ(spare.stats().on_loan, 0U);
        EXPECT_EQ(spare.stats().idle, 3U);
        EXPECT_EQ(spare.stats().waiting, 0U);
    }
    EXPECT_EQ(clashes, 0);
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(shop.live_max, 3);
    EXPECT_EQ(shop.live, 0);
}

TEST(pool_threads, threads_are_served_in_the_order_in_which_they_came) {
    workshop shop;
    things spare(real_time(shop, {.size_max = 1}));
    auto held = taken(spare);
    std::vector<int> order;  // written by the holder of the only item
    std::vector<std::jthread> crowd;
    for (int i = 0; i < 8; ++i) {
        crowd.emplace_back([&, i] {
            const auto lease = spare.acquire({}, long_enough);
            EXPECT_TRUE(lease);
            order.push_back(i);
        });
        ASSERT_TRUE(eventually([&] { return spare.stats().waiting == static_cast<std::size_t>(i) + 1; }));
    }
    held.give_back();
    crowd.clear();
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(pool_threads, makes_that_fail_wake_every_waiter) {
    workshop shop;
    things spare(real_time(shop, {.size_max = 1}));
    auto held = taken(spare);
    std::atomic<int> told = 0;
    std::vector<std::jthread> crowd;
    for (int i = 0; i < 8; ++i) {
        crowd.emplace_back([&] {
            const auto lease = spare.acquire({}, long_enough);
            told += !lease && lease.error().code == sqlstates::io_error ? 1 : 0;
        });
    }
    ASSERT_TRUE(eventually([&] { return spare.stats().waiting == 8; }));
    shop.fails = true;
    held.spoil();
    crowd.clear();
    EXPECT_EQ(told, 8);
    EXPECT_EQ(spare.stats().size, 0U);
}

TEST(pool_threads, stop_wakes_every_waiter) {
    workshop shop;
    things spare(real_time(shop, {.size_max = 1}));
    auto held = taken(spare);
    std::atomic<int> told = 0;
    std::vector<std::jthread> crowd;
    for (int i = 0; i < 8; ++i) {
        crowd.emplace_back([&] {
            const auto lease = spare.acquire({}, long_enough);
            told += !lease && lease.error().code == sqlstates::cannot_connect_now ? 1 : 0;
        });
    }
    ASSERT_TRUE(eventually([&] { return spare.stats().waiting == 8; }));
    spare.stop();
    crowd.clear();
    EXPECT_EQ(told, 8);
}

// Timeouts from none to short, cancels at any time: each wait ends in one way, and no item is lost by it.
TEST(pool_threads, waits_that_end_while_they_are_served_lose_nothing) {
    workshop shop;
    std::atomic<int> clashes = 0;
    std::atomic<int> wrong = 0;
    std::array<cancel_token, 12> tokens;
    things spare(real_time(shop, {.size_max = 2}));
    {
        std::atomic<bool> ends = false;
        const std::jthread canceller([&] {
            for (std::size_t i = 0; !ends; ++i) {
                tokens.at(i % tokens.size()).request(cancel_reason::user);
                std::this_thread::yield();
            }
        });
        std::vector<std::jthread> crowd;
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            crowd.emplace_back([&, i] {
                std::minstd_rand random(static_cast<unsigned>(i) + 1);
                for (int round = 0; round < 200; ++round) {
                    tokens.at(i).reset();
                    auto lease = spare.acquire({}, std::chrono::milliseconds(random() % 2), &tokens.at(i));
                    if (lease) {
                        const sole_use mine(*lease, clashes);
                        std::this_thread::yield();
                    } else if (lease.error().code != sqlstates::too_many_connections &&
                               lease.error().code != sqlstates::query_canceled) {
                        ++wrong;
                    }
                }
            });
        }
        crowd.clear();
        ends = true;
    }
    EXPECT_EQ(clashes, 0);
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(spare.stats().waiting, 0U);
    EXPECT_EQ(spare.stats().on_loan, 0U);
    EXPECT_EQ(spare.stats().idle, spare.stats().size);
}

// Parked items change hands while their borrowers resume them, and some are swept away or spoilt.
TEST(pool_threads, parked_items_have_one_borrower) {
    workshop shop;
    std::atomic<int> clashes = 0;
    std::atomic<int> resumed = 0;
    std::atomic<int> lost = 0;
    things spare(real_time(shop, {.size_min = 1, .size_max = 3, .idle_timeout = 1ms}));
    {
        std::atomic<bool> ends = false;
        const std::jthread sweeper([&] {
            while (!ends) {
                EXPECT_TRUE(spare.sweep());
                EXPECT_LE(spare.list().size(), 3U);
                std::this_thread::yield();
            }
        });
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 4; ++i) {
            crowd.emplace_back([&, i] {
                things::lease lease;
                for (int round = 0; round < 300; ++round) {
                    if (lease.is_parked()) {
                        const int number = lease.resume() ? (*lease)->number : 0;
                        ++(number != 0 ? resumed : lost);
                    } else if (round != 0) {
                        ++lost;
                    }
                    if (!lease) {
                        lease = *spare.acquire({}, long_enough);
                    }
                    {
                        const sole_use mine(lease, clashes);
                        std::this_thread::yield();
                    }
                    (round + i) % 10 == 0 ? lease.spoil() : lease.park();
                    std::this_thread::yield();
                }
            });
        }
        crowd.clear();
        ends = true;
    }
    EXPECT_EQ(clashes, 0);
    EXPECT_EQ(resumed + lost, 4 * 299);
    EXPECT_LE(shop.live_max, 3);
    EXPECT_EQ(spare.stats().on_loan, 0U);
}

// Sessions without threads: they are called from the threads that give back, collect on others, leave at any time, and
// die while they are being called.
TEST(pool_threads, waiters_leave_and_die_while_they_are_called) {
    workshop shop;
    std::atomic<int> called = 0;
    things spare(real_time(shop, {.size_max = 2}));
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 8; ++i) {
            crowd.emplace_back([&, i] {
                std::minstd_rand random(static_cast<unsigned>(i) + 1);
                for (int round = 0; round < 200; ++round) {
                    auto ready = std::make_unique<event>();  // dies with the waiter: a late call would access it
                    things::waiter waiter(spare, [&] {
                        ++called;
                        ready->set();
                    });
                    auto at_once = waiter.begin({});
                    if (at_once && at_once->has_value()) {
                        std::this_thread::yield();
                        continue;
                    }
                    if (random() % 4 == 0) {
                        waiter.leave();
                        continue;
                    }
                    EXPECT_TRUE(ready->wait());
                    if (random() % 4 != 0) {
                        auto lease = waiter.collect();
                        EXPECT_TRUE(lease && lease->has_value());
                    }
                }
            });
        }
    }
    EXPECT_GT(called, 0);
    EXPECT_EQ(spare.stats().waiting, 0U);
    EXPECT_EQ(spare.stats().on_loan, 0U);
    EXPECT_EQ(spare.stats().idle, 2U);
}

// leave() returns only after a running on_ready has.
TEST(pool_threads, a_waiter_that_leaves_is_not_called_any_more) {
    workshop shop;
    things spare(real_time(shop, {.size_max = 1}));
    auto held = taken(spare);
    event entered;
    event leaving;
    std::atomic<bool> returned = false;
    things::waiter waiter(spare, [&] {
        entered.set();
        EXPECT_TRUE(leaving.wait());
        for (int i = 0; i < 1000; ++i) {  // enough time for a leave() that does not wait
            std::this_thread::yield();
        }
        returned = true;
    });
    ASSERT_FALSE(waiter.begin({}).value().has_value());
    const std::jthread giver([&] { held.give_back(); });
    ASSERT_TRUE(entered.wait());
    leaving.set();
    waiter.leave();
    EXPECT_TRUE(returned);
    EXPECT_EQ(spare.stats().idle, 1U);
}

}  // namespace
}  // namespace sluice::base
