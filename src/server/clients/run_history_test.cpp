#include "server/clients/run_history.hpp"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

std::int64_t cpu_ns = 0;

class run_history_test : public testing::Test {
  protected:
    void run(std::chrono::nanoseconds took, std::chrono::nanoseconds computed) {
        history_.begin(now_ns_);
        now_ns_ += took.count();
        cpu_ns += computed.count();
        history_.note(now_ns_);
    }
    [[nodiscard]] bool short_next() const { return history_.expects_short_run(); }

  private:
    run_history history_{[] { return cpu_ns; }};
    std::int64_t now_ns_ = 1'000'000'000;
};

TEST_F(run_history_test, the_first_run_is_not_known_to_be_short) {
    EXPECT_FALSE(short_next());
    run(100us, 100us);
    EXPECT_TRUE(short_next());
}

TEST_F(run_history_test, two_runs_that_compute_for_long_make_the_next_one_long) {
    run(100us, 100us);
    run(800us, 800us);
    EXPECT_TRUE(short_next());
    run(800us, 800us);
    EXPECT_FALSE(short_next());
    run(400us, 400us);
    EXPECT_TRUE(short_next());
}

TEST_F(run_history_test, the_core_in_the_hands_of_others_makes_no_run_long) {
    run(100us, 100us);
    for (int i = 0; i < 10; ++i) {
        run(3ms, 200us);
        EXPECT_TRUE(short_next());
    }
}

TEST_F(run_history_test, runs_that_wait_for_long_are_long) {
    run(100us, 100us);
    run(20ms, 10us);
    run(20ms, 10us);
    EXPECT_FALSE(short_next());
}

TEST_F(run_history_test, what_the_thread_has_computed_before_does_not_count) {
    run(100us, 100us);
    run(600us, 50us);
    cpu_ns += 1'000'000'000;
    run(600us, 50us);
    EXPECT_TRUE(short_next());
}

TEST(thread_cpu_ns, counts_the_time_on_the_core) {
    const std::int64_t before = thread_cpu_ns();
    volatile int work = 0;
    while (thread_cpu_ns() - before < 1'000'000) {
        work = work + 1;
    }
    EXPECT_GE(thread_cpu_ns() - before, 1'000'000);
}

}  // namespace
}  // namespace sluice::server
