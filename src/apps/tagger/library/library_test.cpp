#include "apps/tagger/library/library.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "apps/tagger/run/tagger_test_support.hpp"

namespace sluice::tagger {
namespace {

class library_test : public testing::Test {
  protected:
    bool replace(std::int64_t recording_id, const tag_set& tags) {
        return must(database_->transaction([&](sqlite::connection& db) {
            return replace_tags(db, {.recording_id = recording_id, .tags = tags, .tag_run_id = run_, .now_ms = 9});
        }));
    }
    void queue(std::int64_t recording_id, const tag_set& tags) {
        must(database_->transaction(
            [&](sqlite::connection& db) { return queue_recording_writes(db, recording_id, run_, tags, 9); }));
    }
    std::int64_t count(const std::string& sql) const { return must(database_->get<std::int64_t>(sql)); }

    library_database database_;
    std::int64_t run_ = must(begin_tag_run(*database_, "tag", "/music", 5));
};

TEST_F(library_test, new_tags_take_the_place_of_the_old_ones_and_leave_a_trace) {
    const auto id = database_.add("h1", "/music/a.mp3");
    EXPECT_TRUE(replace(id, clean_tags()));
    auto others = clean_tags();
    others[tag_kind::mood] = {"tense", "dark"};
    EXPECT_TRUE(replace(id, others));
    EXPECT_EQ(database_.tags_of(id), others);
    EXPECT_EQ(must(database_->list<std::string>("SELECT before || after FROM tag_changes ORDER BY change_id")),
              (std::vector<std::string>{to_json({}) + to_json(clean_tags()), to_json(clean_tags()) + to_json(others)}));
}

TEST_F(library_test, the_same_tags_in_any_order_change_nothing) {
    const auto id = database_.add("h1", "/music/a.mp3");
    EXPECT_TRUE(replace(id, clean_tags()));
    auto turned = clean_tags();
    std::ranges::reverse(turned[tag_kind::keyword]);
    EXPECT_FALSE(replace(id, turned));
    EXPECT_EQ(count("SELECT count(*) FROM tag_changes"), 1);
}

TEST_F(library_test, the_order_of_tags_is_kept) {
    const auto id = database_.add("h1", "/music/a.mp3");
    const auto tags =
        make_tags({"rock:punk", "pop:indie"}, {"tense", "calm"}, {"work", "party", "club"}, {"z", "y", "x", "w"});
    replace(id, tags);
    EXPECT_EQ(database_.tags_of(id), tags);
}

TEST_F(library_test, one_sound_in_two_files_is_one_recording) {
    const auto id = database_.add("h1", "/music/a.mp3");
    EXPECT_EQ(database_.add("h1", "/music/b.mp3"), id);
    EXPECT_EQ(count("SELECT count(*) FROM audio_files"), 2);
}

TEST_F(library_test, a_file_whose_sound_changed_is_one_of_another_recording) {
    const auto before = database_.add("h1", "/music/a.mp3", {.title = "old"});
    const auto after = database_.add("h2", "/music/a.mp3", {.title = "new"});
    EXPECT_NE(before, after);
    EXPECT_EQ(must(database_->get<std::string>("SELECT title || recording_id FROM audio_files")),
              "new" + std::to_string(after));
}

TEST_F(library_test, all_files_of_a_recording_are_to_be_written_but_those_that_are) {
    const auto id = database_.add("h1", "/music/a.mp3");
    database_.add("h1", "/music/b.mp3");
    database_.add("h1", "/music/gone.mp3");
    database_.add("h2", "/music/other.mp3");
    must(database_->run("UPDATE audio_files SET written_tags = ?1 WHERE path = '/music/b.mp3'", to_json(clean_tags())));
    must(database_->run("UPDATE audio_files SET is_missing = 1 WHERE path = '/music/gone.mp3'"));
    queue(id, clean_tags());
    EXPECT_EQ(must(database_->list<std::string>("SELECT path FROM file_writes JOIN audio_files USING(file_id)")),
              std::vector<std::string>{"/music/a.mp3"});
}

TEST_F(library_test, all_that_is_tagged_can_be_written) {
    replace(database_.add("h1", "/music/a.mp3"), clean_tags());
    database_.add("h1", "/music/b.mp3");
    database_.add("h2", "/music/untagged.mp3");
    const auto queue_all = [&] {
        return must(database_->transaction([&](sqlite::connection& db) { return queue_all_writes(db, run_, 9); }));
    };
    EXPECT_EQ(queue_all(), 2);
    EXPECT_EQ(queue_all(), 2) << "the same ones";
    must(database_->run("DELETE FROM file_writes"));
    must(database_->run("UPDATE audio_files SET written_tags = ?1 WHERE path = '/music/b.mp3'", to_json(clean_tags())));
    EXPECT_EQ(queue_all(), 1);
}

TEST_F(library_test, a_run_of_writes_exists_only_if_files_are_queued) {
    const auto runs = [&] { return must(database_->get<std::int64_t>("SELECT count(*) FROM tag_runs")); };
    const auto before = runs();
    EXPECT_EQ(must(queue_library_writes(*database_, 9)), 0);
    EXPECT_EQ(runs(), before);
    replace(database_.add("h1", "/music/a.mp3"), clean_tags());
    EXPECT_EQ(must(queue_library_writes(*database_, 9)), 1);
    EXPECT_EQ(runs(), before + 1);
}

TEST_F(library_test, its_schema_is_recognised) {
    EXPECT_TRUE(must(has_tagger_schema(*database_)));
    must(database_->run("ALTER TABLE audio_files RENAME TO others"));
    EXPECT_FALSE(must(has_tagger_schema(*database_)));
}

TEST_F(library_test, a_later_decision_keeps_what_the_file_had_before_the_first) {
    const auto id = database_.add("h1", "/music/a.mp3");
    queue(id, clean_tags());
    must(database_->run("UPDATE file_writes SET before = 'had', failed_reason = 'no room'"));
    auto others = clean_tags();
    others[tag_kind::mood] = {"dark"};
    queue(id, others);
    EXPECT_EQ(
        must(database_->get<std::string>("SELECT before || tags || coalesce(failed_reason, '-') FROM file_writes")),
        "had" + to_json(others) + "-");
}

}  // namespace
}  // namespace sluice::tagger
