#include "engines/duckdb/statement/plan_clock.hpp"

#include <gtest/gtest.h>

namespace sluice::duckdb {
namespace {

class plan_clock_test : public testing::Test {
  protected:
    void write(change what) { const write_epoch::writing now(epoch, what); }

    write_epoch epoch;
    plan_clock clock{epoch};
};

TEST_F(plan_clock_test, a_plan_ends_with_a_write_of_anybody) {
    const auto made = clock.now(1);
    EXPECT_TRUE(clock.is_valid(made, plan_reuse::until_write));
    write(change::data);
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_write));
    EXPECT_TRUE(clock.is_valid(made, plan_reuse::until_schema_change));
    write(change::schema);
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_schema_change));
    EXPECT_FALSE(clock.is_valid(clock.now(1), plan_reuse::never));
}

TEST_F(plan_clock_test, a_plan_made_during_a_write_is_never_used_again) {
    write_epoch::writing other(epoch, change::data);
    const auto made = clock.now(1);
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_write));
    other.end();
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_write));
}

TEST_F(plan_clock_test, its_own_announced_write_does_not_count_and_others_do) {
    const auto made = clock.now(1);
    const write_epoch::writing own(epoch, change::data);
    EXPECT_TRUE(clock.is_valid(made, plan_reuse::until_write, change::data));
    write(change::data);
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_write, change::data));
}

TEST_F(plan_clock_test, a_plan_of_this_block_outlives_the_writes_of_others_but_not_its_own) {
    clock.begin_block();
    const auto made = clock.now(1);
    write(change::schema);
    EXPECT_TRUE(clock.is_valid(made, plan_reuse::until_write));
    clock.note_own(change::data);
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_write));
    EXPECT_TRUE(clock.is_valid(made, plan_reuse::until_schema_change));
    EXPECT_EQ(clock.block_change(), change::data);
}

TEST_F(plan_clock_test, a_plan_of_a_block_counts_as_of_its_start_afterwards) {
    clock.begin_block();
    write(change::data);
    const auto made = clock.now(1);
    clock.end_block(false);
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_write));

    clock.begin_block();
    const auto quiet = clock.now(1);
    clock.end_block(false);
    EXPECT_TRUE(clock.is_valid(quiet, plan_reuse::until_write));
}

TEST_F(plan_clock_test, a_plan_from_before_the_block_needs_a_quiet_epoch) {
    const auto made = clock.now(1);
    clock.begin_block();
    EXPECT_TRUE(clock.is_valid(made, plan_reuse::until_write));
    write(change::data);
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_write));
}

TEST_F(plan_clock_test, what_saw_undone_writes_ends_with_the_rollback) {
    clock.begin_block();
    clock.note_own(change::schema);
    const auto made = clock.now(1);
    clock.end_block(true);
    EXPECT_FALSE(clock.is_valid(made, plan_reuse::until_schema_change));
}

}  // namespace
}  // namespace sluice::duckdb
