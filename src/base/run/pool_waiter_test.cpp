// Waiters: when a borrower waits, the order of service, and the errors.
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/run/pool.hpp"
#include "base/run/pool_test_support.hpp"

namespace sluice::base {
namespace {

using namespace std::chrono_literals;

// A waiter without a thread; counts its calls.
struct queued {
    explicit queued(things& spare) : waiter(spare, [this] { ++calls; }) {}
    // False: it got a lease without waiting.
    [[nodiscard]] bool begin(std::uint64_t session_id = 0) {
        auto at_once = waiter.begin({.session_id = session_id});
        const bool waits = at_once && !at_once->has_value();
        if (at_once && !waits) {
            lease = **std::move(at_once);
        }
        return waits;
    }
    // The number of the granted item; 0: none, -1: an error.
    [[nodiscard]] int collect() {
        auto collected = waiter.collect();
        if (!collected) {
            error = collected.error();
            return -1;
        }
        if (*collected) {
            lease = **std::move(collected);
        }
        return number_of(lease);
    }

    int calls = 0;
    things::lease lease;
    std::optional<sluice::error> error;
    things::waiter waiter;
};

TEST(pool_waiter, has_one_at_once_if_there_is_one) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    queued waiter(spare);
    EXPECT_FALSE(waiter.begin());
    EXPECT_EQ(number_of(waiter.lease), 1);
    EXPECT_EQ(waiter.calls, 0);
    EXPECT_EQ(spare.stats().waits_total, 0U);
}

TEST(pool_waiter, waiters_are_served_first_in_first_out_and_nobody_overtakes) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queued first(spare);
    queued second(spare);
    ASSERT_TRUE(first.begin(21));
    ASSERT_TRUE(second.begin(22));
    EXPECT_EQ(spare.stats().waiting, 2U);
    EXPECT_EQ(first.collect(), 0);
    held.give_back();
    EXPECT_EQ(first.calls, 1);
    EXPECT_EQ(second.calls, 0);
    EXPECT_FALSE(taken(spare));
    EXPECT_EQ(spare.list().at(0).holder.session_id, 21U);  // granted, so it counts as held
    EXPECT_EQ(first.collect(), 1);
    EXPECT_EQ(first.collect(), 1);  // no second lease: still the same one
    first.lease.give_back();
    EXPECT_EQ(second.collect(), 1);
    EXPECT_EQ(second.calls, 1);
    EXPECT_EQ(spare.stats().waits_total, 2U);
}

TEST(pool_waiter, a_parked_item_goes_to_the_first_waiter_at_once) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queued waiter(spare);
    ASSERT_TRUE(waiter.begin());
    held.park();
    EXPECT_FALSE(held.is_parked());
    EXPECT_FALSE(held.resume());
    EXPECT_EQ(waiter.collect(), 1);
    EXPECT_EQ(spare.stats().stolen_total, 1U);
}

TEST(pool_waiter, one_that_leaves_leaves_no_trace) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queued first(spare);
    queued second(spare);
    auto third = std::make_unique<queued>(spare);
    queued fourth(spare);
    for (queued* each : {&first, &second, third.get(), &fourth}) {
        ASSERT_TRUE(each->begin());
    }
    second.waiter.leave();
    third.reset();
    EXPECT_EQ(spare.stats().waiting, 2U);
    held.give_back();
    EXPECT_EQ(first.calls, 1);
    first.waiter.leave();  // it was granted already, so the item goes to the next
    EXPECT_EQ(first.collect(), 0);
    EXPECT_EQ(second.calls, 0);
    EXPECT_EQ(fourth.calls, 1);
    EXPECT_EQ(fourth.collect(), 1);
    EXPECT_EQ(shop.made, 1);
}

TEST(pool_waiter, the_place_of_a_spoilt_item_goes_to_the_waiter_who_makes_another) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queued waiter(spare);
    queued other(spare);
    ASSERT_TRUE(waiter.begin());
    ASSERT_TRUE(other.begin());
    held.spoil();
    EXPECT_EQ(waiter.calls, 1);
    EXPECT_EQ(shop.live, 0);
    waiter.waiter.leave();  // a granted place is passed on, too
    EXPECT_EQ(other.collect(), 2);
    EXPECT_EQ(shop.live_max, 1);
    EXPECT_EQ(spare.stats().on_loan, 1U);
}

TEST(pool_waiter, an_ill_item_is_replaced_for_the_waiter) {
    workshop shop;
    shop.ill = {1};
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queued waiter(spare);
    ASSERT_TRUE(waiter.begin());
    held.give_back();
    EXPECT_EQ(waiter.collect(), 2);
}

TEST(pool_waiter, a_failing_make_is_told_to_each_in_turn_and_nobody_hangs) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queued first(spare);
    queued second(spare);
    ASSERT_TRUE(first.begin());
    ASSERT_TRUE(second.begin());
    shop.fails = true;
    held.spoil();
    EXPECT_EQ(second.calls, 0);
    EXPECT_EQ(first.collect(), -1);
    EXPECT_EQ(first.error->code, sqlstates::io_error);
    EXPECT_EQ(second.calls, 1);
    shop.fails = false;
    EXPECT_EQ(second.collect(), 2);
}

TEST(pool_waiter, those_beyond_waiters_max_are_refused_at_once) {
    workshop shop;
    things spare(shop.params({.size_max = 1, .waiters_max = 1}));
    auto held = taken(spare);
    queued first(spare);
    queued second(spare);
    ASSERT_TRUE(first.begin());
    const auto refused = second.waiter.begin({});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, sqlstates::too_many_connections);
    EXPECT_EQ(refused.error().message, "no connection is free, and 1 others wait for one already");
    EXPECT_TRUE(refused.error().retryable);
    EXPECT_FALSE(spare.acquire({}, 1h));
    held.give_back();
    EXPECT_EQ(first.collect(), 1);
}

TEST(pool_waiter, one_that_is_late_is_told_how_long_it_waited) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queued waiter(spare);
    ASSERT_TRUE(waiter.begin());
    shop.time.advance_ms(30'000);
    const auto late = waiter.waiter.expire();
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, sqlstates::too_many_connections);
    EXPECT_EQ(late.error().message, "no connection became free within 30 s");
    EXPECT_EQ(late.error().hint, "Retry in about 30 s: 1 of 1 are in use, for 30 s on average, and 0 wait.");
    EXPECT_TRUE(late.error().retryable);
    EXPECT_EQ(spare.stats().timeouts_total, 1U);
    EXPECT_EQ(spare.stats().waiting, 0U);
    ASSERT_TRUE(waiter.begin());
    shop.time.advance_ms(250);
    EXPECT_EQ(waiter.waiter.expire().error().message, "no connection became free within 250 ms");
    ASSERT_TRUE(waiter.begin());
    held.give_back();
    const auto just_in_time = waiter.waiter.expire();
    ASSERT_TRUE(just_in_time);
    EXPECT_TRUE(just_in_time->has_value());
    EXPECT_EQ(spare.stats().timeouts_total, 2U);
}

TEST(pool_waiter, a_thread_that_is_late_has_waited_its_timeout) {
    workshop shop;
    auto params = shop.params({.size_max = 1});
    params.time = &system_clock();
    things spare(std::move(params));
    auto held = taken(spare);
    const auto begun = std::chrono::steady_clock::now();
    const auto late = spare.acquire({}, 20ms);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 20ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, sqlstates::too_many_connections);
    EXPECT_EQ(spare.stats().timeouts_total, 1U);
    EXPECT_EQ(spare.stats().waiting, 0U);
}

TEST(pool_waiter, a_cancelled_thread_gets_the_tokens_error) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    cancel_token token;
    token.request(cancel_reason::statement_timeout);
    const auto cancelled = spare.acquire({}, 1h, &token);
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().message, "canceling statement due to statement timeout");
    EXPECT_EQ(spare.stats().waiting, 0U);
    held.give_back();
    EXPECT_TRUE(spare.acquire({}, 1h, &token));  // a free item is lent without checking the token
}

TEST(pool_waiter, all_are_refused_when_the_pool_stops) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    queued first(spare);
    queued second(spare);
    ASSERT_TRUE(first.begin());
    ASSERT_TRUE(second.begin());
    spare.stop();
    EXPECT_EQ(first.calls + second.calls, 2);
    EXPECT_EQ(first.collect(), -1);
    EXPECT_EQ(second.collect(), -1);
    EXPECT_EQ(first.error->code, sqlstates::cannot_connect_now);
    EXPECT_FALSE(first.begin());
    held.give_back();
    EXPECT_EQ(shop.live, 0);
}

TEST(pool_waiter, may_collect_and_wait_again_while_it_is_called) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    int served = 0;
    std::optional<things::waiter> again;
    again.emplace(spare, [&] {
        auto lease = again->collect();
        ASSERT_TRUE(lease && lease->has_value());
        if (++served < 3) {
            auto other = **std::move(lease);
            EXPECT_FALSE(again->begin({}).value().has_value());
            other.give_back();  // on_ready runs inside this call
        }
    });
    ASSERT_FALSE(again->begin({}).value().has_value());
    held.give_back();
    EXPECT_EQ(served, 3);
    EXPECT_EQ(spare.stats().idle, 1U);
}

TEST(pool_waiter, may_end_while_it_is_called) {
    workshop shop;
    things spare(shop.params({.size_max = 1}));
    auto held = taken(spare);
    std::unique_ptr<things::waiter> only;
    only = std::make_unique<things::waiter>(spare, [&] { only.reset(); });
    ASSERT_FALSE(only->begin({}).value().has_value());
    held.give_back();
    EXPECT_EQ(only, nullptr);
    EXPECT_EQ(spare.stats().idle, 1U);
}

}  // namespace
}  // namespace sluice::base
