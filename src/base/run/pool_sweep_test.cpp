// The items that a sweep closes, makes and reports; one thread, the test moves the time.
#include <gtest/gtest.h>
#include <optional>
#include <utility>
#include <vector>

#include "base/run/pool.hpp"
#include "base/run/pool_test_support.hpp"

namespace sluice::base {
namespace {

using namespace std::chrono_literals;

TEST(pool_sweep, keeps_size_min_and_closes_what_sat_idle_above_it) {
    workshop shop;
    things spare(shop.params({.size_min = 1, .size_max = 3, .idle_timeout = 1000ms}));
    EXPECT_EQ(shop.made, 0);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(spare.stats().idle, 1U);
    {
        const auto first = taken(spare);
        const auto second = taken(spare);
        auto third = taken(spare);
        third.park();
        shop.time.advance_ms(999);
        ASSERT_TRUE(spare.sweep());
        EXPECT_EQ(shop.live, 3);
        shop.time.advance_ms(1);
        ASSERT_TRUE(spare.sweep());
        EXPECT_EQ(shop.live, 2);  // the parked one
        EXPECT_FALSE(third.resume());
    }
    shop.time.advance_ms(1000);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(spare.stats().idle, 1U);
    EXPECT_EQ(shop.made, 3);
    EXPECT_EQ(shop.live, 1);
}

TEST(pool_sweep, makes_what_was_spoilt_below_size_min_and_tells_when_it_cannot) {
    workshop shop;
    things spare(shop.params({.size_min = 2, .size_max = 2}));
    ASSERT_TRUE(spare.sweep());
    taken(spare).spoil();
    shop.fails = true;
    const auto swept = spare.sweep();
    ASSERT_FALSE(swept);
    EXPECT_EQ(swept.error().code, sqlstates::io_error);
    EXPECT_EQ(spare.stats().size, 1U);
    shop.fails = false;
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(spare.stats().idle, 2U);
}

TEST(pool_sweep, what_is_too_old_is_closed_when_idle_and_when_it_comes_back) {
    workshop shop;
    things spare(shop.params({.size_min = 1, .size_max = 2, .lifetime_max = 1000ms, .lifetime_jitter = 0}));
    auto held = taken(spare);
    taken(spare).give_back();
    shop.time.advance_ms(999);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(shop.live, 2);
    shop.time.advance_ms(1);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(shop.live, 1);
    held.give_back();
    EXPECT_EQ(shop.live, 0);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(spare.stats().idle, 1U);
    auto young = taken(spare);
    EXPECT_EQ(number_of(young), 3);
}

// Each of 16 items draws its own lifetime, of at least half the maximum; another seed gives other draws.
TEST(pool_sweep, items_do_not_die_together) {
    auto deaths = [](std::uint64_t seed) {
        workshop shop;
        auto params = shop.params({.size_max = 16, .lifetime_max = 1000ms, .lifetime_jitter = 0.5});
        params.seed = seed;
        things spare(std::move(params));
        {
            std::vector<things::lease> all;
            for (int i = 0; i < 16; ++i) {
                all.push_back(taken(spare));
            }
        }
        std::vector<int> live;
        for (int step = 0; step < 20; ++step) {
            EXPECT_TRUE(spare.sweep());
            live.push_back(shop.live);
            shop.time.advance_ms(50);
        }
        EXPECT_EQ(live[9], 16);  // 450 ms
        EXPECT_LT(live[15], 16);
        EXPECT_GT(live[13], 0);
        EXPECT_TRUE(spare.sweep());
        EXPECT_EQ(shop.live, 0);  // 1000 ms
        return live;
    };
    EXPECT_EQ(deaths(1), deaths(1));
    EXPECT_NE(deaths(1), deaths(2));
}

TEST(pool_sweep, reports_a_leak_once_and_never_a_parked_one) {
    workshop shop;
    things spare(shop.params({.size_max = 3, .leak_after = 1000ms}));
    auto leaked = taken(spare, {.session_id = 7, .query_id = 1});
    leaked.name({.session_id = 7, .query_id = 2});
    auto parked = taken(spare);
    parked.park();
    auto quick = taken(spare);
    shop.time.advance_ms(999);
    ASSERT_TRUE(spare.sweep());
    quick.give_back();
    EXPECT_TRUE(shop.leaks.empty());
    shop.time.advance_ms(501);
    ASSERT_TRUE(spare.sweep());
    shop.time.advance_ms(5000);
    ASSERT_TRUE(spare.sweep());
    ASSERT_EQ(shop.leaks.size(), 1U);
    EXPECT_EQ(shop.leaks[0].first, (pool_holder{.session_id = 7, .query_id = 2}));
    EXPECT_EQ(shop.leaks[0].second, 1500ms);
    EXPECT_EQ(spare.stats().leaks_total, 1U);
    leaked.give_back();
    leaked = taken(spare);
    shop.time.advance_ms(1000);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(shop.leaks.size(), 2U);
}

TEST(pool_sweep, a_new_lifetime_counts_from_birth_and_keeps_the_jitter) {
    auto deaths = [](pool_limits at_first, std::optional<pool_limits> then) {
        workshop shop;
        things spare(shop.params(at_first));
        {
            std::vector<things::lease> all;
            for (int i = 0; i < 8; ++i) {
                all.push_back(taken(spare));
            }
        }
        shop.time.advance_ms(100);
        EXPECT_TRUE(spare.sweep());
        if (then) {
            spare.set_limits(*then);
        }
        std::vector<int> live;
        for (int step = 0; step < 20; ++step) {
            EXPECT_TRUE(spare.sweep());
            live.push_back(shop.live);
            shop.time.advance_ms(50);
        }
        return live;
    };
    const pool_limits none{.size_max = 8};
    const pool_limits one_second{.size_max = 8, .lifetime_max = 1000ms, .lifetime_jitter = 0.5};
    const auto always = deaths(one_second, {});
    EXPECT_EQ(always.front(), 8);
    EXPECT_EQ(always.back(), 0);
    EXPECT_EQ(deaths(none, one_second), always);
    EXPECT_EQ(deaths({.size_max = 8, .lifetime_max = 9000ms, .lifetime_jitter = 1}, one_second), always);
    EXPECT_EQ(deaths(one_second, none).back(), 8);
    EXPECT_EQ(deaths(none, pool_limits{.size_max = 8, .lifetime_max = 100ms, .lifetime_jitter = 0}).front(), 0);
}

TEST(pool_sweep, sees_to_limits_that_are_new) {
    workshop shop;
    things spare(shop.params({.size_max = 3}));
    auto held = taken(spare, {.session_id = 5});
    taken(spare).give_back();
    shop.time.advance_ms(1000);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(shop.live, 2);
    spare.set_limits({.size_max = 3, .idle_timeout = 1000ms, .leak_after = 1000ms});
    EXPECT_EQ(shop.live, 2);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(shop.live, 1);
    ASSERT_EQ(shop.leaks.size(), 1U);
    EXPECT_EQ(shop.leaks[0].first.session_id, 5U);
    spare.set_limits({.size_min = 3, .size_max = 3});
    EXPECT_EQ(shop.live, 1);
    ASSERT_TRUE(spare.sweep());
    EXPECT_EQ(shop.live, 3);
    EXPECT_EQ(spare.stats().idle, 2U);
}

}  // namespace
}  // namespace sluice::base
