// How a call on a connection handles failures, locks of other processes, its deadline and its cancellation.
#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <sqlite3.h>
#include <thread>
#include <utility>

#include "base/run/retry.hpp"
#include "sqlite/connection/connection.hpp"
#include "sqlite/connection/foreign_key_search.hpp"

namespace sluice::sqlite {

namespace {

constexpr std::int64_t lock_wait_first_ns = 100'000;
constexpr std::int64_t lock_wait_max_ns = 10'000'000;

std::chrono::milliseconds to_ms(std::int64_t duration_ns) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(duration_ns));
}

}  // namespace

// ---- failures

error connection::note_failure(int code) {
    auto cause = to_error(code, sqlite3_errmsg(handle_));
    if (cause.kind == error_kind::busy) {
        met_conflict_ = true;
        cause.waited = lock_waited_since_ns_ == 0 ? std::chrono::milliseconds{0}
                                                  : to_ms(time_->steady_ns() - lock_waited_since_ns_);
        cause.message = fmt::format("{}, waited {} ms", cause.message, cause.waited.count());
    }
    if (bounds_.cancel != nullptr && bounds_.cancel->requested() &&
        (cause.kind == error_kind::cancelled || cause.kind == error_kind::busy)) {
        cause.kind = error_kind::cancelled;
        cause.message = bounds_.cancel->to_error().message;
    } else if (cause.kind == error_kind::cancelled && time_->steady_ns() >= bounds_.deadline_ns) {
        cause.kind = error_kind::timed_out;
        cause.message = "the call took longer than its timeout";
    }
    if (is_poisonous(cause.kind) && !std::exchange(is_poisoned_, true) && counters_ != nullptr) {
        counters_->poisoned_total.add();
    }
    if (expects_transaction_ && !is_in_transaction() && !undone_by_) {
        undone_by_ = cause;
    }
    return cause;
}

error connection::note_failure(int code, const cached_statement& failed) {
    auto cause = note_failure(code);
    if (code != SQLITE_CONSTRAINT_FOREIGNKEY) {
        return cause;
    }
    const statement_effects kept = left_effects_;
    const bool at_commit = is_in_transaction() && failed.effects.written.empty();
    auto found =
        at_commit ? find_violation(handle_) : find_violation_of(handle_, failed.handle, failed.effects.written);
    left_effects_ = kept;
    if (found) {
        cause.message += fmt::format(": {}({})", found->table, fmt::join(found->columns, ", "));
        cause.constraint = std::move(*found);
    }
    return cause;
}

// ---- waiting and stopping

bool connection::must_stop() const {
    if (bounds_.cancel != nullptr && bounds_.cancel->requested()) {
        return true;
    }
    return bounds_.deadline_ns != std::numeric_limits<std::int64_t>::max() && time_->steady_ns() >= bounds_.deadline_ns;
}

int connection::on_progress(void* self) {
    return static_cast<connection*>(self)->must_stop() ? 1 : 0;
}

int connection::on_busy(void* self, int times) {
    return static_cast<connection*>(self)->wait_for_lock(times) ? 1 : 0;
}

int connection::on_commit_to_wal(void* self, sqlite3* /*handle*/, const char* /*schema*/, int pages) {
    if (auto* counters = static_cast<connection*>(self)->counters_; counters != nullptr) {
        counters->wal_pages.set(pages);
    }
    return SQLITE_OK;
}

// SQLite does not report the end of a wait: the wait ended with the last pause.
void connection::count_lock_wait() {
    const std::chrono::nanoseconds waited(std::exchange(lock_waited_ns_, 0));
    if (waited.count() != 0 && counters_ != nullptr) {
        counters_->busy_wait_seconds.observe(std::chrono::duration<double>(waited).count());
    }
}

// SQLite gives no event when a lock becomes free, so this polls. The pauses are random, so that two processes do not
// collide again and again, and grow up to 10 ms.
bool connection::wait_for_lock(int times) {
    const std::int64_t now = time_->steady_ns();
    if (times == 0) {
        count_lock_wait();
        if (counters_ != nullptr) {
            counters_->busy_waits_total.add();
        }
        lock_waited_since_ns_ = now;
        const std::int64_t timeout_ns = std::chrono::nanoseconds(options_.busy_timeout).count();
        lock_deadline_ns_ = std::min(now + timeout_ns, bounds_.deadline_ns);
    }
    if (now >= lock_deadline_ns_ || must_stop()) {
        return false;
    }
    const std::int64_t longest_ns = std::min(lock_wait_max_ns, lock_wait_first_ns << std::min(times, 10));
    const auto wait_ns = static_cast<std::int64_t>(static_cast<double>(longest_ns) * base::random_share());
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(wait_ns, lock_deadline_ns_ - now)));
    lock_waited_ns_ = time_->steady_ns() - lock_waited_since_ns_;
    return true;
}

}  // namespace sluice::sqlite
