// commit_group.hpp - short transactions of several threads that end in one COMMIT, and wait for it together.
//
// Problem: a commit costs one sync of the disk and some pages of log, however little it changed; sixteen threads that take
//          turns pay sixteen times for what one sync could have made safe.
// Use:     by database only, for transactions whose call_options say `together`.
// Rule:    who has done its work and sees others wait leaves the transaction open, and the connection to the next, which
//          works in a savepoint of its own. The last one, or the one that finds the bounds reached, commits for all. None is
//          told of success before. If the COMMIT fails, or SQLite undoes the transaction in the midst of one's work, each of
//          the others is run again, alone.
// Bounds:  members_max members; none joins one that is older than age_max. Who has handed over cannot withdraw: it waits
//          until the last one is done, so a member's closure must be short and must not wait for another's.
// Threads: members and age belong to who holds the connection; settle() and wait() are for all.
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
    // Nothing: not yet.
    [[nodiscard]] std::optional<result<>> wait_for(std::chrono::milliseconds timeout) {
        std::unique_lock lock(mutex_);
        settled_.wait_for(lock, timeout, [&] { return outcome_.has_value(); });
        return outcome_;
    }

  private:
    const std::int64_t born_ns_;
    std::size_t members_ = 0;  // that have done their work
    std::mutex mutex_;
    std::condition_variable settled_;
    std::optional<result<>> outcome_;
};

}  // namespace sluice::sqlite
