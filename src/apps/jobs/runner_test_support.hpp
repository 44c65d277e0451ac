// runner_test_support.hpp - for tests: a service that answers by a script, and runs of a job with one letter for each item.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "apps/jobs/jobs_test_support.hpp"
#include "apps/jobs/runner.hpp"

namespace sluice::jobs {

// A service that answers each item with "r" + key, unless a script says otherwise.
class scripted_handler final : public batch_handler {
  public:
    using script = std::function<work_result<work_answer>(const work_call& call, int number)>;

    work_result<work_answer> work(const work_call& call) override {
        return call.gate->call<work_answer>({}, [&](const base::cancel_token&) -> work_result<called<work_answer>> {
            auto answer = answers ? answers(call, note(call)) : (note(call), good(call));
            if (!answer) {
                return std::unexpected(std::move(answer).error());
            }
            return called<work_answer>{std::move(*answer), {.requests = 1, .tokens_in = 10, .tokens_out = 5}};
        });
    }
    result<> commit(sqlite::connection& db, const commit_call&, const work_item& item,
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
    // Answers items whose keys are in `keys` wrongly, the others well.
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
    std::function<result<>()> commits;

  private:
    // Returns the number of the request; logs each batch once, however often it is sent.
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

inline work_failure failed(failure_class what) {
    return {.what = what, .reason = "because", .raw = "raw", .used = {.requests = 1}};
}

class runner_test : public testing::Test {
  protected:
    runner_params params() {
        return {.database = &*database_,
                .locks = &database_.locks(),
                .control = &control_,
                .handler = &handler_,
                .job = {.kind = "tag", .name = "/music", .definition = "m1"},
                .limits = {.service = "host/model"},
                .gate = {.policy = {.attempts_max = 2,
                                    .step = std::chrono::milliseconds(1),
                                    .growth = base::retry_growth::full_jitter}},
                .concurrency = 1,
                .batch_size = 8,
                .settle_policy = {.attempts_max = 3, .step = std::chrono::milliseconds(1)}};
    }
    result<run_report> run(runner_params with, const std::string& keys) {
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

}  // namespace sluice::jobs
