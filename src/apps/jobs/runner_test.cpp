#include <algorithm>
#include <atomic>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "apps/jobs/runner_test_support.hpp"
#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::jobs {
namespace {

using std::chrono::milliseconds;

TEST_F(runner_test, everything_is_done_in_batches) {
    const auto report = must(run(params(), "abcdefghijk"));
    EXPECT_EQ(report.outcome, run_outcome::finished);
    EXPECT_EQ(done(), "abcdefghijk");
    EXPECT_THAT(handler_.log(), testing::UnorderedElementsAre("ask:abcdefgh", "ask:ijk"));
    EXPECT_EQ(report.totals.done, 11);
    EXPECT_EQ(report.totals.left, 0);
    EXPECT_EQ(report.totals.used.requests, 2);
    EXPECT_EQ(report.totals.used.tokens_in, 20);
}

TEST_F(runner_test, no_more_requests_are_under_way_than_may_be) {
    std::atomic<int> under_way = 0;
    std::atomic<int> most = 0;
    handler_.answers = [&](const work_call& call, int) {
        most = std::max<int>(most, ++under_way);
        std::this_thread::yield();
        --under_way;
        return scripted_handler::good(call);
    };
    auto with = params();
    with.batch_size = 1;
    with.concurrency = 2;
    must(run(with, "abcdefghijklmnopqrstuvwxyz"));
    EXPECT_LE(most, 2);
    EXPECT_EQ(done().size(), 26U);
}

TEST_F(runner_test, what_is_done_is_not_asked_again) {
    must(run(params(), "abc"));
    const auto report = must(run(params(), "abcd"));
    EXPECT_EQ(handler_.log(), (log{"ask:abc", "ask:d"}));
    EXPECT_EQ(report.totals.done, 1);
}

TEST_F(runner_test, items_that_come_while_it_runs_are_done_too) {
    auto with = params();
    runner work(with);
    must(work.begin());
    const std::jthread feeder([&] {
        for (char key = 'a'; key <= 'z'; ++key) {
            (void)enqueue(database_, work.jobs(), work.job_id(), std::string(1, key));
            work.notify();
        }
        work.finish_feeding();
    });
    must(work.run());
    EXPECT_EQ(done(), "abcdefghijklmnopqrstuvwxyz");
    const auto calls = handler_.log();
    EXPECT_EQ(std::ranges::count_if(calls, [](const auto& each) { return each.size() == 4 + 8; }), 3)
        << "batches were begun before they were full";
}

TEST_F(runner_test, what_was_answered_wrongly_is_asked_once_more_then_in_halves_and_then_given_up) {
    handler_.answers = [](const work_call& call, int) { return scripted_handler::good_but(call, "bdf"); };
    const auto report = must(run(params(), "abcdef"));
    EXPECT_EQ(handler_.log(), (log{"ask:abcdef", "repair:bdf", "ask:df", "ask:b"}));
    EXPECT_EQ(done(), "ace");
    EXPECT_EQ(dead(), (log{"b invalid no mood", "d invalid no mood", "f invalid no mood"}));
    EXPECT_EQ(report.totals.failed, 3);
}

TEST_F(runner_test, a_repair_is_told_what_was_wrong) {
    std::string complaint;
    std::string rejected;
    handler_.answers = [&](const work_call& call, int number) -> work_result<work_answer> {
        if (number == 1) {
            auto answer = scripted_handler::good_but(call, "b");
            answer.raw = "the whole answer";
            return answer;
        }
        complaint = call.complaint;
        rejected = call.rejected_answer;
        return scripted_handler::good(call);
    };
    must(run(params(), "abc"));
    EXPECT_EQ(complaint, "b: no mood\n");
    EXPECT_EQ(rejected, "the whole answer");
    EXPECT_EQ(done(), "abc");
}

TEST_F(runner_test, an_item_that_nothing_was_said_about_is_asked_again) {
    handler_.answers = [](const work_call& call, int number) -> work_result<work_answer> {
        auto answer = scripted_handler::good(call);
        if (number == 1) {
            answer.done.pop_back();
        }
        return answer;
    };
    must(run(params(), "abc"));
    EXPECT_EQ(handler_.log(), (log{"ask:abc", "repair:c"}));
    EXPECT_EQ(done(), "abc");
}

TEST_F(runner_test, one_item_that_spoils_every_answer_is_found_by_halving) {
    handler_.answers = [](const work_call& call, int) -> work_result<work_answer> {
        if (std::ranges::any_of(call.items, [](const auto& each) { return each.key == "c"; })) {
            return std::unexpected(failed(failure_class::unusable));
        }
        return scripted_handler::good(call);
    };
    must(run(params(), "abcdefgh"));
    EXPECT_EQ(done(), "abdefgh");
    EXPECT_EQ(dead(), log{"c unusable because"});
    EXPECT_EQ(handler_.log(),
              (log{"ask:abcdefgh", "repair:abcdefgh", "ask:efgh", "ask:abcd", "ask:cd", "ask:d", "ask:c", "ask:ab"}));
}

TEST_F(runner_test, a_request_that_is_rejected_is_not_sent_again_but_halved) {
    handler_.answers = [](const work_call& call, int) -> work_result<work_answer> {
        if (call.items.size() > 2) {
            return std::unexpected(failed(failure_class::rejected));
        }
        return scripted_handler::good(call);
    };
    must(run(params(), "abcd"));
    EXPECT_EQ(handler_.log(), (log{"ask:abcd", "ask:cd", "ask:ab"}));
    EXPECT_EQ(done(), "abcd");
}

TEST_F(runner_test, answers_that_were_paid_for_are_used_without_asking) {
    must(run(params(), "ab"));
    must(database_->run("DELETE FROM effects"));
    must(database_->run("UPDATE job_items SET state = 'pending'"));
    const auto report = must(run(params(), "abc"));
    EXPECT_EQ(done(), "abc");
    EXPECT_EQ(handler_.log(), (log{"ask:ab", "ask:c"}));
    EXPECT_EQ(report.totals.reused, 2);
}

TEST_F(runner_test, progress_is_told) {
    auto with = params();
    with.prices = token_prices{.in = 1'000'000, .out = 2'000'000};
    std::vector<progress> told;
    with.on_progress = [&](const progress& now) { told.push_back(now); };
    handler_.answers = [](const work_call& call, int) { return scripted_handler::good_but(call, "b"); };
    must(run(with, "abc"));
    ASSERT_GE(told.size(), 4U);
    EXPECT_EQ(told.front().event, progress_event::started);
    EXPECT_EQ(told.back().event, progress_event::ended);
    EXPECT_EQ(told.back().done, 2);
    EXPECT_EQ(told.back().failed, 1);
    EXPECT_EQ(told.back().left, 0);
    EXPECT_EQ(told.back().cost, 10.0 * 2 + 5.0 * 2 * 2);
    const auto failure = std::ranges::find(told, progress_event::item_failed, &progress::event);
    ASSERT_NE(failure, told.end());
    EXPECT_EQ(failure->item_key, "b");
    EXPECT_EQ(failure->reason, "no mood");
}

// A run of another process holds a batch, and dies without ending the run.
TEST(runner_and_others, what_a_dying_run_leaves_is_done_before_this_one_ends) {
    const base::temporary_folder folder;
    const job_database theirs(folder.file("jobs.db"));
    const job_database mine(folder.file("jobs.db"));
    job_store their_jobs(*theirs, theirs.locks());
    const auto job_id = must(their_jobs.open_job({.kind = "tag", .name = "/music", .definition = "m1"}));
    const auto their_run = must(their_jobs.begin_run(job_id));
    (void)enqueue(theirs, their_jobs, job_id, "a");
    ASSERT_TRUE(must(their_jobs.claim({.job_id = job_id, .run_id = their_run})));
    run_control control;
    scripted_handler handler;
    handler.answers = [&](const work_call& call, int) {
        theirs.locks().let_go(their_run);  // the other run dies while this one works
        return scripted_handler::good(call);
    };
    runner work({.database = &*mine,
                 .locks = &mine.locks(),
                 .control = &control,
                 .handler = &handler,
                 .job = {.kind = "tag", .name = "/music", .definition = "m1"},
                 .limits = {.service = "host/model"},
                 .gate = {},
                 .concurrency = 1});
    must(work.begin());
    (void)enqueue(mine, work.jobs(), job_id, "b");
    work.finish_feeding();
    const auto report = must(work.run());
    EXPECT_EQ(report.totals.done, 2);
    EXPECT_EQ(report.totals.left, 0);
    EXPECT_EQ(must(mine->get<std::int64_t>("SELECT count(*) FROM effects")), 2);
}

// Answers of a service that fails in all its ways, by chance.
class diced_answers {
  public:
    explicit diced_answers(unsigned seed) : random_(seed) {}

    work_result<work_answer> to(const work_call& call) {
        const std::scoped_lock lock(mutex_);
        switch (dice(12)) {
            case 0:
                return std::unexpected(failed(failure_class::transient));
            case 1:
                return std::unexpected(failed(failure_class::unusable));
            case 2:
                return std::unexpected(failed(failure_class::rejected));
            case 3:
                return std::unexpected(failed(failure_class::busy));
            default:
                return good_for_most(call);
        }
    }
    // How often each item was answered well.
    [[nodiscard]] const std::map<std::string, int>& answered_well() const { return answered_well_; }

  private:
    [[nodiscard]] unsigned dice(unsigned sides) { return static_cast<unsigned>(random_() % sides); }
    work_answer good_for_most(const work_call& call) {
        work_answer answer;
        for (std::size_t i = 0; i < call.items.size(); ++i) {
            if (dice(10) == 0) {
                answer.bad.push_back({.index = i, .reason = "bad", .raw = {}});
            } else if (dice(20) != 0) {
                answer.done.push_back({.index = i, .result = "r"});
                ++answered_well_[call.items[i].key];
            }
        }
        return answer;
    }

    std::mutex mutex_;
    std::mt19937 random_;
    std::map<std::string, int> answered_well_;
};

// A random mixture of failures, two runs of two threads on one file: every item ends once, with an effect or as a dead
// letter, and none was answered well twice.
TEST(runner_storm, every_item_ends_once) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        SCOPED_TRACE(seed);
        const base::temporary_folder folder;
        diced_answers answers(seed);
        constexpr int items = 300;
        const auto work_on_it = [&] {
            const job_database database(folder.file("jobs.db"));
            run_control control;
            scripted_handler handler;
            handler.answers = [&](const work_call& call, int) { return answers.to(call); };
            runner work({.database = &*database,
                         .locks = &database.locks(),
                         .control = &control,
                         .handler = &handler,
                         .job = {.kind = "tag", .name = "/music", .definition = "m1"},
                         .limits = {.service = "host/model", .limits = {.requests_per_minute = 1'000'000}},
                         .gate = {.policy = {.attempts_max = 4,
                                             .step = milliseconds(1),
                                             .growth = base::retry_growth::full_jitter}},
                         .concurrency = 4,
                         .batch_size = 20,
                         .outage_after = 1000});
            must(work.begin());
            for (int i = 0; i < items; ++i) {
                (void)enqueue(database, work.jobs(), work.job_id(), std::to_string(i));
                work.notify();
            }
            work.finish_feeding();
            must(work.run());
        };
        {
            const std::jthread one(work_on_it);
            const std::jthread two(work_on_it);
        }
        const job_database after(folder.file("jobs.db"));
        EXPECT_EQ(must(after->get<std::int64_t>("SELECT count(*) FROM job_items WHERE state IN ('done', 'dead')")),
                  items);
        EXPECT_EQ(must(after->get<std::int64_t>("SELECT count(*) - count(DISTINCT key) FROM effects")), 0);
        EXPECT_EQ(must(after->get<std::int64_t>("SELECT count(*) FROM effects")),
                  must(after->get<std::int64_t>("SELECT count(*) FROM job_items WHERE state = 'done'")));
        EXPECT_EQ(must(after->get<std::int64_t>("SELECT count(*) FROM job_batches WHERE state = 'claimed'")), 0);
        for (const auto& [key, times] : answers.answered_well()) {
            EXPECT_EQ(times, 1) << key;
        }
    }
}

}  // namespace
}  // namespace sluice::jobs
