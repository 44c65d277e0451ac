// git_lock.hpp - one process at a time changes a project's repository, and the next one knows whether it died.
//
// Problem: a killed process leaves libgit2's *.lock files behind, which stop everyone after it; but a lock file may also
//          be that of a user's own git at work.
// Use:     TRY_ASSIGN(const git_lock lock, git_lock::take(git_dir, deadline));   // until it is destroyed
// Rule:    .git/sluice.busy exists while the lock is held. Who finds it takes over from a dead process, and removes the
//          lock files that are older and stay for `settle`: those the dead one left.
// Bounds:  waits until `wait` is over.
// Order:   none among those that wait.
// Threads: any; also excludes two objects of one process. A fork() keeps the lock until both have closed it.
// Errors:  conflict past the wait, io.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "apps/parts/model/error.hpp"
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

    // The one before died.
    [[nodiscard]] bool took_over() const { return took_over_; }

    static constexpr std::chrono::milliseconds settle{500};

  private:
    git_lock(base::file_descriptor held, std::filesystem::path marker, bool took_over);

    base::file_descriptor held_;
    std::filesystem::path marker_;  // empty: moved from
    bool took_over_;
};

// Until `step` returns true or `wait` is over: false then. Pauses between 1 and 20 ms, at random.
[[nodiscard]] bool poll_until(std::chrono::milliseconds wait, const std::function<bool()>& step);

}  // namespace sluice::parts
