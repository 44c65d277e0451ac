// Which item a borrower gets, and when it is destroyed; one thread, time stands still.
#include "base/run/pool.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/run/pool_test_support.hpp"

namespace sluice::base {
namespace {

using namespace std::chrono_literals;

TEST(pool, what_was_given_back_last_is_lent_first) {
    workshop shop;
    things spare(shop.params({.size_max = 2}));
    auto first = taken(spare);
    auto second = taken(spare);
    EXPECT_EQ(spare.stats().on_loan, 2U);
    first.give_back();
    second.give_back();
    EXPECT_EQ(spare.stats().idle, 2U);
    auto again = taken(spare);
    EXPECT_EQ(number_of(again), 2);
    EXPECT_EQ(shop.made, 2);
}

TEST(pool, nothing_is_lent_beyond_size_max) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto only = taken(spare);
    auto none = spare.try_acquire({});
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->has_value());
    EXPECT_EQ(shop.live_max, 1);
    EXPECT_EQ(spare.stats().size, 1U);
}

TEST(pool, a_moved_lease_is_given_back_once) {
    workshop shop;
    things spare(shop.params({.size_max = 2}));
    {
        auto lease = taken(spare);
        things::lease other = std::move(lease);
        things::lease third = taken(spare);
        third = std::move(other);
        EXPECT_TRUE(third);
        EXPECT_EQ(spare.stats().idle, 1U);
    }
    EXPECT_EQ(spare.stats().idle, 2U);
    EXPECT_EQ(spare.stats().on_loan, 0U);
}

TEST(pool, a_spoilt_item_is_destroyed_and_its_place_is_free) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto lease = taken(spare);
    lease.spoil();
    EXPECT_FALSE(lease);
    EXPECT_EQ(shop.live, 0);
    EXPECT_EQ(spare.stats().size, 0U);
    EXPECT_EQ(spare.stats().closed_total, 1U);
    auto next = taken(spare);
    EXPECT_EQ(number_of(next), 2);
}

TEST(pool, an_ill_item_is_not_lent_again) {
    workshop shop;
    shop.ill = {1, 2};
    things spare(shop.params({.size_max = 1}));
    taken(spare).give_back();
    EXPECT_EQ(shop.live, 0);
    auto parked = taken(spare);
    parked.park();
    EXPECT_FALSE(parked.is_parked());
    EXPECT_FALSE(parked.resume());
    EXPECT_EQ(shop.live, 0);
    EXPECT_EQ(spare.stats().unhealthy_total, 2U);
    taken(spare).give_back();
    EXPECT_EQ(spare.stats().idle, 1U);
}

TEST(pool, a_failed_make_is_the_borrowers_error_and_no_loan) {
    workshop shop;
    shop.fails = true;
    things spare(shop.params({.size_max = 1}));
    const auto lease = spare.acquire({}, 0ms);
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().code, sqlstates::io_error);
    EXPECT_EQ(spare.stats().size, 0U);
    shop.fails = false;
    EXPECT_TRUE(taken(spare));
}

TEST(pool, a_parked_item_is_the_same_when_it_is_resumed) {
    workshop shop;
    things spare(shop.params({.size_max = 2}));
    auto lease = taken(spare);
    lease.park();
    EXPECT_TRUE(lease.is_parked());
    EXPECT_FALSE(lease);
    EXPECT_EQ(spare.stats().parked, 1U);
    EXPECT_EQ(spare.stats().idle, 1U);
    EXPECT_EQ(spare.stats().on_loan, 0U);
    EXPECT_TRUE(lease.resume());
    EXPECT_EQ(number_of(lease), 1);
    EXPECT_TRUE(lease.resume());  // it was in use all along
    EXPECT_EQ(spare.stats().on_loan, 1U);
}

TEST(pool, parked_items_are_taken_last_and_those_parked_first_before_others) {
    workshop shop;
    things spare(shop.params({.size_max = 4}));
    auto first = taken(spare);
    auto second = taken(spare);
    auto third = taken(spare);
    second.park();
    first.park();
    third.give_back();
    auto a = taken(spare);  // idle
    auto b = taken(spare);  // new
    auto c = taken(spare);  // parked first
    EXPECT_EQ(number_of(a), 3);
    EXPECT_EQ(number_of(b), 4);
    EXPECT_EQ(number_of(c), 2);
    EXPECT_EQ(spare.stats().stolen_total, 1U);
    EXPECT_FALSE(second.resume());
    EXPECT_FALSE(second.is_parked());
    EXPECT_TRUE(first.resume());
}

TEST(pool, a_stolen_item_does_not_come_back_by_being_parked_again) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto loser = taken(spare);
    loser.park();
    auto thief = taken(spare);
    thief.park();
    EXPECT_FALSE(loser.resume());
    EXPECT_TRUE(thief.resume());
}

TEST(pool, a_parked_lease_gives_its_item_back_or_nothing) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    {
        auto lease = taken(spare);
        lease.park();
    }
    EXPECT_EQ(spare.stats().idle, 1U);
    EXPECT_EQ(spare.stats().parked, 0U);
    auto lease = taken(spare);
    lease.park();
    auto thief = taken(spare);
    lease.give_back();
    EXPECT_EQ(number_of(thief), 1);
    EXPECT_EQ(spare.stats().on_loan, 1U);
    thief.park();
    thief.spoil();
    EXPECT_EQ(shop.live, 0);
}

TEST(pool_view, each_item_is_listed_with_what_it_does) {
    workshop shop;
    things spare(shop.params({.size_max = 5}));
    std::vector<things::lease> all;
    for (std::uint64_t i = 1; i <= 5; ++i) {
        all.push_back(taken(spare, {.session_id = i, .query_id = 10 * i}));
    }
    all[1].note(pool_state::streaming);
    all[2].note(pool_state::held);
    all[3].park();
    all[4].give_back();
    shop.time.advance_ms(250);
    std::string lines;
    for (const auto& each : spare.list()) {
        lines += std::to_string(each.id) + " " + std::to_string(static_cast<int>(each.state)) + " " +
                 std::to_string(each.holder.session_id) + "/" + std::to_string(each.holder.query_id) + " " +
                 std::to_string(each.held.count()) + " " + std::to_string(each.age.count()) + "\n";
    }
    // making 0, idle 1, parked 2, held 3, executing 4, streaming 5
    EXPECT_EQ(lines,
              "1 4 1/10 250 250\n"
              "2 5 2/20 250 250\n"
              "3 3 3/30 250 250\n"
              "4 2 4/40 0 250\n"
              "5 1 0/0 0 250\n");
    const auto now = spare.stats();
    EXPECT_EQ(now.size, 5U);
    EXPECT_EQ(now.executing, 1U);
    EXPECT_EQ(now.streaming, 1U);
    EXPECT_EQ(now.on_loan, 3U);
    EXPECT_EQ(now.idle, 2U);
    EXPECT_EQ(now.parked, 1U);
    EXPECT_EQ(now.made_total, 5U);
}

TEST(pool_view, a_resumed_item_executes_and_is_held_since_then) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto lease = taken(spare);
    lease.note(pool_state::streaming);
    lease.park();
    shop.time.advance_ms(500);
    ASSERT_TRUE(spare.sweep());
    ASSERT_TRUE(lease.resume());
    shop.time.advance_ms(20);
    const auto line = spare.list().at(0);
    EXPECT_EQ(line.state, pool_state::executing);
    EXPECT_EQ(line.held, 20ms);
    EXPECT_EQ(line.age, 520ms);
}

TEST(pool_stop, destroys_what_is_idle_at_once_and_the_rest_when_it_comes_back) {
    workshop shop;
    things spare(shop.params({.size_min = 1, .size_max = 3}));
    auto held = taken(spare);
    auto parked = taken(spare);
    taken(spare).give_back();
    parked.park();
    EXPECT_EQ(shop.live, 3);
    spare.stop();
    EXPECT_EQ(shop.live, 1);
    EXPECT_FALSE(parked.resume());
    const auto refused = spare.acquire({}, 0ms);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, sqlstates::cannot_connect_now);
    EXPECT_FALSE(spare.try_acquire({}));
    EXPECT_TRUE(spare.sweep());
    EXPECT_EQ(number_of(held), 1);
    held.park();
    EXPECT_FALSE(held.is_parked());
    EXPECT_EQ(shop.live, 0);
    EXPECT_EQ(spare.stats().size, 0U);
}

TEST(pool_death, a_pool_that_ends_before_its_lease_says_who_has_it) {
    EXPECT_DEATH(
        {
            workshop shop;
            things::lease outlives;
            auto params = shop.params({.size_max = 1});
            params.on_leak = [](const pool_holder& holder, std::chrono::milliseconds) {
                std::fprintf(stderr, "held by %d\n", static_cast<int>(holder.session_id));
            };
            const things spare(std::move(params));
            outlives = taken(const_cast<things&>(spare), {.session_id = 7});
        },
        "held by 7");
}

TEST(pool_death, an_empty_lease_is_not_used) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto lease = taken(spare);
    lease.park();
    EXPECT_DEATH((void)*lease, "is_parked_");
}

}  // namespace
}  // namespace sluice::base
