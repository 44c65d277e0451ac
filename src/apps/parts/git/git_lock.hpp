// git_lock.hpp - lets one process at a time change a project's repository, and tells if the previous one died.
//
// Problem: a killed process leaves libgit2's *.lock files behind, which stop every later process; but a lock file may
//          also belong to a user's own git at work.
// Use:     TRY_ASSIGN(const git_lock lock, git_lock::take(git_dir, deadline));   // until it is destroyed
// Rule:    .git/sluice.busy exists while the lock is held. A process that finds it takes over from a dead one, and
//          removes the lock files that are older and still there after `settle`: those the dead process left.
// Bounds:  waits at most for `wait`.
// Order:   none among waiters.
// Threads: any; two objects of one process exclude each other, too. After a fork() both must close it.
// Errors:  conflict after the wait, io.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "apps/errors/error.hpp"
#include "base/os/file_descriptor.hpp"

namespace sluice::parts {

class git_lock {
  public:
    static result<git_lock> take(const std::filesystem::path& git_dir, std::chrono::milliseconds wait);
    git_lock(git_lock&& other) noexcept = default;
    git_lock& operator=(git_lock&& other) noexcept = default;
    git_lock(const git_lock&) = delete;
    git_lock& operator=(const git_lock&) = delete;
    ~git_lock();

    // True if the previous holder died.
    [[nodiscard]] bool took_over() const { return took_over_; }

    static constexpr std::chrono::milliseconds settle{500};

  private:
    git_lock(base::file_descriptor held, std::filesystem::path marker, bool took_over);

    base::file_descriptor held_;
    std::filesystem::path marker_;  // empty: moved from
    bool took_over_;
};

// Calls `step` until it returns true; false once `wait` is over. Pauses between 1 and 20 ms, at random.
[[nodiscard]] bool poll_until(std::chrono::milliseconds wait, const std::function<bool()>& step);

}  // namespace sluice::parts
