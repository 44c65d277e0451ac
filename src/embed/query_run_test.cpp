// How queries of the C++ API wait and try again; the engine is a fake one that fails on demand.
#include "embed/query_run.hpp"

#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "embed/query_test_support.hpp"
#include "testing/fake_engine.hpp"

namespace sluice::embed {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const error conflict{.code = sqlstates::serialization_failure, .message = "conflict", .retryable = true};

// Holds the whole budget of normal priority.
class whole_budget {
  public:
    explicit whole_budget(test_workload& work) : permit_(work.load.admission(), [] {}) {
        const auto held = permit_.request({.memory_bytes = work.load.admission().stats().budget_bytes},
                                          base::system_clock().steady_ns());
        EXPECT_TRUE(held && *held);
    }
    void release() { permit_.release(); }

  private:
    workload::admission_permit permit_;
};

class query_run_test : public ::testing::Test {
  protected:
    query_run_test() {
        fake.on("select 1") = {.columns = {testing::int_column("a")}, .rows = {{"1"}}, .reads_only = true};
        fake.on("insert 1") = {.rows_affected = 1};
    }

    // `run` executes in a thread of its own, and waits for admission when this returns.
    [[nodiscard]] static std::future<std::string> start_waiting(test_workload& work, const query_builder& query) {
        auto outcome = std::async(std::launch::async, [query] { return code_of(query.execute()); });
        EXPECT_TRUE(eventually([&] { return work.load.admission().stats().waiting[1] == 1; }));
        return outcome;
    }

    testing::fake_engine fake;
    testing::fake_backend served{fake};
};

TEST_F(query_run_test, waits_until_there_is_room) {
    test_workload work({.admission = {.timeout = hours(1)}});
    const query_engine engine = work.engine(served);
    whole_budget others(work);
    const canceller lost;
    auto outcome = start_waiting(work, engine.query("select 1").with_cancel(lost));
    EXPECT_TRUE(eventually([&] {
        const auto running = work.load.log().running();
        return running.size() == 1 && running.front().phase == workload::query_phase::waiting;
    }));
    EXPECT_EQ(fake.take_calls(), "open_session; prepare select 1");
    others.release();
    EXPECT_EQ(outcome.wait_for(std::chrono::seconds(30)), std::future_status::ready);
    (void)lost.request();
    EXPECT_EQ(outcome.get(), "00000");
    EXPECT_EQ(fake.take_calls(), "execute select 1");
    EXPECT_GT(work.last().waited_ns, 0);
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_run_test, gives_up_when_admission_does_and_does_not_ask_again) {
    test_workload work({.admission = {.timeout = milliseconds(30)}});
    const query_engine engine = work.engine(served);
    const whole_budget others(work);
    const auto refused = engine.query("select 1").execute();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code.view(), "53200");
    EXPECT_EQ(work.load.admission().stats().refused_timeout_total, 1U);
    EXPECT_EQ(work.load.admission().stats().waiting[1], 0U);
    EXPECT_EQ(work.last().outcome.view(), "53200");
    EXPECT_GE(work.last().waited_ns, 30'000'000);
    EXPECT_EQ(fake.take_calls(), "open_session; prepare select 1");
}

TEST_F(query_run_test, is_refused_at_once_when_too_many_wait) {
    test_workload work({.admission = {.waiting_max = 0}});
    const query_engine engine = work.engine(served);
    const whole_budget others(work);
    EXPECT_EQ(code_of(engine.query("select 1").execute()), "53300");
    // High priority has a reserve.
    EXPECT_EQ(code_of(engine.query("select 1").hint("catalog").execute()), "00000");
}

TEST_F(query_run_test, a_canceller_ends_the_wait_for_admission) {
    test_workload work({.admission = {.timeout = hours(1)}});
    const query_engine engine = work.engine(served);
    const whole_budget others(work);
    const canceller stop;
    auto outcome = start_waiting(work, engine.query("select 1").with_cancel(stop));
    EXPECT_TRUE(stop.request());
    EXPECT_EQ(outcome.get(), "57014");
    EXPECT_EQ(work.load.admission().stats().waiting[1], 0U);
}

TEST_F(query_run_test, one_canceller_ends_many) {
    test_workload work({.admission = {.timeout = hours(1)}});
    const query_engine engine = work.engine(served);
    const whole_budget others(work);
    const canceller stop;
    const query_builder query = engine.query("select 1").with_cancel(stop);
    std::vector<std::future<std::string>> outcomes;
    for (std::size_t i = 1; i <= 4; ++i) {
        outcomes.push_back(std::async(std::launch::async, [query] { return code_of(query.execute()); }));
    }
    EXPECT_TRUE(eventually([&] { return work.load.admission().stats().waiting[1] == 4; }));
    EXPECT_TRUE(stop.request());
    for (auto& each : outcomes) {
        EXPECT_EQ(each.get(), "57014");
    }
}

TEST_F(query_run_test, what_only_reads_is_tried_again) {
    test_workload work({.retry = {.attempts_max = 3, .step = milliseconds(1)}});
    const query_engine engine = work.engine(served);
    fake.fail_next("execute", conflict);
    auto result = engine.query("select 1").rows_expected(1).execute();
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->collect_all().value().front().text(0), "1");
    EXPECT_EQ(fake.take_calls(), "open_session; prepare select 1; execute select 1; execute select 1");
    EXPECT_EQ(work.load.retries().retries_total.value(), 1U);
    EXPECT_EQ(work.load.retries().retries_succeeded_total.value(), 1U);
    EXPECT_EQ(work.last().retries, 1U);
    EXPECT_GT(work.last().waited_ns, 0);
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_run_test, what_may_have_had_an_effect_is_not) {
    test_workload work({.retry = {.attempts_max = 3, .step = milliseconds(1)}});
    const query_engine engine = work.engine(served);
    fake.fail_next("execute", conflict);
    EXPECT_EQ(code_of(engine.query("insert 1").execute()), "40001");
    EXPECT_EQ(fake.take_calls(), "open_session; prepare insert 1; execute insert 1");
    EXPECT_EQ(work.load.retries().retries_total.value(), 0U);
}

TEST_F(query_run_test, what_fails_before_its_first_row_is_tried_as_often_as_the_policy_says) {
    fake.on("select late") = {.columns = {testing::int_column("a")}, .reads_only = true, .fetch_error = conflict};
    test_workload work({.retry = {.attempts_max = 2, .step = milliseconds(1)}});
    const query_engine engine = work.engine(served);
    const auto failed = engine.query("select late").execute();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().detail, "Tried 2 times.");
    EXPECT_EQ(work.load.retries().retries_exhausted_total.value(), 1U);
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_run_test, what_fails_behind_a_row_is_not_tried_again) {
    fake.on("select late") = {
        .columns = {testing::int_column("a")}, .rows = {{"1"}}, .reads_only = true, .fetch_error = conflict};
    test_workload work;
    const query_engine engine = work.engine(served);
    auto result = engine.query("select late").execute();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->next().value()->text(0), "1");
    EXPECT_EQ(code_of(result->next()), "40001");
    EXPECT_EQ(fake.take_calls(), "open_session; prepare select late; execute select late");
    EXPECT_EQ(work.last().rows, 1U);
}

TEST_F(query_run_test, a_canceller_ends_the_wait_between_attempts_during_which_nothing_is_reserved) {
    test_workload work({.retry = {.attempts_max = 3, .step = hours(1)}});
    const query_engine engine = work.engine(served);
    fake.fail_next("execute", conflict);
    const canceller stop;
    const query_builder query = engine.query("select 1").with_cancel(stop);
    auto outcome = std::async(std::launch::async, [&] { return code_of(query.execute()); });
    EXPECT_TRUE(eventually([&] {
        const auto running = work.load.log().running();
        return !running.empty() && running.front().phase == workload::query_phase::waiting;
    }));
    EXPECT_EQ(work.reserved(), 0U);
    EXPECT_TRUE(stop.request());
    EXPECT_EQ(outcome.get(), "57014");
    EXPECT_EQ(work.load.retries().retries_total.value(), 0U);
}

TEST_F(query_run_test, errors_of_opening_and_preparing_are_the_outcome) {
    test_workload work;
    const query_engine engine = work.engine(served);
    fake.fail_next("open_session", {.code = sqlstates::invalid_catalog_name, .message = "no such database"});
    EXPECT_EQ(code_of(engine.query("select 1").execute()), "3D000");
    EXPECT_EQ(work.last().outcome.view(), "3D000");
    EXPECT_EQ(code_of(engine.query("select 2").execute()), "42601");
    EXPECT_EQ(work.load.user("test").metrics.failed_total.value(), 2U);
}

}  // namespace
}  // namespace sluice::embed
