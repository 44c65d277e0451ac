#include "apps/jobs/run/run_status.hpp"

#include <gtest/gtest.h>

namespace sluice::jobs {
namespace {

class run_status_test : public testing::Test {
  protected:
    run_control control_;
    run_status status_{{.control = &control_,
                        .next_day_ms = [] { return std::int64_t{86'400'000}; },
                        .outage_after = 2,
                        .useless_after = 3}};
};

TEST_F(run_status_test, goes_on_until_it_fails) {
    EXPECT_TRUE(status_.goes_on());
    EXPECT_EQ(status_.end().outcome, run_outcome::finished);
    status_.fail({error_kind::storage, "full"});
    status_.fail({error_kind::io, "later"});
    EXPECT_FALSE(status_.goes_on());
    EXPECT_FALSE(control_.is_running()) << "calls that wait must give up";
    ASSERT_TRUE(status_.end().failure.has_value());
    EXPECT_EQ(status_.end().failure->message, "full");
}

TEST_F(run_status_test, counts_silent_batches_in_a_row) {
    status_.note_silence("one");
    status_.note_answer();
    status_.note_silence("two");
    EXPECT_TRUE(status_.goes_on());
    status_.note_silence("three");
    EXPECT_EQ(status_.end().outcome, run_outcome::outage);
    EXPECT_EQ(status_.end().reason, "three");
    EXPECT_EQ(status_.end().until_ms, 0);
}

TEST_F(run_status_test, counts_refused_items) {
    status_.note_refusal("one");
    status_.note_answer();
    status_.note_refusal("two");
    EXPECT_TRUE(status_.goes_on());
    status_.note_refusal("three");
    EXPECT_EQ(status_.end().outcome, run_outcome::outage);
}

TEST_F(run_status_test, names_the_next_day_when_exhausted) {
    status_.end_early(run_outcome::exhausted, "used up");
    status_.end_early(run_outcome::outage, "later");
    const auto end = status_.end();
    EXPECT_EQ(end.outcome, run_outcome::exhausted);
    EXPECT_EQ(end.reason, "used up");
    EXPECT_EQ(end.until_ms, 86'400'000);
}

TEST_F(run_status_test, ignores_failures_after_an_interrupt) {
    control_.stop();
    status_.end_early(run_outcome::outage, "cancelled");
    EXPECT_FALSE(status_.goes_on());
    EXPECT_EQ(status_.end().outcome, run_outcome::interrupted);
    EXPECT_EQ(status_.end().reason, "");
}

}  // namespace
}  // namespace sluice::jobs
