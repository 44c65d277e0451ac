// commit_group.hpp - short transactions of several threads that end in one COMMIT, and wait for it together.
//
// Problem: a commit costs one sync of the disk and some pages of log, even for a small change; sixteen threads that
//          take turns pay for sixteen syncs where one would do.
// Use:     database uses it, for transactions whose call_options say `together`.
// Rule:    a member that is done while others wait leaves the transaction open and passes the connection to the next
//          one, which works in a savepoint. The last member, or the one that reaches the bounds, commits for all. No
//          member reports success before. If the COMMIT fails, or SQLite undoes the transaction in the middle of a
//          member's work, each of the others runs again, alone.
// Bounds:  members_max members; no member joins a group that is older than age_max. It cannot withdraw once it
//          has passed the connection on, so a member's closure must be short and must not wait for another member.
// Threads: members and age belong to the thread that holds the connection; any thread may call settle() and wait().
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "sqlite/connection/error.hpp"

namespace sluice::sqlite {

class commit_group {
  public:
    static constexpr std::size_t members_max = 64;
    static constexpr std::chrono::milliseconds age_max{5};

    explicit commit_group(std::int64_t now_ns) : born_ns_(now_ns) {}

    void join() { ++members_; }
    [[nodiscard]] std::size_t members() const { return members_; }
    [[nodiscard]] bool may_grow(std::int64_t now_ns) const {
        return members_ < members_max && now_ns - born_ns_ < std::chrono::nanoseconds(age_max).count();
    }

    void settle(result<> outcome) {
        const std::scoped_lock lock(mutex_);
        outcome_ = std::move(outcome);
        settled_.notify_all();
    }
    // nullopt: not settled yet.
    [[nodiscard]] std::optional<result<>> wait_for(std::chrono::milliseconds timeout) {
        std::unique_lock lock(mutex_);
        settled_.wait_for(lock, timeout, [&] { return outcome_.has_value(); });
        return outcome_;
    }

  private:
    const std::int64_t born_ns_;
    std::size_t members_ = 0;  // members that have done their work
    std::mutex mutex_;
    std::condition_variable settled_;
    std::optional<result<>> outcome_;
};

}  // namespace sluice::sqlite
