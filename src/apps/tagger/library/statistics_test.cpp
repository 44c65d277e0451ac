#include "apps/tagger/library/statistics.hpp"

#include <gtest/gtest.h>

#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

class statistics_test : public testing::Test {
  protected:
    void tag(std::int64_t recording_id, const tag_set& tags) const {
        must(database_->transaction([&](sqlite::connection& db) {
            return replace_tags(db, {.recording_id = recording_id, .tags = tags, .tag_run_id = run_, .now_ms = 9});
        }));
    }
    void run_sql(const std::string& sql) const {
        must(database_->transaction([&](sqlite::connection& db) { return db.run_script(sql); }));
    }

    library_database database_;
    std::int64_t run_ = must(begin_tag_run(*database_, "tag", "/music", 5));
};

TEST_F(statistics_test, count_what_is_there) {
    EXPECT_EQ(must(count_library(*database_)).files, 0);
    const auto one = database_.add("h1", "/a", {.duration_ms = 60'000});
    database_.add("h1", "/copy");
    tag(one, make_tags({"rock:indie"}, {"calm", "sad"}, {}, {}));
    tag(database_.add("h2", "/b", {.duration_ms = 30'000}), make_tags({}, {"sad"}, {}, {}));
    database_.add("h3", "/c");
    tag(database_.add("h4", "/gone", {.duration_ms = 1}), make_tags({}, {"sad"}, {}, {}));
    must(database_->run("UPDATE audio_files SET is_missing = 1 WHERE path = '/gone'"));
    const auto seen = must(count_library(*database_));
    EXPECT_EQ(seen.files, 4);
    EXPECT_EQ(seen.missing_files, 1);
    EXPECT_EQ(seen.recordings, 3);
    EXPECT_EQ(seen.tagged_recordings, 2);
    EXPECT_EQ(seen.duration_ms, 150'000);
    const auto& moods = seen.tags.at(static_cast<std::size_t>(tag_kind::mood));
    ASSERT_EQ(moods.size(), 2U);
    EXPECT_EQ(moods[0].tag, "sad");
    EXPECT_EQ(moods[0].recordings, 2);
    EXPECT_EQ(moods[1].recordings, 1);
}

TEST_F(statistics_test, jobs_tell_how_far_they_are) {
    database_.add("h1", "/a");
    database_.add("h2", "/b");
    run_sql(R"(
        INSERT INTO jobs VALUES(1, 'tag', '/music', 'm prompt 1', 1), (2, 'tag', '/else', 'm prompt 1', 1), (3, 'other', '', '', 1);
        INSERT INTO job_runs(job_id, process, started_date, ended_date, outcome, done, requests, tokens_in, tokens_out)
            VALUES(1, 'p', 10, 20, 'finished', 5, 2, 100, 10), (1, 'p', 30, NULL, NULL, 1, 1, 50, 5);
        INSERT INTO job_items(item_id, job_id, key, payload, state) VALUES(1, 1, 'a', '1', 'pending'), (2, 1, 'b', '1', 'done'),
            (3, 1, 'c', '1', 'dead'), (4, 1, 'd', '1', 'dead'), (5, 1, 'e', '1', 'dead');
        INSERT INTO job_dead_letters VALUES(3, 1, 'invalid', 'no mood', '', 0, 9), (4, 1, 'invalid', 'no mood', '', 0, 9),
            (5, 1, 'unusable', 'blocked', '', 0, 9);
        INSERT INTO rate_pauses VALUES('host/m', 2000, 1, 'the day is over'), ('old/m', 1000, 0, 'over');
        INSERT INTO file_writes VALUES(1, 1, '{}', NULL, NULL, 9), (2, 1, '{}', NULL, 'no room', 9);
        INSERT INTO scan_problems VALUES('/x', 'no sound', 9);)");
    const base::manual_clock time;  // starts one second after 1970
    const auto seen = must(look_at_jobs(*database_, {.time = &time}));
    ASSERT_EQ(seen.jobs.size(), 2U);
    const auto& job = seen.jobs[0];
    EXPECT_EQ(job.pending, 1);
    EXPECT_EQ(job.done, 1);
    EXPECT_EQ(job.dead, 3);
    ASSERT_EQ(job.reasons.size(), 2U);
    EXPECT_EQ(job.reasons[0].reason, "no mood");
    EXPECT_EQ(job.reasons[0].items, 2);
    EXPECT_EQ(job.last_run->run_id, 2);
    EXPECT_FALSE(job.last_run->ended_date);
    EXPECT_FALSE(job.last_run->is_alive);
    EXPECT_EQ(job.last_run->used.tokens_in, 50);
    EXPECT_EQ(seen.jobs[1].pending, 0);
    EXPECT_FALSE(seen.jobs[1].last_run);
    ASSERT_EQ(seen.pauses.size(), 1U);
    EXPECT_EQ(seen.pauses[0].service, "host/m");
    EXPECT_EQ(seen.open_writes, 2);
    EXPECT_EQ(seen.failed_writes, 1);
    EXPECT_EQ(seen.failures.at(0).path, "/b");
    EXPECT_EQ(seen.problems.at(0).reason, "no sound");
    const auto numbers = must(count_library(*database_));
    ASSERT_EQ(numbers.used.size(), 1U);
    EXPECT_EQ(numbers.used[0].used.tokens_in, 150);
}

}  // namespace
}  // namespace sluice::tagger
