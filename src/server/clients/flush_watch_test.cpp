#include "server/clients/flush_watch.hpp"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using verdict = flush_watch::verdict;
using std::chrono::milliseconds;

class flush_watch_fixture : public ::testing::Test {
  protected:
    verdict look_at(std::int64_t now_ms, bool waiting = true) {
        return watch.look({.now_ns = now_ms * 1'000'000, .waiting = waiting, .sent_bytes = sent}, [this] {
            ++asked;
            return unacknowledged;
        });
    }

    std::uint64_t sent = 0;
    std::uint64_t unacknowledged = 1000;
    int asked = 0;
    flush_watch watch{{.slow_after = milliseconds(5'000), .timeout = milliseconds(300'000)}};
};

TEST_F(flush_watch_fixture, a_stall_is_slow_once_and_then_times_out) {
    EXPECT_EQ(look_at(100), verdict::fine);
    EXPECT_EQ(look_at(5'099), verdict::fine);
    EXPECT_EQ(look_at(5'100), verdict::slow);
    EXPECT_EQ(watch.stalled(5'100'000'000), milliseconds(5'000));
    EXPECT_EQ(look_at(11'000), verdict::fine);
    EXPECT_EQ(look_at(300'099), verdict::fine);
    EXPECT_EQ(look_at(300'100), verdict::timed_out);
}

TEST_F(flush_watch_fixture, a_byte_that_the_kernel_took_starts_it_anew) {
    EXPECT_EQ(look_at(0), verdict::fine);
    EXPECT_EQ(look_at(6'000), verdict::slow);
    ++sent;
    EXPECT_EQ(look_at(299'000), verdict::fine);
    EXPECT_EQ(look_at(303'999), verdict::fine);
    EXPECT_EQ(look_at(304'000), verdict::slow) << "another stall, counted again";
    EXPECT_EQ(look_at(598'999), verdict::fine);
    EXPECT_EQ(look_at(599'000), verdict::timed_out);
}

// For minutes the kernel takes no bytes from a connection whose client reads a little now and then.
TEST_F(flush_watch_fixture, a_byte_that_was_acknowledged_does_too) {
    for (std::int64_t now = 0; now < 2'000'000; now += 4'000) {
        --unacknowledged;
        ASSERT_EQ(look_at(now), verdict::fine) << now;
        ASSERT_EQ(look_at(now + 2'000), verdict::fine) << now;
    }
}

TEST_F(flush_watch_fixture, nothing_to_send_is_no_stall) {
    EXPECT_EQ(look_at(0), verdict::fine);
    EXPECT_EQ(look_at(4'000, false), verdict::fine);
    EXPECT_EQ(look_at(400'000, false), verdict::fine);
    EXPECT_EQ(watch.stalled(400'000'000'000), milliseconds(0));
    EXPECT_EQ(look_at(400'020), verdict::fine);
    EXPECT_EQ(look_at(405'019), verdict::fine);
    EXPECT_EQ(look_at(405'020), verdict::slow);
}

TEST_F(flush_watch_fixture, the_kernel_is_asked_once_a_second) {
    for (std::int64_t now = 0; now <= 4'000; now += 20) {
        (void)look_at(now);
    }
    EXPECT_EQ(asked, 5);
}

TEST(flush_watch, either_limit_can_be_off) {
    flush_watch patient({.slow_after = milliseconds(0), .timeout = milliseconds(0)});
    for (const std::int64_t now_ms : {1, 1'000'000'000}) {
        EXPECT_EQ(patient.look({.now_ns = now_ms * 1'000'000, .waiting = true, .sent_bytes = 0}, [] { return 1U; }),
                  verdict::fine);
    }
}

}  // namespace
}  // namespace sluice::server
