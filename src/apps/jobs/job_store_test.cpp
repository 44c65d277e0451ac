#include "apps/jobs/job_store.hpp"

#include <gtest/gtest.h>

#include "apps/jobs/jobs_test_support.hpp"
#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::jobs {
namespace {

constexpr std::chrono::milliseconds lease{60'000};

result<> note_effect(sqlite::connection& db, const work_item& item, std::string_view result) {
    TRY(db.run("INSERT INTO effects(key, result) VALUES(?1, ?2)", item.key, result));
    return {};
}

class job_store_test : public testing::Test {
  protected:
    job_store_test() {
        job_id_ = must(jobs_.open_job({.kind = "tag", .name = "/music", .definition = "m1"}));
        run_id_ = must(jobs_.begin_run(job_id_));
        for (const char* key : {"a", "b", "c"}) {
            EXPECT_EQ(enqueue(database_, jobs_, job_id_, key), item_state::queued);
        }
    }
    claim_params claims(std::size_t items_max = 50) const {
        return {.job_id = job_id_, .run_id = run_id_, .items_max = items_max};
    }
    std::string state_of(const std::string& key) const {
        return must(database_->get<std::string>("SELECT state FROM job_items WHERE key = ?1", key));
    }
    std::int64_t pending(std::int64_t job_id) const {
        return must(database_->get<std::int64_t>(
            "SELECT count(*) FROM job_items WHERE job_id = ?1 AND state = 'pending'", job_id));
    }
    std::vector<std::string> effects() const {
        return must(database_->list<std::string>("SELECT key || '=' || result FROM effects ORDER BY rowid"));
    }

    base::temporary_folder folder_;
    base::manual_clock time_;
    job_database database_{folder_.file("jobs.db")};
    job_store jobs_{*database_, database_.locks(), time_};
    std::int64_t job_id_ = 0;
    std::int64_t run_id_ = 0;
};

TEST_F(job_store_test, a_job_is_the_same_when_it_is_opened_again) {
    EXPECT_EQ(must(jobs_.open_job({.kind = "tag", .name = "/music", .definition = "m1"})), job_id_);
    EXPECT_NE(must(jobs_.open_job({.kind = "tag", .name = "/music", .definition = "m2"})), job_id_);
}

TEST_F(job_store_test, items_are_claimed_in_order_and_once) {
    const auto first = must(jobs_.claim(claims(2)));
    ASSERT_TRUE(first);
    ASSERT_EQ(first->items.size(), 2U);
    EXPECT_EQ(first->items[0].item.key, "a");
    EXPECT_EQ(first->items[0].item.payload, "pa");
    EXPECT_EQ(first->items[1].item.key, "b");
    const auto second = must(jobs_.claim(claims(2)));
    ASSERT_TRUE(second);
    ASSERT_EQ(second->items.size(), 1U);
    EXPECT_GT(second->batch_id, first->batch_id);
    EXPECT_FALSE(must(jobs_.claim(claims())));
}

TEST_F(job_store_test, fewer_than_wanted_are_left_for_later) {
    auto many = claims();
    many.items_min = 4;
    EXPECT_FALSE(must(jobs_.claim(many)));
    EXPECT_EQ(state_of("a"), "pending");
}

TEST_F(job_store_test, the_end_of_a_batch_is_one_transaction) {
    const auto batch = must(jobs_.claim(claims()));
    const batch_end end{.done = {{.index = 0, .result = "ra"}},
                        .dead = {{.index = 1, .what = "invalid", .reason = "no mood", .raw = "{}"}},
                        .next = {{.indexes = {2}, .stage = work_stage::repair}}};
    const auto outcome = must(jobs_.settle(*batch, end, lease, note_effect));
    EXPECT_FALSE(outcome.is_fenced);
    ASSERT_EQ(outcome.next.size(), 1U);
    EXPECT_EQ(outcome.next[0].stage, work_stage::repair);
    EXPECT_EQ(outcome.next[0].items.at(0).item.key, "c");
    EXPECT_EQ(state_of("a"), "done");
    EXPECT_EQ(state_of("b"), "dead");
    EXPECT_EQ(state_of("c"), "claimed");
    EXPECT_EQ(effects(), std::vector<std::string>{"a=ra"});
    EXPECT_EQ(must(database_->get<std::string>("SELECT reason FROM job_dead_letters")), "no mood");
}

TEST_F(job_store_test, what_fails_in_the_end_leaves_all_as_it_was) {
    const auto batch = must(jobs_.claim(claims()));
    const batch_end end{.done = {{.index = 0, .result = "ra"}, {.index = 1, .result = "rb"}}};
    int calls = 0;
    const auto outcome =
        jobs_.settle(*batch, end, lease,
                     [&](sqlite::connection& db, const work_item& item, std::string_view result) -> jobs::result<> {
                         TRY(note_effect(db, item, result));
                         return ++calls == 2 ? fail(error_kind::storage, "full") : jobs::result<>();
                     });
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(effects().empty());
    EXPECT_EQ(state_of("a"), "claimed");
    EXPECT_FALSE(must(jobs_.settle(*batch, end, lease, note_effect)).is_fenced)
        << "the same batch can be settled later";
}

TEST_F(job_store_test, what_is_in_no_list_is_pending_again) {
    const auto batch = must(jobs_.claim(claims()));
    EXPECT_FALSE(must(jobs_.settle(*batch, {}, lease, note_effect)).is_fenced);
    EXPECT_EQ(pending(job_id_), 3);
    EXPECT_EQ(must(database_->get<std::string>("SELECT state FROM job_batches")), "released");
}

TEST_F(job_store_test, a_run_whose_process_died_loses_its_batches_at_once) {
    job_database other(folder_.file("jobs.db"));
    auto theirs = std::make_unique<job_store>(*other, other.locks(), time_);
    const auto their_run = must(theirs->begin_run(job_id_));
    const auto batch = must(theirs->claim({.job_id = job_id_, .run_id = their_run}));
    ASSERT_TRUE(batch);
    EXPECT_FALSE(must(jobs_.claim(claims()))) << "it lives";
    other.locks().let_go(their_run);  // as the kernel does when a process dies
    const auto mine = must(jobs_.claim(claims()));
    ASSERT_TRUE(mine);
    EXPECT_EQ(mine->items.size(), 3U);
    const batch_end end{.done = {{.index = 0, .result = "late"}}};
    EXPECT_TRUE(must(theirs->settle(*batch, end, lease, note_effect)).is_fenced);
    EXPECT_TRUE(effects().empty());
    const batch_end good{.done = {{.index = 0, .result = "mine"}}};
    EXPECT_FALSE(must(jobs_.settle(*mine, good, lease, note_effect)).is_fenced);
    EXPECT_EQ(effects(), std::vector<std::string>{"a=mine"});
}

TEST_F(job_store_test, a_lease_that_is_not_renewed_is_lost) {
    job_database other(folder_.file("jobs.db"));
    job_store theirs(*other, other.locks(), time_);
    const auto their_run = must(theirs.begin_run(job_id_));
    const auto batch = must(theirs.claim({.job_id = job_id_, .run_id = their_run, .lease = lease}));
    time_.advance_ms(50'000);
    must(theirs.renew(their_run, lease));
    time_.advance_ms(50'000);
    EXPECT_FALSE(must(jobs_.claim(claims())));
    time_.advance_ms(10'001);
    EXPECT_TRUE(must(jobs_.claim(claims())));
    EXPECT_TRUE(must(theirs.settle(*batch, {.done = {{.index = 0, .result = "late"}}}, lease, note_effect)).is_fenced);
}

TEST_F(job_store_test, a_run_that_ends_gives_back_what_it_has) {
    ASSERT_TRUE(must(jobs_.claim(claims(2))));
    must(jobs_.end_run(run_id_, {.outcome = "interrupted", .done = 4, .used = {.requests = 2}}));
    EXPECT_EQ(pending(job_id_), 3);
    EXPECT_EQ(must(database_->get<std::string>("SELECT outcome || done || requests FROM job_runs")), "interrupted42");
}

TEST_F(job_store_test, a_key_is_done_once_whoever_asks) {
    const auto batch = must(jobs_.claim(claims(1)));
    (void)must(jobs_.settle(*batch, {.done = {{.index = 0, .result = "ra"}}}, lease, note_effect));
    const auto elsewhere = must(jobs_.open_job({.kind = "tag", .name = "/other", .definition = "m1"}));
    EXPECT_EQ(enqueue(database_, jobs_, elsewhere, "a"), item_state::done);
    EXPECT_EQ(enqueue(database_, jobs_, job_id_, "b"), item_state::waiting);
    EXPECT_EQ(enqueue(database_, jobs_, elsewhere, "b"), item_state::queued) << "who asked last does it";
    EXPECT_EQ(pending(elsewhere), 1);
    EXPECT_EQ(pending(job_id_), 1);
}

TEST_F(job_store_test, what_another_job_has_claimed_is_waited_for_and_taken_over) {
    const auto batch = must(jobs_.claim(claims()));
    const auto elsewhere = must(jobs_.open_job({.kind = "tag", .name = "/other", .definition = "m1"}));
    const auto run = must(jobs_.begin_run(elsewhere));
    EXPECT_EQ(enqueue(database_, jobs_, elsewhere, "a"), item_state::waiting);
    EXPECT_TRUE(must(jobs_.is_shared(elsewhere, run)));
    EXPECT_EQ(must(jobs_.count_open(elsewhere)), 1);
    EXPECT_EQ(must(jobs_.count_open(job_id_)), 2);
    time_.advance_ms(lease.count() + 1);
    const auto taken = must(jobs_.claim({.job_id = elsewhere, .run_id = run, .items_max = 50}));
    ASSERT_TRUE(taken);
    ASSERT_EQ(taken->items.size(), 1U);
    EXPECT_EQ(taken->items[0].item.key, "a");
    EXPECT_TRUE(must(jobs_.settle(*batch, {}, lease, note_effect)).is_fenced);
    EXPECT_FALSE(must(jobs_.is_shared(elsewhere, run)));
}

TEST_F(job_store_test, the_dead_come_back_when_it_was_not_their_fault_or_when_asked) {
    const auto batch = must(jobs_.claim(claims()));
    (void)must(jobs_.settle(*batch,
                            {.dead = {{.index = 0, .what = "transient", .reason = "no network", .is_passing = true},
                                      {.index = 1, .what = "invalid", .reason = "no mood"}}},
                            lease, note_effect));
    EXPECT_EQ(enqueue(database_, jobs_, job_id_, "a"), item_state::queued);
    EXPECT_EQ(enqueue(database_, jobs_, job_id_, "b"), item_state::dead);
    EXPECT_EQ(enqueue(database_, jobs_, job_id_, "b", true), item_state::queued);
    EXPECT_EQ(must(database_->get<std::int64_t>("SELECT count(*) FROM job_dead_letters")), 0);
}

TEST_F(job_store_test, an_answer_is_kept_and_told_when_the_item_is_claimed_again) {
    const auto batch = must(jobs_.claim(claims(1)));
    (void)must(jobs_.settle(*batch, {.done = {{.index = 0, .result = "ra"}}}, lease, note_effect));
    must(database_->run("UPDATE job_items SET state = 'pending' WHERE key = 'a'"));
    const auto again = must(jobs_.claim(claims(1)));
    EXPECT_EQ(again->items.at(0).answer, "ra");
}

TEST_F(job_store_test, what_is_left_is_what_is_pending_or_claimed) {
    (void)must(jobs_.claim(claims(1)));
    EXPECT_EQ(must(jobs_.count_open(job_id_)), 3);
}

}  // namespace
}  // namespace sluice::jobs
