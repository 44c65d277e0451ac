#include "base/os/durable.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::base {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace codes = sqlstates;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string read(const std::filesystem::path& from) {
    std::ifstream file(from, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const std::filesystem::path& path) {
    struct stat about{};
    EXPECT_EQ(::stat(path.c_str(), &about), 0);
    return about.st_mode & 07777U;
}

template <typename T>
error error_of(const result<T>& outcome) {
    EXPECT_FALSE(outcome.has_value());
    return outcome ? error{.code = codes::successful_completion} : outcome.error();
}

class durable : public testing::Test {
  protected:
    [[nodiscard]] std::filesystem::path path(std::string_view name) const { return folder_.file(name); }
    std::filesystem::path put(std::string_view name, std::string_view content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& each : std::filesystem::directory_iterator(folder_.file(""))) {
            found.push_back(each.path().filename());
        }
        std::ranges::sort(found);
        return found;
    }

    const temporary_folder folder_;
};

// Both kinds of new file: without a name and with one.
class new_file_test : public durable, public testing::WithParamInterface<bool> {
  protected:
    static result<new_file> create(const std::filesystem::path& target) {
        return new_file::create(target, {.is_named = GetParam()});
    }
    // If the file system has no files without names, all of them have one.
    [[nodiscard]] bool leaves_nothing() const {
        const file_descriptor probe(::open(folder_.file("").c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
        return !GetParam() && probe.is_open();
    }
};
INSTANTIATE_TEST_SUITE_P(files, new_file_test, testing::Bool());

TEST_P(new_file_test, is_there_complete_or_not_at_all) {
    const auto target = put("a.txt", "old");
    {
        auto made = create(target).value();
        EXPECT_TRUE(made.write(bytes_of("ne")) && made.write({}) && made.write(bytes_of("w")));
        EXPECT_EQ(read(target), "old");
        auto moved = std::move(made);
        EXPECT_TRUE(moved.become(if_present::replace));
        EXPECT_EQ(read(target), "new");
    }
    EXPECT_THAT(names(), ElementsAre("a.txt"));
    const std::ifstream before(target);
    EXPECT_TRUE(replace_file(target, "newer"));
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>(before.rdbuf()), {}}), "new") << "who reads goes on";
    EXPECT_EQ(read(target), "newer");
    EXPECT_TRUE(replace_file(path("b"), ""));
    EXPECT_THAT(names(), ElementsAre("a.txt", "b"));
}

TEST_P(new_file_test, a_process_that_dies_leaves_at_most_what_is_named) {
    const auto write_and_die = [&] {
        const auto made = create(path("a"));
        ::_exit(made && made->write(bytes_of("half")) ? 0 : 1);
    };
    EXPECT_EXIT(write_and_die(), testing::ExitedWithCode(0), "");
    const auto left = names();
    if (leaves_nothing()) {
        EXPECT_THAT(left, IsEmpty());
    } else {
        EXPECT_THAT(left, ElementsAre(AllOf(StartsWith(".sluice-"), EndsWith(".new"))));
    }
}

TEST_P(new_file_test, goes_away_unless_it_becomes_the_target) {
    {
        const auto made = create(path("a"));
        ASSERT_TRUE(made && made->write(bytes_of("x")));
        EXPECT_EQ(names().size(), leaves_nothing() ? 0U : 1U);
    }
    EXPECT_THAT(names(), IsEmpty());
}

TEST_P(new_file_test, replaces_only_when_told_to) {
    const auto target = path("a");
    auto made = create(target).value();
    ASSERT_TRUE(made.write(bytes_of("mine")));
    ASSERT_EQ(put("a", "theirs"), target);  // another process creates the target meanwhile
    const auto refused = error_of(made.become(if_present::refuse));
    EXPECT_EQ(refused.code, codes::duplicate_file);
    EXPECT_EQ(refused.message, target.string() + " exists already");
    EXPECT_EQ(read(target), "theirs");
    std::filesystem::remove(target);
    EXPECT_TRUE(made.become(if_present::refuse));
    EXPECT_EQ(read(target), "mine");
    EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_P(new_file_test, a_link_that_leads_nowhere_is_there_too) {
    std::filesystem::create_symlink("nowhere", path("a"));
    EXPECT_EQ(error_of(create(path("a")).value().become(if_present::refuse)).code, codes::duplicate_file);
    EXPECT_TRUE(create(path("a")).value().become(if_present::replace));
    EXPECT_FALSE(std::filesystem::is_symlink(path("a")));
    EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_P(new_file_test, the_longest_name_there_is) {
    const std::string name(255, 'n');
    for (const std::string content : {"first", "second"}) {
        auto made = create(path(name)).value();
        ASSERT_TRUE(made.write(bytes_of(content)));
        EXPECT_TRUE(made.become(if_present::replace));
        EXPECT_EQ(read(path(name)), content);
    }
    EXPECT_EQ(error_of(create(path(name + "n")).value().become(if_present::replace)).code, codes::io_error);
    EXPECT_THAT(names(), ElementsAre(name));
}

TEST_P(new_file_test, a_name_without_a_folder_is_in_the_current_one) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder_.file(""));
    auto made = create("a");
    const bool is_there = made && made->become(if_present::refuse);
    std::filesystem::current_path(before);
    EXPECT_TRUE(is_there);
    EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_P(new_file_test, keeps_mode_and_owner_if_asked) {
    const auto target = put("a", "old");
    const bool is_root = ::geteuid() == 0;
    ASSERT_TRUE(!is_root || ::chown(target.c_str(), 12, 34) == 0);
    std::filesystem::permissions(target, std::filesystem::perms{0640});
    const new_file_options keeping{.is_named = GetParam(), .keeps_access = true};
    auto made = new_file::create(target, keeping).value();
    ASSERT_TRUE(made.become(if_present::replace));
    struct stat about{};
    ASSERT_EQ(::stat(target.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0640U);
    EXPECT_TRUE(!is_root || (about.st_uid == 12 && about.st_gid == 34));

    const mode_t mask = ::umask(027);
    EXPECT_TRUE(create(target).value().become(if_present::replace));
    EXPECT_TRUE(new_file::create(path("new"), keeping).value().become(if_present::refuse));
    ::umask(mask);
    EXPECT_EQ(mode_of(target), 0640U);
    EXPECT_EQ(mode_of(path("new")), 0640U);
}

TEST_P(new_file_test, a_private_one_is_for_its_owner_alone) {
    const auto target = put("users", "old");
    const bool is_root = ::geteuid() == 0;
    ASSERT_TRUE(!is_root || ::chown(target.c_str(), 12, 34) == 0);
    std::filesystem::permissions(target, std::filesystem::perms{0664});
    const new_file_options options{.is_named = GetParam(), .keeps_access = true, .is_private = true};
    ASSERT_TRUE(new_file::create(target, options).value().become(if_present::replace));
    struct stat about{};
    ASSERT_EQ(::stat(target.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0600U);
    EXPECT_TRUE(!is_root || (about.st_uid == 12 && about.st_gid == 34));
    ASSERT_TRUE(new_file::create(path("new"), options).value().become(if_present::refuse));
    EXPECT_EQ(mode_of(path("new")), 0600U);
}

TEST_P(new_file_test, names_what_is_in_the_way) {
    const auto file = put("file", "");
    const auto below = error_of(create(file / "a"));
    EXPECT_EQ(below.code, codes::undefined_file);
    EXPECT_EQ(below.message, "cannot write " + (file / "a").string() + ": Not a directory");
    const auto missing = error_of(create(path("no") / "a"));
    EXPECT_EQ(missing.code, codes::undefined_file);
    EXPECT_EQ(missing.message, "cannot write " + (path("no") / "a").string() + ": No such file or directory");
    std::filesystem::create_directories(path("folder"));
    EXPECT_THAT(error_of(create(path("folder")).value().become(if_present::replace)).message,
                HasSubstr("folder: Is a directory"));
    EXPECT_EQ(error_of(create(path("folder")).value().become(if_present::refuse)).code, codes::duplicate_file);
    EXPECT_THAT(names(), ElementsAre("file", "folder"));
}

TEST_P(new_file_test, a_folder_that_nobody_may_write_is_named) {
    const auto target = std::filesystem::path("/proc/self/a");  // not even root can write there
    const auto refused = error_of(create(target));
    EXPECT_THAT(refused.message, StartsWith("cannot write /proc/self/a: "));
    const auto locked = path("locked");
    std::filesystem::create_directory(locked);
    std::filesystem::permissions(locked, std::filesystem::perms{0555});
    const auto as_nobody = [&] {
        const bool is_nobody = ::geteuid() != 0 || ::setuid(65534) == 0;
        const auto outcome = create(locked / "a");
        ::_exit(is_nobody && !outcome && outcome.error().code == codes::insufficient_privilege ? 0 : 1);
    };
    std::filesystem::permissions(path(""), std::filesystem::perms{0755});
    EXPECT_EXIT(as_nobody(), testing::ExitedWithCode(0), "");
    EXPECT_THAT(std::filesystem::is_empty(locked), true);
}

TEST_P(new_file_test, a_write_that_fails_names_the_target) {
    const auto write_too_much = [&] {
        const rlimit limit{.rlim_cur = 4, .rlim_max = 4};
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
        auto made = create(path("a")).value();
        const auto outcome = made.write(bytes_of("12345678"));
        ::_exit(!outcome && outcome.error().message == "cannot write " + path("a").string() + ": File too large" ? 0
                                                                                                                 : 1);
    };
    EXPECT_EXIT(write_too_much(), testing::ExitedWithCode(0), "");
}

// Runs in a mount namespace of its own, if the system allows one.
TEST_P(new_file_test, a_full_disk_is_named_and_keeps_what_was_there) {
    const auto is_mounted = [&] {
        return ::unshare(CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER)) == 0 &&
               ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
               ::mount("none", folder_.file("").c_str(), "tmpfs", 0, "size=64k") == 0;
    };
    if (const pid_t tries = ::fork(); tries == 0) {
        ::_exit(is_mounted() ? 0 : 1);
    } else if (int status = 0; ::waitpid(tries, &status, 0) != tries || status != 0) {
        GTEST_SKIP() << "nothing can be mounted here";
    }
    const auto in_full_disk = [&] {
        if (!is_mounted()) {
            ::_exit(2);
        }
        const std::string large(std::size_t{256} * 1024, 'x');
        const bool was_put = replace_file(path("a"), "old").has_value();
        bool is_full = false;
        {
            auto made = create(path("a")).value();
            const auto outcome = made.write(bytes_of(large));
            is_full = !outcome && outcome.error().code == codes::disk_full &&
                      outcome.error().message == "cannot write " + path("a").string() + ": No space left on device";
        }
        ::_exit(was_put && is_full && read(path("a")) == "old" && names().size() == 1 ? 0 : 1);
    };
    EXPECT_EXIT(in_full_disk(), testing::ExitedWithCode(0), "");
}

TEST_P(new_file_test, copies_another_file) {
    std::string content(600'001, '\0');
    for (std::size_t at = 0; at < content.size(); ++at) {
        content[at] = static_cast<char>(at * 31 >> 3U);
    }
    const auto source = put("source", content);
    auto made = create(path("copy")).value();
    EXPECT_TRUE(made.write_from(source));
    EXPECT_TRUE(made.become(if_present::refuse));
    EXPECT_EQ(read(path("copy")), content);
    const auto other = create(path("other")).value();
    EXPECT_EQ(error_of(other.write_from(path("missing"))).message,
              "cannot open " + path("missing").string() + ": No such file or directory");
    EXPECT_EQ(error_of(other.write_from(folder_.file(""))).code, codes::io_error);
}

TEST_F(durable, a_copy_is_edited_by_its_path) {
    const auto song = put("song.flac", "tag=old");
    auto made = new_file::create(song, {.is_named = true, .keeps_access = true}).value();
    ASSERT_TRUE(made.write_from(song));
    EXPECT_EQ(made.path().parent_path(), song.parent_path());
    std::fstream(made.path(), std::ios::in | std::ios::out | std::ios::binary).seekp(4) << "new";
    EXPECT_EQ(read(song), "tag=old");
    EXPECT_TRUE(made.become(if_present::replace));
    EXPECT_EQ(read(song), "tag=new");
    EXPECT_THAT(names(), ElementsAre("song.flac"));
}

TEST_F(durable, a_file_that_somebody_else_made_is_adopted) {
    {
        auto made = new_file::adopt(put("some.part", "begun, "), path("whole")).value();
        EXPECT_EQ(made.path(), path("some.part"));
        ASSERT_TRUE(made.write(bytes_of("ended")));
        EXPECT_TRUE(made.become(if_present::refuse));
    }
    EXPECT_EQ(read(path("whole")), "begun, ended");
    EXPECT_THAT(names(), ElementsAre("whole"));
    {
        EXPECT_TRUE(new_file::adopt(put("some.part", ""), path("other")));
    }
    EXPECT_THAT(names(), ElementsAre("whole"));
    EXPECT_EQ(error_of(new_file::adopt(path("missing"), path("other"))).code, codes::undefined_file);
}

// A disk that is always full.
TEST_F(durable, a_write_to_a_full_device_is_named) {
    std::filesystem::create_symlink("/dev/full", path("some.part"));
    const auto made = new_file::adopt(path("some.part"), path("whole")).value();
    const auto full = error_of(made.write(bytes_of("x")));
    EXPECT_EQ(full.code, codes::disk_full);
    EXPECT_EQ(full.message, "cannot write " + path("whole").string() + ": No space left on device");
}

TEST_F(durable, what_a_dead_process_left_is_taken_away_by_the_next_one) {
    const new_file_options options{.is_named = true};
    const auto die = [&] {
        const auto made = new_file::create(path("a"), options);
        ::_exit(made && made->write(bytes_of("half")) ? 0 : 1);
    };
    EXPECT_EXIT(die(), testing::ExitedWithCode(0), "");
    const auto left = names();
    ASSERT_EQ(left.size(), 1U);
    {
        auto made = new_file::create(path("a"), options).value();
        EXPECT_EQ(made.path().filename(), left[0]);
        EXPECT_TRUE(made.write(bytes_of("x")) && made.become(if_present::refuse));
    }
    EXPECT_THAT(names(), ElementsAre("a"));
    EXPECT_EQ(read(path("a")), "x");
}

TEST_F(durable, two_do_not_write_the_same_file) {
    const new_file_options options{.is_named = true};
    {
        auto first = new_file::create(path("a"), options).value();
        const auto second = error_of(new_file::create(path("a"), options));
        EXPECT_EQ(second.code, codes::lock_not_available);
        EXPECT_EQ(second.message, path("a").string() + " is being written already");
        EXPECT_TRUE(new_file::create(path("b"), options)) << "another file is free";
        EXPECT_TRUE(first.write(bytes_of("x")) && first.become(if_present::refuse));
    }
    EXPECT_TRUE(new_file::create(path("a"), options));
    EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(durable, what_is_in_the_way_of_a_copy_is_named) {
    const auto name = new_file::create(path("a"), {.is_named = true}).value().path();  // removed again at once
    std::filesystem::create_directory(name);
    EXPECT_EQ(error_of(new_file::create(path("a"), {.is_named = true})).message,
              "cannot remove " + name.string() + ": Is a directory");
    std::filesystem::remove(name);
    std::filesystem::create_symlink("b", name);
    EXPECT_EQ(error_of(new_file::create(path("a"), {.is_named = true})).message,
              "cannot remove " + name.string() + ": Too many levels of symbolic links");
}

// Each of many processes is alone with the file while it has it, even after others died.
TEST_F(durable, many_that_come_and_die_are_alone_with_the_file) {
    constexpr int writers = 8;
    constexpr int rounds = 200;
    const auto work = [&](unsigned seed) {
        for (int round = 0; round < rounds; ++round) {
            auto made = new_file::create(path("a"), {.is_named = true});
            if (!made) {
                ::sched_yield();
                continue;
            }
            const int alone = ::open(path("alone").c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (alone < 0 || ::unlink(path("alone").c_str()) != 0 || ::close(alone) != 0) {
                ::_exit(1);
            }
            if ((seed + static_cast<unsigned>(round)) % 50 == 49) {
                ::_exit(0);  // dies while the copy exists
            }
            if (round % 2 == 0 && !made->become(if_present::replace)) {
                ::_exit(2);
            }
        }
        ::_exit(0);
    };
    std::vector<pid_t> children;
    for (unsigned seed = 0; seed < writers; ++seed) {
        children.push_back(::fork());
        if (children.back() == 0) {
            work(seed * 7);
        }
    }
    for (const pid_t child : children) {
        int status = -1;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    EXPECT_TRUE(new_file::create(path("a"), {.is_named = true}));
    EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(durable, syncs_what_is_there) {
    EXPECT_TRUE(sync_file(put("a", "x")) && sync_file(folder_.file("")) && sync_file(path("missing")));
    EXPECT_TRUE(sync_file_system(path("a")));
    EXPECT_EQ(error_of(sync_file_system(path("missing"))).code, codes::undefined_file);
    EXPECT_EQ(error_of(sync_file(path("a") / "b")).message,
              "cannot open " + (path("a") / "b").string() + ": Not a directory");
}

}  // namespace
}  // namespace sluice::base
