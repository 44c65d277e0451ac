// Early ends of a run, and the items that it leaves to the next one.
#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "apps/jobs/runner_test_support.hpp"

namespace sluice::jobs {
namespace {

using std::chrono::milliseconds;

class runner_ends_test : public runner_test {};

TEST_F(runner_ends_test, without_an_answer_items_wait_for_the_next_run) {
    handler_.answers = [](const work_call& call, int) -> work_result<work_answer> {
        return std::unexpected(failed(call.items[0].key == "a" ? failure_class::transient : failure_class::refused));
    };
    auto with = params();
    with.batch_size = 2;
    with.outage_after = 2;
    const auto report = must(run(with, "abcdefghij"));
    EXPECT_EQ(report.outcome, run_outcome::outage);
    EXPECT_TRUE(report.reason.starts_with("because")) << report.reason;
    const auto failures = dead();
    EXPECT_TRUE(failures.size() == 4 || failures.size() == 6)
        << failures.size() << "; one more may have been on its way";
    EXPECT_EQ(report.totals.left, 10 - static_cast<std::int64_t>(failures.size()));
    for (const auto& each : failures) {
        EXPECT_TRUE(each.ends_with(" transient because (tried 2 times)") || each.ends_with(" refused because")) << each;
    }
    EXPECT_FALSE(control_.is_running()) << "who waits for the service gives up";
    handler_.answers = {};
    run_control next;
    with.control = &next;
    EXPECT_EQ(must(run(with, "abcdefghij")).outcome, run_outcome::finished);
    EXPECT_EQ(done(), "abcdefghij");
    EXPECT_TRUE(dead().empty());
}

TEST_F(runner_ends_test, a_service_that_refuses_everything_is_not_asked_for_each_item) {
    std::atomic<int> asked{0};
    bool accepts_a = false;
    handler_.answers = [&](const work_call& call, int) -> work_result<work_answer> {
        ++asked;
        if (accepts_a && call.items[0].key == "a") {
            return scripted_handler::good(call);
        }
        return std::unexpected(failed(failure_class::rejected));
    };
    auto with = params();
    with.batch_size = 1;
    with.useless_after = 5;
    const auto report = must(run(with, "abcdefghijklmnopqrstuvwxyz"));
    EXPECT_EQ(report.outcome, run_outcome::outage);
    EXPECT_LE(asked, 5 + 3) << "those on their way come to their end";
    EXPECT_EQ(report.totals.left, 26 - static_cast<std::int64_t>(dead().size()));

    accepts_a = true;
    with.concurrency = 1;
    run_control next;
    with.control = &next;
    must(database_->run("DELETE FROM job_dead_letters"));
    must(database_->run("DELETE FROM job_items"));
    EXPECT_EQ(must(run(with, "abcdefghij")).outcome, run_outcome::finished) << "one was done: the others are at fault";
    EXPECT_EQ(dead().size(), 9U);
}

TEST_F(runner_ends_test, one_batch_without_an_answer_does_not_stop_the_others) {
    handler_.answers = [](const work_call& call, int number) -> work_result<work_answer> {
        if (number == 2) {
            return std::unexpected(failed(failure_class::refused));
        }
        return scripted_handler::good(call);
    };
    auto with = params();
    with.batch_size = 1;
    EXPECT_EQ(must(run(with, "abc")).outcome, run_outcome::finished);
    EXPECT_EQ(done().size(), 2U);
    EXPECT_EQ(dead().size(), 1U);
}

TEST_F(runner_ends_test, the_days_end_ends_the_run_and_loses_nothing) {
    handler_.answers = [](const work_call& call, int number) -> work_result<work_answer> {
        if (number == 2) {
            return std::unexpected(failed(failure_class::exhausted));
        }
        return scripted_handler::good(call);
    };
    auto with = params();
    with.batch_size = 2;
    const auto report = must(run(with, "abcdef"));
    EXPECT_EQ(report.outcome, run_outcome::exhausted);
    EXPECT_GT(report.until_ms, report.totals.now_ms);
    EXPECT_EQ(done().size(), 2U);
    EXPECT_TRUE(dead().empty());
    EXPECT_EQ(report.totals.left, 4);
    run_control next;
    with.control = &next;
    const auto again = must(run(with, "abcdef"));
    EXPECT_EQ(again.outcome, run_outcome::exhausted);
    EXPECT_EQ(again.totals.used.requests, 0);
}

TEST_F(runner_ends_test, drain_lets_what_is_in_flight_come_to_its_end) {
    handler_.answers = [this](const work_call& call, int number) {
        if (number == 2) {
            control_.drain();
        }
        return scripted_handler::good(call);
    };
    auto with = params();
    with.batch_size = 2;
    const auto report = must(run(with, "abcdef"));
    EXPECT_EQ(report.outcome, run_outcome::interrupted);
    EXPECT_EQ(done().size(), 4U);
    EXPECT_EQ(must(database_->get<std::int64_t>("SELECT count(*) FROM job_items WHERE state = 'pending'")), 2);
}

TEST_F(runner_ends_test, drain_ends_a_run_that_waits_for_items) {
    runner work(params());
    must(work.begin());
    const std::jthread drainer([&] { control_.drain(); });
    EXPECT_EQ(must(work.run()).outcome, run_outcome::interrupted);
}

TEST_F(runner_ends_test, a_database_that_cannot_be_written_for_a_moment_loses_no_answer) {
    int failures = 2;
    handler_.commits = [&]() -> result<> { return failures-- > 0 ? fail(error_kind::storage, "full") : result<>(); };
    must(run(params(), "abc"));
    EXPECT_EQ(done(), "abc");
    EXPECT_EQ(handler_.log(), log{"ask:abc"});
}

TEST_F(runner_ends_test, a_database_that_cannot_be_written_at_all_ends_the_run) {
    handler_.commits = []() -> result<> { return fail(error_kind::storage, "full"); };
    const auto report = run(params(), "abc");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message, "full");
    EXPECT_EQ(must(database_->get<std::int64_t>("SELECT count(*) FROM job_items WHERE state = 'pending'")), 3);
}

}  // namespace
}  // namespace sluice::jobs
