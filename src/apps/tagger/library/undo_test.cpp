#include "apps/tagger/library/undo.hpp"

#include <gtest/gtest.h>

#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

tag_set with_mood(const std::string& mood) {
    auto tags = clean_tags();
    tags[tag_kind::mood] = {mood};
    return tags;
}

class undo_test : public testing::Test {
  protected:
    std::int64_t begin(const std::string& what) const { return must(begin_tag_run(*database_, what, "/music", 5)); }
    void tag(std::int64_t run, std::int64_t recording_id, const tag_set& tags) const {
        must(database_->transaction([&](sqlite::connection& db) {
            return replace_tags(db, {.recording_id = recording_id, .tags = tags, .tag_run_id = run, .now_ms = 9});
        }));
    }
    undo_report undo(std::optional<std::int64_t> run = {}) const {
        return must(undo_run({.database = &*database_, .tag_run_id = run}));
    }
    std::string refused(std::optional<std::int64_t> run = {}) const {
        const auto done = undo_run({.database = &*database_, .tag_run_id = run});
        EXPECT_FALSE(done.has_value());
        return done ? "" : done.error().message;
    }
    // Adds an item as a tagging run leaves it.
    void add_item(std::int64_t recording_id, const std::string& state) const {
        must(
            database_->run("INSERT OR IGNORE INTO jobs(job_id, kind, name, definition, created_date) "
                           "VALUES(1, 'tag', '/music', 'd', 1)"));
        must(
            database_->run("INSERT INTO job_items(job_id, key, payload, state, answer, done_date) "
                           "VALUES(1, 'k' || ?1, ?1, ?2, 'paid', 7)",
                           std::to_string(recording_id), state));
    }
    std::string item(std::int64_t recording_id) const {
        return must(database_->get<std::string>("SELECT state || ' ' || answer FROM job_items WHERE payload = ?1",
                                                std::to_string(recording_id)));
    }
    void change_file(std::int64_t run, const std::string& before, const std::string& after) const {
        must(database_->run(
            "INSERT INTO file_changes(tag_run_id, file_id, before, after, date) VALUES(?1, 1, ?2, ?3, 9)", run, before,
            after));
    }
    std::vector<std::string> writes() const {
        return must(database_->list<std::string>("SELECT file_id || ' ' || tags FROM file_writes ORDER BY file_id"));
    }

    library_database database_;
    std::int64_t one_ = database_.add("h1", "/music/a.mp3");
    std::int64_t two_ = database_.add("h2", "/music/b.mp3");
};

TEST_F(undo_test, gives_back_what_was_before) {
    tag(begin("tag"), one_, with_mood("calm"));
    const auto run = begin("import");
    tag(run, one_, with_mood("sad"));
    tag(run, one_, with_mood("dark"));
    tag(run, two_, with_mood("dark"));
    const auto done = undo();
    EXPECT_EQ(done.undone_run_id, run);
    EXPECT_EQ(done.what, "import");
    EXPECT_EQ(done.recordings, 2);
    EXPECT_EQ(database_.tags_of(one_), with_mood("calm")) << "before the first change of the run";
    EXPECT_TRUE(database_.tags_of(two_).is_empty());
}

TEST_F(undo_test, leaves_alone_what_was_changed_since) {
    const auto first = begin("tag");
    tag(first, one_, with_mood("calm"));
    tag(first, two_, with_mood("calm"));
    tag(begin("import"), one_, with_mood("sad"));
    const auto done = undo(first);
    EXPECT_EQ(done.recordings, 1);
    EXPECT_EQ(done.recordings_left, 1);
    EXPECT_EQ(database_.tags_of(one_), with_mood("sad"));
    EXPECT_TRUE(database_.tags_of(two_).is_empty());
}

TEST_F(undo_test, one_after_the_other_goes_further_back) {
    const auto first = begin("tag");
    tag(first, one_, with_mood("calm"));
    const auto second = begin("import");
    tag(second, one_, with_mood("sad"));
    begin("tag");  // this run changed nothing
    EXPECT_EQ(undo().undone_run_id, second);
    EXPECT_EQ(database_.tags_of(one_), with_mood("calm"));
    EXPECT_EQ(undo().undone_run_id, first);
    EXPECT_TRUE(database_.tags_of(one_).is_empty());
    EXPECT_EQ(refused(), "there is nothing to undo");
    EXPECT_TRUE(refused(second).contains("is undone already"));
    EXPECT_EQ(refused(99), "there is no run 99");
}

TEST_F(undo_test, an_undo_can_be_undone_and_that_too) {
    const auto run = begin("tag");
    tag(run, one_, with_mood("calm"));
    add_item(one_, "done");
    const auto undone = undo();
    EXPECT_EQ(item(one_), "pending paid");
    const auto again = undo(undone.tag_run_id);
    EXPECT_EQ(database_.tags_of(one_), with_mood("calm"));
    EXPECT_EQ(item(one_), "done paid");
    EXPECT_TRUE(refused(undone.tag_run_id).contains("is undone already"));
    undo(again.tag_run_id);
    EXPECT_TRUE(database_.tags_of(one_).is_empty());
    EXPECT_EQ(item(one_), "pending paid");
    EXPECT_TRUE(refused(run).contains("is undone already")) << "the first undo is in force again";
    undo(undone.tag_run_id);
    EXPECT_EQ(database_.tags_of(one_), with_mood("calm"));
    EXPECT_EQ(undo().undone_run_id, run);
    EXPECT_TRUE(database_.tags_of(one_).is_empty());
}

TEST_F(undo_test, answers_that_were_paid_for_are_applied_again_later) {
    const auto run = begin("tag");
    tag(run, one_, with_mood("calm"));
    add_item(one_, "done");
    add_item(two_, "done");
    undo();
    EXPECT_EQ(item(one_), "pending paid");
    EXPECT_EQ(item(two_), "done paid") << "none of that run's";
    tag(begin("import"), two_, with_mood("sad"));
    undo();
    EXPECT_EQ(item(two_), "done paid") << "an import has no answers";
}

TEST_F(undo_test, runs_are_listed_with_what_they_did) {
    const auto run = begin("tag");
    tag(run, one_, with_mood("calm"));
    tag(run, one_, with_mood("sad"));
    const auto undone = undo();
    const auto runs = must(list_runs(*database_, 10));
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs[0].tag_run_id, undone.tag_run_id);
    EXPECT_EQ(runs[0].detail, std::to_string(run));
    EXPECT_EQ(runs[1].undone_by, undone.tag_run_id);
    EXPECT_EQ(runs[1].recordings, 1);
    EXPECT_EQ(must(list_runs(*database_, 1)).size(), 1U);
}

TEST_F(undo_test, files_get_what_they_had) {
    const auto run = begin("write");
    change_file(run, "had", "new");
    change_file(run, "new", "newer");
    EXPECT_EQ(undo().files, 1);
    EXPECT_EQ(writes(), std::vector<std::string>{"1 had"});
}

TEST_F(undo_test, files_written_since_are_left_alone) {
    const auto run = begin("write");
    change_file(run, "had", "new");
    change_file(begin("tag"), "new", "newer");
    const auto done = undo(run);
    EXPECT_EQ(done.files, 0);
    EXPECT_EQ(done.files_left, 1);
    EXPECT_TRUE(writes().empty());
}

TEST_F(undo_test, files_are_as_a_run_left_them_once_later_ones_are_undone) {
    const auto first = begin("write");
    change_file(first, "had", "new");
    const auto second = begin("write");
    change_file(second, "new", "newer");
    const auto undone = undo(second);
    EXPECT_EQ(writes(), std::vector<std::string>{"1 new"});
    EXPECT_EQ(undo(first).files, 1) << "what is queued counts as done";
    EXPECT_EQ(writes(), std::vector<std::string>{"1 had"});
    must(database_->run("DELETE FROM file_writes"));
    change_file(undone.tag_run_id, "newer", "had");
    const auto third = begin("write");
    change_file(third, "had", "third");
    EXPECT_EQ(undo(undone.tag_run_id).files_left, 1);
}

TEST_F(undo_test, what_was_written_twice_gets_what_was_before_the_first) {
    const auto run = begin("tag");
    change_file(run, "had", "new");
    must(database_->run("INSERT INTO file_writes VALUES(1, ?1, 'newer', 'new', NULL, 9)", run));
    EXPECT_EQ(undo().files, 1);
    EXPECT_EQ(writes(), std::vector<std::string>{"1 had"});
}

TEST_F(undo_test, what_is_not_in_the_files_yet_never_gets_there) {
    const auto run = begin("write");
    must(database_->transaction([&](sqlite::connection& db) -> result<> {
        TRY(queue_file_write(db, 1, run, "new", 9));
        TRY(queue_file_write(db, 2, run, "new", 9));
        TRY(db.run("UPDATE file_writes SET before = 'had', failed_reason = 'full' WHERE file_id = 2"));
        return {};
    }));
    EXPECT_EQ(undo().files, 1);
    EXPECT_EQ(writes(), std::vector<std::string>{"2 had"}) << "it was about to be replaced";
}

}  // namespace
}  // namespace sluice::tagger
