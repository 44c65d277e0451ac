#include "workload/governed_statement.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "base/core/clock.hpp"

namespace sluice::workload {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mb = std::uint64_t{1} << 20U;
constexpr std::int64_t ms = 1'000'000;

class governed_statement_test : public ::testing::Test {
  protected:
    governed_statement_test() { statement.begin({.text_owner = nullptr, .text = "select 1"}, now()); }

    [[nodiscard]] std::int64_t now() const { return clock.steady_ns(); }
    [[nodiscard]] static error passing() {
        return {.code = sqlstates::serialization_failure, .message = "conflict", .retryable = true};
    }
    [[nodiscard]] const query_profile& profile() const { return *load.profiles().find("streaming"); }
    void occupy(std::uint64_t bytes) {
        other = std::make_unique<admission_permit>(load.admission(), [] {});
        ASSERT_TRUE(other->request({.memory_bytes = bytes}, now()).value());
    }
    [[nodiscard]] std::uint64_t reserved() { return load.admission().stats().reserved_bytes; }

    base::manual_clock clock;
    base::metrics_registry registry;
    governor load{{.admission = {.memory_bytes = 100 * mb, .high_reserve_bytes = 0, .timeout = 30s, .time = &clock},
                   .query_memory_bytes = 40 * mb,
                   .log = {.time = &clock},
                   .retry = {.attempts_max = 3, .step = 100ms, .jitter = 0}},
                  registry};
    int wakes = 0;
    std::unique_ptr<admission_permit> other;
    governed_statement statement{load, load.user("anna"), {.id = 1, .user = "anna"}, [this] { ++wakes; }};
};

TEST_F(governed_statement_test, runs_at_once_where_there_is_room) {
    statement.plan(profile(), {});
    const auto next = statement.step(now());
    ASSERT_TRUE(next);
    EXPECT_TRUE(next->runs && next->is_admitted);
    EXPECT_EQ(reserved(), 40 * mb);
    EXPECT_FALSE(statement.step(now())->is_admitted) << "only the step that admits it says so";
    statement.end(sqlstates::successful_completion, now());
    EXPECT_EQ(reserved(), 0U);
    EXPECT_EQ(load.log().finished().size(), 1U);
}

TEST_F(governed_statement_test, without_a_plan_it_asks_for_nothing) {
    EXPECT_TRUE(statement.step(now())->runs);
    EXPECT_FALSE(statement.must_ask());
    EXPECT_EQ(reserved(), 0U);
}

TEST_F(governed_statement_test, waits_for_room_and_is_woken) {
    occupy(80 * mb);
    statement.plan(profile(), {});
    EXPECT_FALSE(statement.step(now())->runs);
    EXPECT_EQ(statement.step(now())->until_ns, now() + 30'000 * ms);
    clock.advance_ms(250);
    other->release();
    EXPECT_EQ(wakes, 1);
    EXPECT_TRUE(statement.step(now())->is_admitted);
    EXPECT_EQ(statement.facts().waited_ns, 250 * ms);
}

TEST_F(governed_statement_test, waits_no_longer_than_it_may) {
    occupy(80 * mb);
    statement.plan(profile(), {});
    EXPECT_FALSE(statement.step(now())->runs);
    clock.advance_ms(30'000);
    const auto refused = statement.step(now());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, sqlstates::out_of_memory);
    EXPECT_EQ(statement.facts().waited_ns, 30'000 * ms);
}

TEST_F(governed_statement_test, an_end_while_it_waits_leaves_the_queue) {
    occupy(80 * mb);
    statement.plan(profile(), {});
    EXPECT_FALSE(statement.step(now())->runs);
    clock.advance_ms(10);
    statement.end(sqlstates::query_canceled, now());
    EXPECT_EQ(load.admission().stats().waiting.at(1), 0U);
    EXPECT_EQ(load.log().finished().back().waited_ns, 10 * ms);
}

TEST_F(governed_statement_test, is_tried_again_when_the_policy_says_and_reserves_nothing_until_then) {
    statement.plan(profile(), {});
    ASSERT_TRUE(statement.step(now())->runs);
    EXPECT_TRUE(statement.retry_after(passing(), now()));
    EXPECT_EQ(reserved(), 0U);
    EXPECT_EQ(statement.step(now())->until_ns, now() + 100 * ms);
    EXPECT_EQ(load.retries().retries_total.value(), 0U);
    clock.advance_ms(100);
    EXPECT_TRUE(statement.step(now())->is_admitted);
    EXPECT_EQ(load.retries().retries_total.value(), 1U);
    EXPECT_EQ(statement.facts().waited_ns, 100 * ms);
    statement.end(sqlstates::successful_completion, now());
    EXPECT_EQ(load.retries().retries_succeeded_total.value(), 1U);
    EXPECT_EQ(load.log().finished().back().retries, 1U);
}

TEST_F(governed_statement_test, gives_up_after_the_last_attempt) {
    statement.plan(profile(), {});
    for (int i = 1; i < 3; ++i) {
        ASSERT_TRUE(statement.step(now())->runs);
        ASSERT_TRUE(statement.retry_after(passing(), now()));
        clock.advance_ms(1000);
    }
    ASSERT_TRUE(statement.step(now())->runs);
    EXPECT_FALSE(statement.retry_after(passing(), now()));
    EXPECT_EQ(load.retries().retries_exhausted_total.value(), 1U);
    EXPECT_EQ(statement.explain(passing()).detail, "Tried 3 times.");
}

TEST_F(governed_statement_test, an_error_that_stays_is_not_tried_again) {
    statement.plan(profile(), {});
    ASSERT_TRUE(statement.step(now())->runs);
    EXPECT_FALSE(statement.retry_after({.code = sqlstates::undefined_table, .message = "no"}, now()));
    EXPECT_EQ(load.retries().retries_exhausted_total.value(), 0U);
    EXPECT_EQ(statement.explain(passing()).detail, "");
}

TEST_F(governed_statement_test, gives_way_and_comes_back) {
    statement.plan(profile(), {});
    ASSERT_TRUE(statement.step(now())->runs);
    statement.give_way();
    EXPECT_EQ(reserved(), 0U);
    EXPECT_TRUE(statement.must_ask());
    occupy(80 * mb);
    EXPECT_FALSE(statement.step(now())->runs);
    other->release();
    EXPECT_TRUE(statement.step(now())->is_admitted);
}

TEST_F(governed_statement_test, its_time_counts_only_while_it_is_resumed) {
    statement.plan(profile(), {.timeout = 1s});
    EXPECT_EQ(statement.resume_time(now()), now() + 1000 * ms);
    clock.advance_ms(300);
    EXPECT_EQ(statement.resume_time(now()), now() + 700 * ms) << "it counts already";
    statement.pause_time(now());
    clock.advance_ms(10'000);
    EXPECT_EQ(statement.resume_time(now()), now() + 700 * ms);
    clock.advance_ms(900);
    statement.pause_time(now());
    EXPECT_EQ(statement.resume_time(now()), now() + 1) << "over, and to be told at once";
}

TEST_F(governed_statement_test, may_have_less_than_its_profile) {
    statement.plan(profile(), {.memory_bytes = 7 * mb});
    ASSERT_TRUE(statement.step(now())->runs);
    EXPECT_EQ(reserved(), 7 * mb);
    EXPECT_EQ(statement.resume_time(now()), 0) << "no time limit";
}

}  // namespace
}  // namespace sluice::workload
