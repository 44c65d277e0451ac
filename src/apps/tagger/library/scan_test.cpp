#include "apps/tagger/library/scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/tagger/audio/audio_test_support.hpp"
#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::tagger {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

class scan_test : public testing::Test {
  protected:
    [[nodiscard]] fs::path path(std::string_view name) const { return folder_.file(name); }
    void make(std::string_view name) const {
        fs::create_directories(path(name).parent_path());
        put(path(name), "x");
    }
    // Paths relative to the folder.
    std::vector<std::string> scan(const fs::path& folder, std::size_t depth_max = 200) {
        std::vector<std::string> found;
        problems_.clear();
        EXPECT_TRUE(find_audio(
            {.folder = folder, .depth_max = depth_max},
            [&](const found_file& file) {
                found.push_back(name_of(file.path));
                return true;
            },
            [&](const scan_problem& problem) { problems_.push_back(name_of(problem.path) + ": " + problem.reason); }));
        return found;
    }
    std::vector<std::string> scan() { return scan(folder_.file("")); }
    [[nodiscard]] std::string name_of(const fs::path& whole) const {
        const auto prefix = folder_.file("");
        return whole.string().starts_with(prefix) ? whole.string().substr(prefix.size()) : whole.string();
    }

    base::temporary_folder folder_;
    std::vector<std::string> problems_;
};

TEST_F(scan_test, audio_files_are_found_in_the_order_of_their_names) {
    for (const auto* const name :
         {"b.mp3", "a/z.FLAC", "a/b/c.ogg", "a.wav", "c.txt", "a/cover.jpg", ".hidden.mp3", ".d/e.mp3", "Z.m4a"}) {
        make(name);
    }
    EXPECT_THAT(scan(), ElementsAre("Z.m4a", "a/b/c.ogg", "a/z.FLAC", "a.wav", "b.mp3"));
    EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(scan_test, a_file_is_told_with_what_it_takes_to_know_it_again) {
    put(path("a.opus"), "12345");
    struct stat about{};
    ASSERT_EQ(::stat(path("a.opus").c_str(), &about), 0);
    int count = 0;
    ASSERT_TRUE(find_audio(
        {.folder = folder_.file("")},
        [&](const found_file& file) {
            ++count;
            EXPECT_EQ(file.path, path("a.opus"));
            EXPECT_EQ(file.format, audio_format::opus);
            EXPECT_EQ(file.size_bytes, 5U);
            EXPECT_EQ(file.inode, about.st_ino);
            EXPECT_EQ(file.device, about.st_dev);
            EXPECT_EQ(file.modified_ns, about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec);
            return true;
        },
        [](const scan_problem&) {}));
    EXPECT_EQ(count, 1);
}

TEST_F(scan_test, a_scan_ends_when_it_is_told_to) {
    for (const auto* const name : {"a/1.mp3", "a/b/2.mp3", "a/b/3.mp3", "c.mp3"}) {
        make(name);
    }
    int count = 0;
    ASSERT_TRUE(find_audio(
        {.folder = folder_.file("")}, [&](const found_file&) { return ++count < 2; }, [](const scan_problem&) {}));
    EXPECT_EQ(count, 2);
}

TEST_F(scan_test, a_single_file_is_a_library_too) {
    make("a/b.mp3");
    make("a/c.mp3");
    make("d.txt");
    fs::create_symlink("a/b.mp3", path("e.mp3"));
    EXPECT_THAT(scan(path("a/b.mp3")), ElementsAre("a/b.mp3"));
    EXPECT_THAT(scan(path("a/../e.mp3")), ElementsAre("e.mp3"));
    const auto fails = [&](const fs::path& folder) {
        return error_in(find_audio(
                            {.folder = folder}, [](const found_file&) { return true; }, [](const scan_problem&) {}))
            .kind;
    };
    EXPECT_EQ(fails(path("d.txt")), error_kind::invalid);
    EXPECT_EQ(fails(path("none")), error_kind::not_found);
    EXPECT_EQ(fails(path("none.mp3")), error_kind::not_found);
    EXPECT_EQ(fails(path("d.txt/e")), error_kind::not_found);
}

TEST_F(scan_test, a_folder_reached_by_a_link_has_the_paths_of_the_folder) {
    make("a/b.mp3");
    fs::create_directory_symlink("a", path("link"));
    EXPECT_THAT(scan(path("link")), ElementsAre("a/b.mp3"));
    EXPECT_THAT(scan(path("link/../link/.")), ElementsAre("a/b.mp3"));
}

TEST_F(scan_test, links_are_followed_and_a_folder_is_entered_once) {
    make("b/song.mp3");
    make("other/x.mp3");
    fs::create_directory_symlink("b", path("a"));
    fs::create_directory_symlink("other", path("c"));
    fs::create_symlink("b/song.mp3", path("d.mp3"));
    // A folder elsewhere is found once, under the first name that leads to it.
    EXPECT_THAT(scan(), ElementsAre("a/song.mp3", "c/x.mp3", "d.mp3"));
    EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(scan_test, links_that_lead_back_nowhere_or_in_a_circle_are_told) {
    make("a/b/song.mp3");
    fs::create_directory_symlink("../..", path("a/b/up"));
    fs::create_directory_symlink(".", path("a/self"));
    fs::create_symlink("none.mp3", path("broken.mp3"));
    fs::create_symlink("none", path("broken"));
    fs::create_symlink("circle2", path("circle1"));
    fs::create_symlink("circle1", path("circle2"));
    EXPECT_THAT(scan(), ElementsAre("a/b/song.mp3"));
    const auto root = fs::path(folder_.file("")).parent_path().string();
    EXPECT_THAT(
        problems_,
        ElementsAre("a/b/up: symbolic link leads back to " + root, "a/self: symbolic link leads back to " + root + "/a",
                    "broken.mp3: symbolic link that leads nowhere", "circle1: symbolic links that lead in a circle",
                    "circle2: symbolic links that lead in a circle"));
}

TEST_F(scan_test, hard_links_are_files_of_their_own) {
    make("a.mp3");
    fs::create_hard_link(path("a.mp3"), path("b.mp3"));
    EXPECT_THAT(scan(), ElementsAre("a.mp3", "b.mp3"));
}

TEST_F(scan_test, names_that_are_no_utf8_are_told_if_they_matter) {
    make("ok \xc3\xa9.mp3");
    make("bad \xe9.mp3");
    make("bad \xe9.txt");
    make("bad \xff/song.mp3");
    make("esc\x1b[31m.mp3");
    EXPECT_THAT(scan(), ElementsAre("esc\x1b[31m.mp3", "ok \xc3\xa9.mp3"));
    EXPECT_THAT(problems_, ElementsAre("bad \\xe9.mp3: its name is no UTF-8", "bad \\xff: its name is no UTF-8"));
}

TEST_F(scan_test, what_has_a_songs_name_and_is_none_is_told) {
    ASSERT_EQ(::mkfifo(path("fifo.mp3").c_str(), 0600), 0);
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    make("folder.mp3/song.mp3");
    EXPECT_THAT(scan(), ElementsAre("folder.mp3/song.mp3"));
    EXPECT_THAT(problems_, ElementsAre("fifo.mp3: not a regular file"));
}

TEST_F(scan_test, folders_that_are_too_deep_are_told) {
    make("a/b/c/song.mp3");
    make("a/b/song.mp3");
    EXPECT_THAT(scan(folder_.file(""), 2), ElementsAre("a/b/song.mp3"));
    EXPECT_THAT(problems_, ElementsAre("a/b/c: more than 2 folders deep"));
}

TEST_F(scan_test, paths_that_are_too_long_for_the_system_are_told) {
    // A path longer than 4096 bytes, made step by step.
    const std::string name(200, 'x');
    const auto here = fs::current_path();
    fs::current_path(folder_.file(""));
    for (int i = 0; i < 25; ++i) {
        ASSERT_EQ(::mkdir(name.c_str(), 0700), 0);
        ASSERT_EQ(::chdir(name.c_str()), 0);
    }
    fs::current_path(here);
    make("z.mp3");
    EXPECT_THAT(scan(), ElementsAre("z.mp3"));
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_THAT(problems_[0], HasSubstr("File name too long"));
}

TEST_F(scan_test, folders_that_may_not_be_entered_are_told) {
    make("closed/song.mp3");
    make("open.mp3");
    ASSERT_EQ(::chmod(path("closed").c_str(), 0), 0);
    ASSERT_EQ(::chmod(path("").c_str(), 0755), 0);
    // Root may enter every folder, so the test switches to another user for a moment.
    constexpr uid_t nobody = 65534;
    const uid_t user = ::geteuid();
    ASSERT_TRUE(user != 0 || ::seteuid(nobody) == 0);
    const auto found = scan();
    const auto closed = find_audio({.folder = path("closed")}, [](const found_file&) { return true; }, [](auto&) {});
    ASSERT_TRUE(user != 0 || ::seteuid(user) == 0);
    ASSERT_EQ(::chmod(path("closed").c_str(), 0700), 0);
    EXPECT_THAT(found, ElementsAre("open.mp3"));
    EXPECT_THAT(problems_, ElementsAre("closed: cannot read it: Permission denied"));
    EXPECT_EQ(error_in(closed).kind, error_kind::io);
    EXPECT_TRUE(error_in(closed).message.ends_with("Permission denied")) << error_in(closed).message;
}

}  // namespace
}  // namespace sluice::tagger
