#include "apps/jobs/run_locks.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/jobs/jobs_test_support.hpp"
#include "base/os/temporary_folder_test_support.hpp"

namespace sluice::jobs {
namespace {

TEST(run_locks, who_holds_one_is_alive_until_it_lets_go) {
    const base::temporary_folder folder;
    const auto mine = must(run_locks::open(folder.file("a.db")));
    const auto other = must(run_locks::open(folder.file("a.db")));
    must(mine->hold(7));
    EXPECT_TRUE(other->is_alive(7));
    EXPECT_FALSE(other->is_alive(8));
    mine->let_go(7);
    EXPECT_FALSE(other->is_alive(7));
}

TEST(run_locks, another_process_that_is_killed_is_dead_at_once) {
    const base::temporary_folder folder;
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto its = run_locks::open(folder.file("a.db"));
        const char done = its && (*its)->hold(3) ? 'y' : 'n';
        (void)!::write(told[1], &done, 1);
        ::pause();
        ::_exit(0);
    }
    char done = 0;
    ASSERT_EQ(::read(told[0], &done, 1), 1);
    ASSERT_EQ(done, 'y');
    const auto mine = must(run_locks::open(folder.file("a.db")));
    EXPECT_TRUE(mine->is_alive(3));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_FALSE(mine->is_alive(3));
    ::close(told[0]);
    ::close(told[1]);
}

TEST(run_locks, a_folder_that_is_missing_is_told) {
    const auto opened = run_locks::open("/nowhere/at/all.db");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, error_kind::not_found);
}

}  // namespace
}  // namespace sluice::jobs
