#include "apps/tagger/library/track_writer.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/tagger/audio/audio_tags.hpp"
#include "apps/tagger/audio/audio_test_support.hpp"
#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::tagger {
namespace {

using testing::IsEmpty;

namespace fs = std::filesystem;

tag_set some_tags() {
    tag_set tags;
    tags[tag_kind::genre] = {"rock:indie"};
    tags[tag_kind::mood] = {"calm", "warm"};
    return tags;
}

class track_writer_test : public testing::Test {
  protected:
    [[nodiscard]] fs::path path(std::string_view name) const { return folder_.file(name); }
    // Names in the folder, except those of songs.
    [[nodiscard]] std::vector<std::string> left() const {
        std::vector<std::string> names;
        for (const auto& each : fs::directory_iterator(folder_.file(""))) {
            if (!audio_format_of(each.path())) {
                names.push_back(each.path().filename());
            }
        }
        return names;
    }

    base::temporary_folder folder_;
};

TEST_F(track_writer_test, a_file_gets_its_tags_and_keeps_its_sound_and_mode) {
    for (const auto format : audio_formats) {
        const auto made = make_audio(format);
        const auto song = path("a." + std::string(to_text(format)));
        put(song, made.file);
        ASSERT_EQ(::chmod(song.c_str(), 0640), 0);
        const auto done = value_in(write_track({.path = song, .sha256 = hash_of(made.sound), .tags = some_tags()}));
        EXPECT_TRUE(done.was_written);
        EXPECT_TRUE(done.before.is_empty());
        struct stat about{};
        ASSERT_EQ(::stat(song.c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 07777U, 0640U);
        EXPECT_EQ(done.size_bytes, static_cast<std::uint64_t>(about.st_size));
        EXPECT_EQ(done.inode, about.st_ino);
        EXPECT_EQ(done.modified_ns, about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec);
        EXPECT_EQ(value_in(read_file_tags(song)), some_tags()) << to_text(format);
        EXPECT_EQ(value_in(read_payload(song)).sha256, hash_of(made.sound)) << to_text(format);
    }
    EXPECT_THAT(left(), IsEmpty());
}

TEST_F(track_writer_test, nothing_is_written_when_the_tags_are_there_already) {
    const auto made = make_flac(10, 1, {"MOOD=warm", "MOOD=calm", "GENRE=rock:indie"});
    const auto song = path("a.flac");
    put(song, made.file);
    struct stat about{};
    ASSERT_EQ(::stat(song.c_str(), &about), 0);
    bool was_asked = false;
    const auto done =
        value_in(write_track({.path = song, .sha256 = "", .tags = some_tags(), .before_rename = [&](auto&) {
                                  was_asked = true;
                                  return result<>();
                              }}));
    EXPECT_FALSE(done.was_written);
    EXPECT_FALSE(was_asked);
    EXPECT_EQ(done.inode, about.st_ino);
    EXPECT_EQ(done.size_bytes, made.file.size());
    EXPECT_EQ(content_of(song), made.file);
}

TEST_F(track_writer_test, what_the_file_had_is_told_before_it_is_replaced) {
    const auto made = make_flac(10, 1, {"GENRE=Blues"});
    const auto song = path("a.flac");
    put(song, made.file);
    const auto outcome = write_track({.path = song,
                                      .sha256 = hash_of(made.sound),
                                      .tags = some_tags(),
                                      .before_rename = [&](const tag_set& before) -> result<> {
                                          EXPECT_THAT(before[tag_kind::genre], testing::ElementsAre("Blues"));
                                          EXPECT_EQ(content_of(song), made.file);
                                          return fail(error_kind::io, "no");
                                      }});
    EXPECT_EQ(error_in(outcome).message, "no");
    EXPECT_EQ(content_of(song), made.file);
    EXPECT_THAT(left(), IsEmpty());
}

TEST_F(track_writer_test, a_file_with_another_sound_is_left_alone) {
    const auto song = path("a.mp3");
    put(song, make_mp3(10, 2).file);
    const auto outcome = write_track({.path = song, .sha256 = hash_of(make_mp3(10, 1).sound), .tags = some_tags()});
    EXPECT_EQ(error_in(outcome).kind, error_kind::conflict);
    EXPECT_EQ(content_of(song), make_mp3(10, 2).file);
    EXPECT_THAT(left(), IsEmpty());
}

TEST_F(track_writer_test, a_file_that_changes_meanwhile_is_left_alone) {
    const auto made = make_mp3();
    const auto song = path("a.mp3");
    const std::vector<std::function<void()>> changes{
        [&] { put(song, made.file + "x"); },
        [&] { fs::last_write_time(song, fs::file_time_type::clock::now() - std::chrono::hours(1)); },
        [&] {
            fs::copy_file(song, path("copy.mp3"));
            fs::last_write_time(path("copy.mp3"), fs::last_write_time(song));
            fs::rename(path("copy.mp3"), song);
        },
    };
    for (const auto& change : changes) {
        put(song, made.file);
        const auto outcome =
            write_track({.path = song, .sha256 = hash_of(made.sound), .tags = some_tags(), .before_rename = [&](auto&) {
                             change();
                             return result<>();
                         }});
        EXPECT_EQ(error_in(outcome).kind, error_kind::conflict);
        EXPECT_TRUE(content_of(song).starts_with(made.file));
    }
    put(song, made.file);
    const auto gone =
        write_track({.path = song, .sha256 = hash_of(made.sound), .tags = some_tags(), .before_rename = [&](auto&) {
                         fs::remove(song);
                         return result<>();
                     }});
    EXPECT_EQ(error_in(gone).kind, error_kind::not_found);
    EXPECT_FALSE(fs::exists(song));
    EXPECT_THAT(left(), IsEmpty());
}

TEST_F(track_writer_test, a_link_stays_a_link_and_may_have_the_only_name_with_an_extension) {
    const auto made = make_flac();
    fs::create_directory(path("store"));
    put(path("store/blob"), made.file);
    fs::create_symlink("store/blob", path("one.flac"));
    fs::create_symlink("one.flac", path("two.flac"));
    EXPECT_TRUE(value_in(write_track({.path = path("two.flac"), .sha256 = hash_of(made.sound), .tags = some_tags()}))
                    .was_written);
    EXPECT_TRUE(fs::is_symlink(path("two.flac")));
    EXPECT_TRUE(fs::is_symlink(path("one.flac")));
    EXPECT_FALSE(fs::is_symlink(path("store/blob")));
    EXPECT_EQ(value_in(read_file_tags(path("one.flac"))), some_tags());
}

TEST_F(track_writer_test, files_that_are_gone_or_none) {
    EXPECT_EQ(error_in(write_track({.path = path("a.mp3"), .sha256 = "", .tags = some_tags()})).kind,
              error_kind::not_found);
    EXPECT_EQ(error_in(write_track({.path = path("a.txt"), .sha256 = "", .tags = some_tags()})).kind,
              error_kind::invalid);
    fs::create_symlink("nowhere.mp3", path("link.mp3"));
    EXPECT_EQ(error_in(write_track({.path = path("link.mp3"), .sha256 = "", .tags = some_tags()})).kind,
              error_kind::not_found);
    ASSERT_EQ(::mkfifo(path("fifo.mp3").c_str(), 0600), 0);
    EXPECT_EQ(error_in(write_track({.path = path("fifo.mp3"), .sha256 = "", .tags = some_tags()})).message,
              "not a regular file");
}

TEST_F(track_writer_test, a_truncated_file_is_not_written) {
    const auto made = make_wav();
    put(path("a.wav"), made.file.substr(0, made.file.size() - 100));
    const auto outcome = write_track({.path = path("a.wav"), .sha256 = hash_of(made.sound), .tags = some_tags()});
    EXPECT_FALSE(outcome);
    EXPECT_EQ(content_of(path("a.wav")), made.file.substr(0, made.file.size() - 100));
    EXPECT_THAT(left(), IsEmpty());
}

TEST_F(track_writer_test, a_killed_process_leaves_the_old_file_and_a_copy_that_the_next_one_takes_away) {
    const auto made = make_mp3();
    const auto song = path("a.mp3");
    put(song, made.file);
    const pid_t child = ::fork();
    if (child == 0) {
        (void)write_track(
            {.path = song, .sha256 = hash_of(made.sound), .tags = some_tags(), .before_rename = [](auto&) {
                 ::raise(SIGKILL);
                 return result<>();
             }});
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(content_of(song), made.file);
    EXPECT_EQ(left().size(), 1U);
    EXPECT_TRUE(value_in(write_track({.path = song, .sha256 = hash_of(made.sound), .tags = some_tags()})).was_written);
    EXPECT_THAT(left(), IsEmpty());
}

TEST_F(track_writer_test, two_do_not_write_a_file_at_once) {
    const auto made = make_mp3();
    const auto song = path("a.mp3");
    put(song, made.file);
    std::optional<error> second;
    const auto first =
        write_track({.path = song, .sha256 = hash_of(made.sound), .tags = some_tags(), .before_rename = [&](auto&) {
                         second =
                             error_in(write_track({.path = song, .sha256 = hash_of(made.sound), .tags = some_tags()}));
                         return result<>();
                     }});
    EXPECT_TRUE(value_in(first).was_written);
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->kind, error_kind::busy);
    EXPECT_THAT(left(), IsEmpty());
}

}  // namespace
}  // namespace sluice::tagger
