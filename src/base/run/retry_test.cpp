#include "base/run/retry.hpp"

#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "base/core/test_event.hpp"

namespace sluice::base {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

error passing(std::string message) {
    return {.code = sqlstates::serialization_failure, .message = std::move(message), .retryable = true};
}
error lasting() {
    return {.code = sqlstates::undefined_table, .message = "no such table"};
}

TEST(retry_policy, waits_longer_each_time) {
    const retry_policy policy{.step = milliseconds(100)};
    EXPECT_EQ(policy.delay(1, 0.5), milliseconds(100));
    EXPECT_EQ(policy.delay(2, 0.5), milliseconds(200));
    EXPECT_EQ(policy.delay(3, 0.5), milliseconds(300));
}

TEST(retry_policy, chance_adds_or_takes_a_half) {
    const retry_policy policy{.step = milliseconds(100)};
    EXPECT_EQ(policy.delay(2, 0), milliseconds(100));
    EXPECT_EQ(policy.delay(2, 0.75), milliseconds(250));
    EXPECT_LT(policy.delay(2, 0.999999), milliseconds(300));
    EXPECT_EQ((retry_policy{.step = milliseconds(100), .jitter = 0}.delay(2, 0.999999)), milliseconds(200));
    EXPECT_EQ((retry_policy{.step = milliseconds(100), .jitter = 7}.delay(2, 0)), milliseconds(0));
}

TEST(retry_policy, with_full_jitter_it_waits_for_a_random_part_of_twice_as_long) {
    const retry_policy policy{
        .step = milliseconds(500), .growth = retry_growth::full_jitter, .delay_max = milliseconds(6000)};
    EXPECT_EQ(policy.delay(1, 0.5), milliseconds(250));
    EXPECT_EQ(policy.delay(2, 0.5), milliseconds(500));
    EXPECT_EQ(policy.delay(4, 0.25), milliseconds(1000));
    EXPECT_EQ(policy.delay(4, 0), milliseconds(0));
    EXPECT_EQ(policy.delay(9, 0.5), milliseconds(3000));
    EXPECT_EQ(policy.delay(5000, 0.5), milliseconds(3000));
}

TEST(retry_policy, it_never_comes_back_before_it_was_asked_to) {
    const retry_policy policy{.step = milliseconds(500), .growth = retry_growth::full_jitter};
    EXPECT_EQ(policy.delay(1, 0, milliseconds(34'000)), milliseconds(34'000));
    EXPECT_EQ(policy.delay(1, 0.5, milliseconds(34'000)), milliseconds(34'250));
    EXPECT_EQ(policy.delay(4, 0.75, milliseconds(1)), milliseconds(3000));
}

TEST(retry_policy, only_what_may_pass_is_tried_again) {
    const retry_policy policy{.attempts_max = 3};
    EXPECT_TRUE(policy.may_retry(passing(""), 1));
    EXPECT_TRUE(policy.may_retry(passing(""), 2));
    EXPECT_FALSE(policy.may_retry(passing(""), 3));
    EXPECT_FALSE(policy.may_retry(lasting(), 1));
    EXPECT_FALSE((retry_policy{.attempts_max = 0}.may_retry(passing(""), 1)));
}

TEST(retry_policy, chance_is_evenly_distributed) {
    std::vector<int> counts(4);
    for (int i = 0; i < 4000; ++i) {
        const double share = random_share();
        ASSERT_GE(share, 0);
        ASSERT_LT(share, 1);
        ++counts.at(static_cast<std::size_t>(share * 4));
    }
    for (const int count : counts) {
        EXPECT_GT(count, 700);  // 1000 expected; eleven standard deviations below
    }
}

TEST(wait_unless_cancelled, another_thread_ends_a_wait_of_an_hour) {
    cancel_token token;
    event begun;
    event ended;
    std::thread waiting([&] {
        begun.set();
        EXPECT_FALSE(wait_unless_cancelled(std::chrono::hours(1), &token));
        ended.set();
    });
    EXPECT_TRUE(begun.wait());
    token.request(cancel_reason::shutdown);
    EXPECT_TRUE(ended.wait());
    waiting.join();
}

TEST(wait_unless_cancelled, waits_to_the_end_otherwise) {
    const cancel_token token;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(wait_unless_cancelled(milliseconds(12), &token));
    EXPECT_TRUE(wait_unless_cancelled(milliseconds(1), nullptr));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(13));
}

}  // namespace
}  // namespace sluice::base
