// Live items and waiters when a pool's limits change.
#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/run/pool.hpp"
#include "base/run/pool_test_support.hpp"

namespace sluice::base {
namespace {

using namespace std::chrono_literals;

// Waiters without a thread; each notes its number when it is called.
class queue {
  public:
    queue(things& spare, int count) {
        for (int i = 0; i < count; ++i) {
            waiters_.push_back(std::make_unique<things::waiter>(spare, [this, i] {
                called.push_back(i);
                if (when_called) {
                    when_called();
                }
            }));
            auto at_once = waiters_.back()->begin({});
            EXPECT_TRUE(at_once && !at_once->has_value()) << i;
        }
    }
    [[nodiscard]] things::lease collect(std::size_t i) {
        auto granted = waiters_.at(i)->collect();
        return granted && granted->has_value() ? **std::move(granted) : things::lease();
    }

    std::vector<int> called;
    std::function<void()> when_called;

  private:
    std::vector<std::unique_ptr<things::waiter>> waiters_;
};

TEST(pool_limits, are_those_set_last) {
    workshop shop;
    things spare(shop.params({.size_min = 1, .size_max = 3, .lifetime_max = 7s}));
    EXPECT_EQ(spare.limits().size_max, 3U);
    EXPECT_EQ(spare.limits().lifetime_max, 7s);
    spare.set_limits({.size_max = 5, .idle_timeout = 2s});
    EXPECT_EQ(spare.limits().size_min, 0U);
    EXPECT_EQ(spare.limits().size_max, 5U);
    EXPECT_EQ(spare.limits().idle_timeout, 2s);
    EXPECT_EQ(spare.limits().lifetime_max, 0s);
}

TEST(pool_limits, more_places_go_to_who_waits_at_once_and_in_order) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queue waiting(spare, 4);
    spare.set_limits({.size_max = 3});
    EXPECT_EQ(waiting.called, (std::vector{0, 1}));
    EXPECT_EQ(spare.stats().waiting, 2U);
    EXPECT_FALSE(taken(spare));
    EXPECT_TRUE(waiting.collect(0));  // given back at once, so it goes to the next
    EXPECT_EQ(waiting.called, (std::vector{0, 1, 2}));
    EXPECT_EQ(shop.live_max, 2);
    spare.set_limits({.size_max = 9});
    EXPECT_EQ(waiting.called, (std::vector{0, 1, 2, 3}));
    EXPECT_EQ(spare.stats().size, 4U);
    EXPECT_TRUE(taken(spare));
}

// While the first waiter is called, the places of the other waiters are free; no new borrower may take them.
TEST(pool_limits, nobody_overtakes_those_who_are_about_to_be_served) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queue waiting(spare, 2);
    int overtook = 0;
    waiting.when_called = [&] { overtook += taken(spare) ? 1 : 0; };
    spare.set_limits({.size_max = 3});
    EXPECT_EQ(waiting.called.size(), 2U);
    EXPECT_EQ(overtook, 0);
}

TEST(pool_limits, items_beyond_a_smaller_size_go_those_idle_for_longest_first_then_those_parked_first) {
    workshop shop;
    things spare(shop.params({.size_max = 5}));
    auto held = taken(spare);
    auto parked_first = taken(spare);
    auto parked_last = taken(spare);
    {
        auto idle_first = taken(spare);
        auto idle_last = taken(spare);
        idle_first.give_back();
    }
    parked_first.park();
    parked_last.park();
    auto live = [&] {
        std::vector<std::uint64_t> ids;
        for (const auto& each : spare.list()) {
            ids.push_back(each.id);
        }
        return ids;
    };
    spare.set_limits({.size_max = 4});
    EXPECT_EQ(live(), (std::vector<std::uint64_t>{1, 2, 3, 5}));
    EXPECT_EQ(shop.live, 4);
    spare.set_limits({.size_max = 2});
    EXPECT_EQ(live(), (std::vector<std::uint64_t>{1, 3}));
    EXPECT_EQ(shop.live, 2);
    EXPECT_FALSE(parked_first.resume());
    EXPECT_TRUE(parked_last.resume());
    EXPECT_EQ(spare.stats().stolen_total, 0U);
}

TEST(pool_limits, items_on_loan_beyond_a_smaller_size_go_when_they_come_back) {
    workshop shop;
    things spare(shop.params({.size_max = 4}));
    auto first = taken(spare);
    auto second = taken(spare);
    auto third = taken(spare);
    auto fourth = taken(spare);
    spare.set_limits({.size_max = 1});
    EXPECT_EQ(shop.live, 4);
    EXPECT_FALSE(taken(spare));
    first.give_back();
    EXPECT_EQ(shop.live, 3);
    second.park();
    EXPECT_FALSE(second.is_parked());
    EXPECT_EQ(shop.live, 2);
    queue waiting(spare, 1);
    third.spoil();
    EXPECT_EQ(shop.live, 1);
    EXPECT_TRUE(waiting.called.empty());  // the place no longer exists
    fourth.give_back();
    EXPECT_EQ(waiting.called.size(), 1U);
    auto granted = waiting.collect(0);
    EXPECT_EQ(number_of(granted), 4);
    EXPECT_EQ(shop.made, 4);
}

TEST(pool_limits, an_item_that_was_made_for_a_place_that_is_no_more_goes_when_it_comes_back) {
    workshop shop;
    std::optional<things> spare;
    auto params = shop.params({.size_max = 2});
    params.make = [&, make = params.make] {
        if (shop.made == 1) {
            spare->set_limits({.size_max = 1});
        }
        return make();
    };
    spare.emplace(std::move(params));
    auto first = taken(*spare);
    auto second = taken(*spare);
    EXPECT_EQ(shop.live, 2);
    second.give_back();
    EXPECT_EQ(shop.live, 1);
    first.give_back();
    EXPECT_EQ(spare->stats().idle, 1U);
}

TEST(pool_limits, a_sweep_does_not_keep_what_it_made_for_a_place_that_is_no_more) {
    workshop shop;
    std::optional<things> spare;
    auto params = shop.params({.size_min = 2, .size_max = 2});
    params.make = [&, make = params.make] {
        spare->set_limits({.size_max = 1});
        return make();
    };
    spare.emplace(std::move(params));
    auto held = taken(*spare);
    spare->set_limits({.size_min = 2, .size_max = 2});
    EXPECT_TRUE(spare->sweep());
    EXPECT_EQ(shop.made, 2);
    EXPECT_EQ(shop.live, 1);
    EXPECT_EQ(spare->stats().idle, 0U);
}

// Two are on loan, one is allowed. While the first returned item is destroyed the other comes back, too, and may stay.
TEST(pool_limits, what_is_about_to_go_is_not_counted_against_others) {
    struct last_words {
        std::function<void()> say;
        explicit last_words(std::function<void()> say) : say(std::move(say)) {}
        last_words(const last_words&) = delete;
        last_words& operator=(const last_words&) = delete;
        ~last_words() { say(); }
    };
    using speaker = std::unique_ptr<last_words>;
    pool<speaker>::lease other;
    pool<speaker> spare(
        {.limits = {.size_max = 2},
         .make = [&]() -> result<speaker> { return std::make_unique<last_words>([&] { other.give_back(); }); },
         .check = {},
         .on_leak = {}});
    auto first = std::move(**spare.try_acquire({}));
    other = std::move(**spare.try_acquire({}));
    spare.set_limits({.size_max = 1});
    first.give_back();
    EXPECT_EQ(spare.stats().idle, 1U);
    EXPECT_EQ(spare.stats().size, 1U);
    EXPECT_EQ(spare.stats().closed_total, 1U);
}

TEST(pool_limits, fewer_may_wait_but_who_waits_already_is_not_sent_away) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    const queue waiting(spare, 2);
    spare.set_limits({.size_max = 1, .waiters_max = 1});
    EXPECT_EQ(spare.stats().waiting, 2U);
    const auto refused = spare.acquire({}, 1ms);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "no connection is free, and 2 others wait for one already");
}

TEST(pool_limits, may_be_set_when_the_pool_has_stopped) {
    workshop shop;
    things spare(shop.params({.size_min = 1, .size_max = 1}));
    auto held = taken(spare);
    spare.stop();
    spare.set_limits({.size_min = 2, .size_max = 9});
    ASSERT_TRUE(spare.sweep());
    held.give_back();
    EXPECT_EQ(shop.live, 0);
}

// The size changes under twelve threads that wait for each other: no waiter is forgotten, and the last size holds.
TEST(pool_limits, change_under_many_threads) {
    workshop shop;
    auto params = shop.params({.size_max = 2});
    params.time = &system_clock();
    things spare(std::move(params));
    std::atomic<int> clashes = 0;
    std::atomic<int> refused = 0;
    std::atomic<int> busy = 12;
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 12; ++i) {
            crowd.emplace_back([&, i] {
                for (int turn = 0; turn < 400; ++turn) {
                    auto lease = spare.acquire({}, 5min);
                    if (!lease) {
                        ++refused;
                        continue;
                    }
                    clashes += (**lease)->users++ != 0 ? 1 : 0;
                    std::this_thread::yield();
                    (**lease)->users--;
                    if ((turn + i) % 3 == 0) {
                        lease->park();
                        std::this_thread::yield();
                        (void)lease->resume();
                    }
                }
                --busy;
            });
        }
        for (std::size_t size = 1; busy != 0; size = size % 6 + 1) {
            spare.set_limits({.size_min = size / 2, .size_max = size});
            EXPECT_TRUE(spare.sweep());
            std::this_thread::yield();
        }
    }
    EXPECT_EQ(refused, 0);
    EXPECT_EQ(clashes, 0);
    EXPECT_LE(shop.live_max, 6);
    spare.set_limits({.size_max = 1});
    EXPECT_LE(shop.live, 1);
    EXPECT_EQ(spare.stats().waiting, 0U);
    EXPECT_EQ(spare.stats().on_loan, 0U);
}

TEST(pool_death, limits_that_contradict_each_other_are_not_set) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    EXPECT_DEATH(spare.set_limits({.size_min = 2, .size_max = 1}), "size_min");
    EXPECT_DEATH(spare.set_limits({.size_max = 0}), "size_max");
}

}  // namespace
}  // namespace sluice::base
