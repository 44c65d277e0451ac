#include "apps/tagger/library/library_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/tagger/audio/audio_tags.hpp"
#include "apps/tagger/audio/audio_test_support.hpp"
#include "apps/tagger/run/tagger_test_support.hpp"
#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::tagger {
namespace {

class library_writer_test : public testing::Test {
  protected:
    library_writer_test() {
        const auto made = make_mp3();
        put(song_, made.file);
        recording_ = database_.add(hash_of(made.sound), song_.string());
        queue(clean_tags());
    }
    // Queues as a scan or a batch of another process does.
    void queue(const tag_set& tags) {
        const auto run = must(begin_tag_run(*database_, "tag", "/music", 5));
        must(database_->transaction(
            [&](sqlite::connection& db) { return queue_recording_writes(db, recording_, run, tags, 9); }));
    }
    library_write_report write(std::function<void()> before_rename = {}) {
        return must(write_queued({.database = &*database_,
                                  .told = [&](const file_failure_told& one) { told_.push_back(one.reason); },
                                  .goes_on = {},
                                  .before_rename = std::move(before_rename)}));
    }
    std::vector<std::string> changes() const {
        return must(database_->list<std::string>("SELECT before || ' -> ' || after FROM file_changes"));
    }
    std::int64_t queued() const { return must(database_->get<std::int64_t>("SELECT count(*) FROM file_writes")); }
    static std::string change(const tag_set& before, const tag_set& after) {
        return to_json(before) + " -> " + to_json(after);
    }

    base::temporary_folder folder_;
    const std::filesystem::path song_ = folder_.file("a.mp3");
    library_database database_;
    std::int64_t recording_ = 0;
    std::vector<std::string> told_;
};

TEST_F(library_writer_test, a_queued_file_is_written_and_noted) {
    EXPECT_EQ(write().written, 1);
    EXPECT_EQ(value_in(read_file_tags(song_)), clean_tags());
    EXPECT_THAT(changes(), testing::ElementsAre(change({}, clean_tags())));
    EXPECT_EQ(queued(), 0);
    queue(clean_tags());
    EXPECT_EQ(queued(), 0) << "it has them";
}

TEST_F(library_writer_test, what_is_queued_again_while_it_is_written_is_noted_all_the_same) {
    const auto done = write([&] { queue(clean_tags()); });
    EXPECT_EQ(done.written, 1);
    EXPECT_EQ(done.unchanged, 0);
    EXPECT_THAT(changes(), testing::ElementsAre(change({}, clean_tags())));
    EXPECT_EQ(queued(), 0);
}

TEST_F(library_writer_test, a_later_decision_that_comes_while_it_is_written_is_written_too) {
    auto others = clean_tags();
    others[tag_kind::mood] = {"tense", "dark"};
    bool is_first = true;
    const auto done = write([&] {
        if (std::exchange(is_first, false)) {
            queue(others);
        }
    });
    EXPECT_EQ(done.written, 1);
    EXPECT_EQ(value_in(read_file_tags(song_)), others);
    EXPECT_THAT(changes(), testing::ElementsAre(change({}, others)));
    EXPECT_EQ(queued(), 0);
}

TEST_F(library_writer_test, what_another_process_is_writing_is_left_to_it) {
    library_write_report other;
    const auto done = write([&] { other = write(); });
    EXPECT_EQ(other.busy, 1);
    EXPECT_EQ(other.written + other.unchanged + other.failed, 0);
    EXPECT_EQ(done.written, 1);
    EXPECT_THAT(told_, testing::IsEmpty());
}

TEST_F(library_writer_test, a_file_that_is_gone_loses_its_row_unless_its_folder_is_gone_too) {
    std::filesystem::remove(song_);
    EXPECT_EQ(write().failed, 1);
    EXPECT_EQ(queued(), 0);
    must(database_->run("UPDATE audio_files SET path = ?1",
                        (std::filesystem::path(folder_.file("disk")) / "a.mp3").string()));
    queue(clean_tags());
    EXPECT_EQ(write().failed, 1);
    EXPECT_EQ(queued(), 1);
}

}  // namespace
}  // namespace sluice::tagger
