// Kills at random points: the next process clears up, and replaying from any point gives the same refs.
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>

#include "apps/parts/git/git_lock.hpp"
#include "apps/parts/git/git_repository.hpp"
#include "apps/parts/history/git_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::make_change;
using testing::project_folder;
using testing::random_changes;

const std::string number = "EL-RES-10000";
constexpr const char* draft_lock = "refs/heads/part/EL-RES-10000/v1/draft.lock";

void apply_all(const project_folder& project, std::span<const git_change> changes, git_options options = {}) {
    auto repository = git_repository::open(project.path(), options);
    ASSERT_TRUE(repository) << repository.error().message;
    const auto applied = repository->apply_all(changes);
    ASSERT_TRUE(applied) << applied.error().message;
}

std::string undisturbed(std::span<const git_change> changes) {
    const project_folder project;
    EXPECT_TRUE(git_repository::create(project.path()));
    for (const git_change& each : changes) {
        apply_all(project, std::span(&each, 1));
    }
    EXPECT_EQ(project.fsck(), "");
    return project.show_refs();
}

TEST(parts_git_replay, from_any_point_and_twice_gives_the_same_refs) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        const auto all = random_changes(seed, 30);
        const std::span<const git_change> changes(all);
        const std::string expected = undisturbed(changes);
        const project_folder project;
        ASSERT_TRUE(git_repository::create(project.path()));
        for (std::size_t cut = 0; cut <= changes.size(); ++cut) {
            apply_all(project, changes.first(cut));
            // Without this file only the refs show which changes were applied.
            std::filesystem::remove(project.git_dir() / "sluice.applied");
        }
        ASSERT_EQ(project.show_refs(), expected) << "seed " << seed;
        for (std::size_t cut = 0; cut < changes.size(); ++cut) {
            apply_all(project, changes.subspan(cut));
            apply_all(project, changes.subspan(cut), {.batch_changes_max = 4});
            ASSERT_EQ(project.show_refs(), expected) << "seed " << seed << ", cut " << cut;
            std::filesystem::remove(project.git_dir() / "sluice.applied");
        }
        EXPECT_EQ(project.fsck(), "");
    }
}

// Reports its begin through the pipe, and is killed a random while later.
void run_and_kill(const project_folder& project, std::span<const git_change> changes, git_options options,
                  std::chrono::microseconds after) {
    std::array<int, 2> begun{};
    ASSERT_EQ(::pipe2(begun.data(), O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        auto repository = git_repository::open(project.path(), options);
        (void)!::write(begun[1], "x", 1);
        (void)repository->apply_all(changes);
        ::_exit(0);
    }
    char byte = 0;
    ASSERT_EQ(::read(begun[0], &byte, 1), 1);
    const auto end = std::chrono::steady_clock::now() + after;
    while (std::chrono::steady_clock::now() < end) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(begun[0]);
    ::close(begun[1]);
}

TEST(parts_git_replay, after_a_kill_at_any_moment_gives_the_refs_of_an_undisturbed_run) {
    int killed_at_work = 0;
    for (unsigned seed = 1; seed <= 40; ++seed) {
        const auto changes = random_changes(seed, 25);
        std::mt19937 random(seed);
        const project_folder project;
        ASSERT_TRUE(git_repository::create(project.path()));
        const git_options options{.batch_changes_max = 1 + random() % 25,
                                  .pack_refs_above = seed % 4 == 0 ? 5U : 1'000U};
        for (int kills = 0; kills < 2; ++kills) {
            run_and_kill(project, changes, options, std::chrono::microseconds(random() % 20'000));
            killed_at_work += std::filesystem::exists(project.git_dir() / "sluice.busy") ? 1 : 0;
        }
        apply_all(project, changes, options);
        const project_folder other;
        ASSERT_TRUE(git_repository::create(other.path()));
        apply_all(other, changes);
        ASSERT_EQ(project.show_refs(), other.show_refs()) << "seed " << seed;
        ASSERT_EQ(project.fsck(), "") << "seed " << seed;
        ASSERT_FALSE(std::filesystem::exists(project.git_dir() / "sluice.busy"));
    }
    EXPECT_GT(killed_at_work, 10);
}

TEST(parts_git_lock, removes_the_ref_locks_of_a_dead_process) {
    const project_folder project;
    ASSERT_TRUE(git_repository::create(project.path()));
    std::filesystem::create_directories((project.git_dir() / draft_lock).parent_path());
    std::ofstream(project.git_dir() / draft_lock).close();
    std::ofstream(project.git_dir() / "packed-refs.lock").close();
    std::ofstream(project.git_dir() / "sluice.busy").close();
    apply_all(project, std::array{make_change(1, git_action::save_draft, number, 1)});
    EXPECT_FALSE(std::filesystem::exists(project.git_dir() / draft_lock));
    EXPECT_FALSE(std::filesystem::exists(project.git_dir() / "packed-refs.lock"));
    EXPECT_EQ(project.git("log -1 --format=%s part/EL-RES-10000/v1/draft"), "Change 1");
}

TEST(parts_git_lock, leaves_the_ref_locks_of_others_alone) {
    const project_folder project;
    ASSERT_TRUE(git_repository::create(project.path()));
    std::filesystem::create_directories((project.git_dir() / draft_lock).parent_path());
    std::ofstream(project.git_dir() / draft_lock).close();
    auto repository = git_repository::open(project.path(), {.lock_wait = std::chrono::milliseconds(60)});
    const auto refused = repository->apply(make_change(1, git_action::save_draft, number, 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::conflict);
    EXPECT_NE(refused.error().message.find("part/EL-RES-10000/v1/draft locked for 60 ms"), std::string::npos)
        << refused.error().message;
    EXPECT_TRUE(std::filesystem::exists(project.git_dir() / draft_lock));

    // It goes on once the other git is done.
    repository = git_repository::open(project.path());
    std::thread other([&] { std::filesystem::remove(project.git_dir() / draft_lock); });
    EXPECT_TRUE(repository->apply(make_change(1, git_action::save_draft, number, 1)));
    other.join();
}

TEST(parts_git_lock, tells_how_long_it_waited_for_another_process) {
    const project_folder project;
    auto repository = git_repository::create(project.path(), {.lock_wait = std::chrono::milliseconds(40)});
    ASSERT_TRUE(repository);
    {
        const auto held = git_lock::take(project.git_dir(), std::chrono::milliseconds(0));
        ASSERT_TRUE(held);
        EXPECT_FALSE(held->took_over());
        const auto refused = repository->apply(make_change(1, git_action::save_draft, number, 1));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, error_kind::conflict);
        EXPECT_NE(refused.error().message.find("for 40 ms"), std::string::npos);
    }
    EXPECT_TRUE(repository->apply(make_change(1, git_action::save_draft, number, 1)));
}

TEST(parts_git_lock, several_processes_apply_the_same_changes) {
    const auto changes = random_changes(11, 30);
    const project_folder project;
    ASSERT_TRUE(git_repository::create(project.path()));
    std::vector<std::thread> workers;
    for (std::size_t i = 0; i < 3; ++i) {
        workers.emplace_back([&, i] { apply_all(project, changes, {.batch_changes_max = 1 + i}); });
    }
    for (std::thread& each : workers) {
        each.join();
    }
    EXPECT_EQ(project.show_refs(), undisturbed(changes));
    EXPECT_EQ(project.fsck(), "");
}

TEST(parts_git_journal, a_ref_that_a_power_loss_emptied_is_what_it_was) {
    const auto changes = std::array{make_change(1, git_action::save_draft, number, 1, "a"),
                                    make_change(2, git_action::save_draft, number, 1, "b"),
                                    make_change(3, git_action::save_draft, "ME-SCR-10001", 1, "c")};
    const project_folder project;
    ASSERT_TRUE(git_repository::create(project.path()));
    apply_all(project, std::span(changes).first(1));
    const std::string before = project.git("rev-parse part/EL-RES-10000/v1/draft");
    apply_all(project, std::span(changes).subspan(1));
    const std::string refs = project.show_refs();
    std::ofstream(project.git_dir() / "sluice.busy").close();
    std::ofstream(project.git_dir() / "sluice.moves")
        << "refs/heads/part/EL-RES-10000/v1/draft " << before << "\nrefs/heads/part/ME-SCR-10001/v1/draft -\n";
    for (const char* each : {"EL-RES-10000", "ME-SCR-10001"}) {
        std::ofstream(project.git_dir() / "refs/heads/part" / each / "v1/draft", std::ios::trunc).close();
    }
    apply_all(project, std::span(changes).subspan(1));
    EXPECT_EQ(project.show_refs(), refs);
    EXPECT_EQ(project.fsck(), "");
}

}  // namespace
}  // namespace sluice::parts
