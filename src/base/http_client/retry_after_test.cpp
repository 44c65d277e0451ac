#include "base/http_client/retry_after.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

// Sunday, 6 November 1994, 08:49:37 GMT is the example of RFC 9110, 5.6.7; 784111777 by `date -u -d`.
class clock_of_1994 final : public clock {
  public:
    [[nodiscard]] std::int64_t steady_ns() const override { return 0; }
    [[nodiscard]] std::int64_t unix_ms() const override { return 784'111'777'000; }
};

std::int64_t delay_ms(std::vector<http_header> headers) {
    const auto delay = retry_after({.status = 503, .headers = std::move(headers), .body = {}}, clock_of_1994());
    return delay ? delay->count() : -1;
}

TEST(retry_after, takes_seconds) {
    EXPECT_EQ(delay_ms({{"Retry-After", "7"}}), 7'000);
    EXPECT_EQ(delay_ms({{"retry-after", "0"}}), 0);
    EXPECT_EQ(delay_ms({{"Retry-After", "1.5"}}), 1'500);
    EXPECT_EQ(delay_ms({{"Retry-After", "7"}, {"retry-after-ms", "6512"}}), 6'512);
}

TEST(retry_after, takes_dates_of_all_three_forms) {
    EXPECT_EQ(delay_ms({{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}), 30'000);
    EXPECT_EQ(delay_ms({{"Retry-After", "Sunday, 06-Nov-94 08:50:07 GMT"}}), 30'000);
    EXPECT_EQ(delay_ms({{"Retry-After", "Sun Nov  6 08:50:07 1994"}}), 30'000);
    EXPECT_EQ(delay_ms({{"Retry-After", "Sun, 06 Nov 1994 08:49:00 GMT"}}), 0);  // over already
}

TEST(retry_after, a_date_counts_from_the_service_s_own_clock) {
    EXPECT_EQ(delay_ms({{"Date", "Mon, 05 Jan 2026 10:00:00 GMT"}, {"Retry-After", "Mon, 05 Jan 2026 10:00:20 GMT"}}),
              20'000);
}

TEST(retry_after, has_bounds_and_takes_no_nonsense) {
    EXPECT_EQ(delay_ms({{"Retry-After", "99999999999999999999999999"}}), 86'400'000);
    EXPECT_EQ(delay_ms({{"Retry-After", "Sun, 06 Nov 2094 08:49:37 GMT"}}), 86'400'000);
    for (const char* nonsense : {"", "-5", "soon", "nan", "inf", "7s", "1e3", "0x10"}) {
        EXPECT_EQ(delay_ms({{"Retry-After", nonsense}}), -1) << nonsense;
    }
    EXPECT_EQ(delay_ms({}), -1);
}

}  // namespace
}  // namespace sluice::base
