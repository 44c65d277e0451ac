#include "jobs/runner.hpp"

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

#include "files/temporary_folder_test_support.hpp"
#include "jobs/jobs_test_support.hpp"

namespace sluice::jobs {
namespace {

using std::chrono::milliseconds;

// A service that answers each item with "r" + key, unless a script says otherwise.
class scripted_handler final : public batch_handler {
  public:
    using script = std::function<work_result<work_answer>(const work_call& call, int number)>;

    work_result<work_answer> work(const work_call& call) override {
        return call.gate->call<work_answer>({}, [&](const core::cancel_token&) -> work_result<called<work_answer>> {
            auto answer = answers ? answers(call, note(call)) : (note(call), good(call));
            if (!answer) {
                return std::unexpected(std::move(answer).error());
            }
            return called<work_answer>{std::move(*answer), {.requests = 1, .tokens_in = 10, .tokens_out = 5}};
        });
    }
    core::result<> commit(store::connection& db, const commit_call&, const work_item& item,
                          std::string_view result) override {
        if (commits) {
            TRY(commits());
        }
        TRY(db.run("INSERT INTO effects(key, result) VALUES(?1, ?2)", item.key, result));
        return {};
    }

    static work_answer good(const work_call& call) {
        work_answer answer;
        for (std::size_t i = 0; i < call.items.size(); ++i) {
            answer.done.push_back({.index = i, .result = "r" + call.items[i].key});
        }
        return answer;
    }
    // Items whose keys are in `keys` are answered wrongly.
    static work_answer good_but(const work_call& call, std::string_view keys) {
        work_answer answer;
        for (std::size_t i = 0; i < call.items.size(); ++i) {
            if (keys.contains(call.items[i].key)) {
                answer.bad.push_back({.index = i, .reason = "no mood", .raw = "{}"});
            } else {
                answer.done.push_back({.index = i, .result = "r" + call.items[i].key});
            }
        }
        return answer;
    }
    std::vector<std::string> log() const {
        const std::scoped_lock lock(mutex_);
        return log_;
    }

    script answers;
    std::function<core::result<>()> commits;

  private:
    // Which request it is; each batch once in the log, however often it is sent.
    int note(const work_call& call) {
        std::string keys = call.stage == work_stage::repair ? "repair:" : "ask:";
        for (const auto& each : call.items) {
            keys += each.key;
        }
        const std::scoped_lock lock(mutex_);
        if (log_.empty() || log_.back() != keys) {
            log_.push_back(keys);
        }
        return ++calls_;
    }

    mutable std::mutex mutex_;
    int calls_ = 0;
    std::vector<std::string> log_;
};

work_failure failed(failure_class what) {
    return {.what = what, .reason = "because", .raw = "raw", .used = {.requests = 1}};
}

class runner_test : public testing::Test {
  protected:
    runner_params params() {
        return {
            .database = &*database_,
            .locks = &database_.locks(),
            .control = &control_,
            .handler = &handler_,
            .job = {.kind = "tag", .name = "/music", .definition = "m1"},
            .limits = {.service = "host/model"},
            .gate = {.policy = {.attempts_max = 2, .step = milliseconds(1), .growth = core::retry_growth::full_jitter}},
            .concurrency = 1,
            .batch_size = 8,
            .settle_policy = {.attempts_max = 3, .step = milliseconds(1)}};
    }
    core::result<run_report> run(runner_params with, const std::string& keys) {
        runner work(std::move(with));
        must(work.begin());
        for (const char key : keys) {
            (void)enqueue(database_, work.jobs(), work.job_id(), std::string(1, key), retries_dead_);
        }
        work.finish_feeding();
        return work.run();
    }
    std::string done() const {
        return must(database_->get<std::string>(
            "SELECT coalesce(group_concat(key, ''), '') FROM (SELECT key FROM effects ORDER BY key)"));
    }
    std::vector<std::string> dead() const {
        return must(
            database_->list<std::string>("SELECT key || ' ' || class || ' ' || reason FROM job_dead_letters JOIN "
                                         "job_items USING(item_id) ORDER BY key"));
    }
    using log = std::vector<std::string>;

    job_database database_;
    run_control control_;
    scripted_handler handler_;
    bool retries_dead_ = false;
};

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

TEST_F(runner_test, without_an_answer_items_wait_for_the_next_run) {
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

TEST_F(runner_test, a_service_that_refuses_everything_is_not_asked_for_each_item) {
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

TEST_F(runner_test, one_batch_without_an_answer_does_not_stop_the_others) {
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

TEST_F(runner_test, the_days_end_ends_the_run_and_loses_nothing) {
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

TEST_F(runner_test, drain_lets_what_is_in_flight_come_to_its_end) {
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

TEST_F(runner_test, drain_ends_a_run_that_waits_for_items) {
    runner work(params());
    must(work.begin());
    const std::jthread drainer([&] { control_.drain(); });
    EXPECT_EQ(must(work.run()).outcome, run_outcome::interrupted);
}

TEST_F(runner_test, a_database_that_cannot_be_written_for_a_moment_loses_no_answer) {
    int failures = 2;
    handler_.commits = [&]() -> core::result<> {
        return failures-- > 0 ? core::fail(core::sqlstates::disk_full, "full") : core::result<>();
    };
    must(run(params(), "abc"));
    EXPECT_EQ(done(), "abc");
    EXPECT_EQ(handler_.log(), log{"ask:abc"});
}

TEST_F(runner_test, a_database_that_cannot_be_written_at_all_ends_the_run) {
    handler_.commits = []() -> core::result<> { return core::fail(core::sqlstates::disk_full, "full"); };
    const auto report = run(params(), "abc");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message, "full");
    EXPECT_EQ(must(database_->get<std::int64_t>("SELECT count(*) FROM job_items WHERE state = 'pending'")), 3);
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

// A run of another process that holds a batch, and lets go of it without an end.
TEST(runner_and_others, what_a_dying_run_leaves_is_done_before_this_one_ends) {
    const files::temporary_folder folder;
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
        theirs.locks().let_go(their_run);  // it dies while this one is at work
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

// Any mixture of failures, four threads in two runs at once on one file: every item has one effect or one dead letter,
// and none was answered well twice.
TEST(runner_storm, every_item_ends_once) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        SCOPED_TRACE(seed);
        const files::temporary_folder folder;
        std::mutex mutex;
        std::mt19937 random(seed);
        std::map<std::string, int> answered_well;
        const auto dice = [&](unsigned sides) {
            const std::scoped_lock lock(mutex);
            return random() % sides;
        };
        const auto answers = [&](const work_call& call, int) -> work_result<work_answer> {
            switch (dice(12)) {
                case 0:
                    return std::unexpected(failed(failure_class::transient));
                case 1:
                    return std::unexpected(failed(failure_class::unusable));
                case 2:
                    return std::unexpected(failed(failure_class::rejected));
                case 3:
                    return std::unexpected(failed(failure_class::busy));
                default: {
                    work_answer answer;
                    for (std::size_t i = 0; i < call.items.size(); ++i) {
                        if (dice(10) == 0) {
                            answer.bad.push_back({.index = i, .reason = "bad", .raw = {}});
                        } else if (dice(20) != 0) {
                            answer.done.push_back({.index = i, .result = "r"});
                            const std::scoped_lock lock(mutex);
                            ++answered_well[call.items[i].key];
                        }
                    }
                    return answer;
                }
            }
        };
        constexpr int items = 300;
        const auto work_on_it = [&] {
            const job_database database(folder.file("jobs.db"));
            run_control control;
            scripted_handler handler;
            handler.answers = answers;
            runner work({.database = &*database,
                         .locks = &database.locks(),
                         .control = &control,
                         .handler = &handler,
                         .job = {.kind = "tag", .name = "/music", .definition = "m1"},
                         .limits = {.service = "host/model", .limits = {.requests_per_minute = 1'000'000}},
                         .gate = {.policy = {.attempts_max = 4,
                                             .step = milliseconds(1),
                                             .growth = core::retry_growth::full_jitter}},
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
        for (const auto& [key, times] : answered_well) {
            EXPECT_EQ(times, 1) << key;
        }
    }
}

}  // namespace
}  // namespace sluice::jobs
