#include "apps/jobs/rate_limiter.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "apps/jobs/jobs_test_support.hpp"

namespace sluice::jobs {
namespace {

using std::chrono::milliseconds;

// 2026-01-31 12:00 UTC, which is 04:00 in California.
class wall_clock final : public base::clock {
  public:
    [[nodiscard]] std::int64_t steady_ns() const override { return now_ms * 1'000'000; }
    [[nodiscard]] std::int64_t unix_ms() const override { return now_ms; }
    std::int64_t now_ms = 1'769'860'800'000;
};

class rate_limiter_test : public testing::Test {
  protected:
    rate_limiter limiter(const rate_limits& limits, std::string service = "host/model") {
        return {*database_, {.service = std::move(service), .limits = limits, .time = &time_}};
    }
    static std::optional<rate_permit> permit(rate_limiter& from, std::int64_t tokens = 1) {
        return must(from.take(tokens, milliseconds(200'000))).permit;
    }

    wall_clock time_;
    job_database database_;
};

TEST_F(rate_limiter_test, without_limits_everybody_may_and_nothing_is_written) {
    auto free = limiter({});
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(permit(free, 1'000'000));
    }
    EXPECT_EQ(must(database_->get<std::int64_t>("SELECT count(*) FROM rate_uses")), 0);
}

TEST_F(rate_limiter_test, a_token_comes_back_a_minute_after_the_answer) {
    auto limited = limiter({.requests_per_minute = 2});
    const auto first = permit(limited);
    const auto second = permit(limited);
    ASSERT_TRUE(first && second);
    time_.now_ms += 5'000;
    must(limited.give_back(*first, 1));
    const auto full = must(limited.take(1, milliseconds(200'000)));
    ASSERT_FALSE(full.permit);
    EXPECT_EQ(full.until_ms, time_.now_ms + 60'000);
    EXPECT_EQ(full.reason, "2 requests a minute");
    time_.now_ms += 59'999;
    EXPECT_FALSE(permit(limited));
    time_.now_ms += 1;
    EXPECT_TRUE(permit(limited));
    EXPECT_FALSE(permit(limited));
}

TEST_F(rate_limiter_test, who_died_with_a_token_has_it_go_back_in_the_end) {
    auto limited = limiter({.requests_per_minute = 1});
    ASSERT_TRUE(permit(limited));
    time_.now_ms += 259'999;
    EXPECT_FALSE(permit(limited));
    time_.now_ms += 1;
    EXPECT_TRUE(permit(limited));
}

TEST_F(rate_limiter_test, tokens_are_counted_as_they_were_told) {
    auto limited = limiter({.tokens_per_minute = 1000});
    const auto guessed = permit(limited, 900);
    ASSERT_TRUE(guessed);
    EXPECT_FALSE(permit(limited, 200));
    must(limited.give_back(*guessed, 300));
    EXPECT_TRUE(permit(limited, 700));
    EXPECT_FALSE(permit(limited, 1));
}

TEST_F(rate_limiter_test, a_request_that_is_larger_than_the_bucket_waits_until_it_is_full) {
    auto limited = limiter({.tokens_per_minute = 1000});
    const auto small = permit(limited, 1);
    ASSERT_TRUE(small);
    EXPECT_FALSE(permit(limited, 5000));
    must(limited.give_back(*small, 1));
    time_.now_ms += 60'000;
    EXPECT_TRUE(permit(limited, 5000));
}

TEST_F(rate_limiter_test, a_day_is_the_services_own) {
    auto limited = limiter({.requests_per_day = 3});
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(permit(limited));
    }
    const auto full = must(limited.take(1, milliseconds(1)));
    ASSERT_FALSE(full.permit);
    EXPECT_TRUE(full.is_day);
    EXPECT_EQ(full.until_ms, 1'769'932'800'000);  // 2026-02-01 08:00 UTC
    time_.now_ms = full.until_ms;
    EXPECT_TRUE(permit(limited));
}

TEST_F(rate_limiter_test, a_day_of_23_hours_ends_when_it_does) {
    time_.now_ms =
        1'772'971'200'000;  // 2026-03-08 12:00 UTC, 05:00 of the day on which California's clocks went forward
    EXPECT_EQ(limiter({}).next_day_ms(), 1'773'039'600'000);  // 07:00 UTC
}

TEST_F(rate_limiter_test, a_pause_holds_for_everybody_and_a_longer_one_stays) {
    auto mine = limiter({});
    auto others = limiter({.requests_per_minute = 100});
    auto elsewhere = limiter({}, "host/other");
    must(mine.pause(time_.now_ms + 30'000, false, "too many"));
    must(others.pause(time_.now_ms + 10'000, false, "again"));
    const auto told = must(others.take(1, milliseconds(1)));
    ASSERT_FALSE(told.permit);
    EXPECT_EQ(told.until_ms, time_.now_ms + 30'000);
    EXPECT_EQ(told.reason, "too many");
    EXPECT_TRUE(permit(elsewhere));
    time_.now_ms += 30'000;
    EXPECT_TRUE(permit(mine));
    EXPECT_TRUE(permit(others));
}

// Requests with random delays of arrival and answer: no sixty seconds of arrivals hold more than the limit, and a
// permitted request is sent.
TEST_F(rate_limiter_test, no_window_of_the_service_holds_more_than_the_bucket) {
    constexpr std::int64_t limit = 20;
    std::mt19937 random(42);
    const auto dice = [&] { return static_cast<std::int64_t>(random()); };
    auto limited = limiter({.requests_per_minute = limit});
    struct flight {
        rate_permit permit;
        std::int64_t answered_ms = 0;
    };
    std::vector<flight> flying;
    std::vector<std::int64_t> arrivals;
    const std::int64_t start_ms = time_.now_ms;
    while (time_.now_ms < start_ms + 900'000) {
        std::erase_if(flying, [&](const flight& each) {
            if (each.answered_ms > time_.now_ms) {
                return false;
            }
            must(limited.give_back(each.permit, 1));
            return true;
        });
        if (flying.size() < 3) {
            if (const auto given = permit(limited)) {
                const std::int64_t travels_ms = dice() % 4 == 0 ? dice() % 3000 : dice() % 20;
                arrivals.push_back(time_.now_ms + travels_ms);
                flying.push_back({*given, arrivals.back() + 100 + dice() % 500});
            }
        }
        time_.now_ms += 1 + dice() % 40;
    }
    std::ranges::sort(arrivals);
    std::size_t most = 0;
    for (std::size_t i = 0, j = 0; i < arrivals.size(); ++i) {
        while (arrivals[i] - arrivals[j] >= 60'000) {
            ++j;
        }
        most = std::max(most, i - j + 1);
    }
    EXPECT_EQ(most, static_cast<std::size_t>(limit));
    EXPECT_GT(arrivals.size(), 14U * limit);
}

}  // namespace
}  // namespace sluice::jobs
