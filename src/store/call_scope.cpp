// What happens around a closure: borrowing or joining, transactions and savepoints, another try.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "core/retry.hpp"
#include "store/connection_manager.hpp"

namespace sluice::store {

namespace {

constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t retry_first_ns = 1'000'000;
constexpr std::int64_t retry_longest_ns = 50'000'000;

std::int64_t deadline_of(const call_options& options, std::int64_t now_ns) {
    return options.timeout ? now_ns + std::chrono::nanoseconds(*options.timeout).count() : never_ns;
}

}  // namespace

result<> connection_manager::scope::begin(const call_options& options) {
    const std::int64_t deadline_ns =
        options.timeout ? deadline_of(options, owner_.params_.time->steady_ns()) : never_ns;
    if (call_frame* outer = call_frame::find(&owner_)) {
        TRY(join(*outer));
    } else {
        stack_ = owner_.leaks_.note();
        TRY_ASSIGN(lease_, owner_.acquire(mode_, options, stack_));
        db_ = lease_->db.get();
        db_->forget_conflict();
        frame_.emplace(&owner_, *db_, mode_);
        store_counters::add(mode_ == access::read ? owner_.counters_.reads_total : owner_.counters_.writes_total);
    }
    // The call around it has limits, too, and they go on.
    outer_bounds_ = db_->set_bounds({.deadline_ns = deadline_ns, .cancel = options.cancel});
    if (is_joined()) {
        db_->set_bounds({.deadline_ns = std::min(deadline_ns, outer_bounds_.deadline_ns),
                         .cancel = options.cancel != nullptr ? options.cancel : outer_bounds_.cancel});
    }
    return {};
}

result<> connection_manager::scope::join(call_frame& outer) {
    if (mode_ == access::write && outer.mode() == access::read) {
        return fail(error_kind::misuse, "execute() is for reading; what writes must be the outer call");
    }
    db_ = &outer.db();
    return {};
}

result<> connection_manager::scope::begin_transaction() {
    if (db_->is_in_transaction()) {
        savepoint_ = ++call_frame::find(&owner_)->savepoints;
        if (auto begun = db_->run_script(fmt::format("SAVEPOINT s{}", savepoint_)); !begun) {
            --call_frame::find(&owner_)->savepoints;
            return begun;
        }
    } else {
        TRY(db_->check_transaction());  // one was here, and is gone
        TRY(db_->run("BEGIN IMMEDIATE"));
        db_->expect_transaction(true);
        store_counters::add(owner_.counters_.transactions_total);
    }
    is_open_ = true;
    return {};
}

result<> connection_manager::scope::commit() {
    result<> done;
    if (savepoint_ != 0) {
        done = db_->run_script(fmt::format("RELEASE s{}", savepoint_));
    } else {
        auto committed = db_->run("COMMIT");
        done = committed ? result<>{} : std::unexpected(std::move(committed).error());
    }
    if (!done) {
        (void)rollback();
        return done;
    }
    is_open_ = false;
    if (savepoint_ != 0) {
        --call_frame::find(&owner_)->savepoints;
        return {};
    }
    db_->expect_transaction(false);
    store_counters::add(owner_.counters_.commits_total);
    return {};
}

result<> connection_manager::scope::rollback() {
    is_open_ = false;
    if (savepoint_ != 0) {
        --call_frame::find(&owner_)->savepoints;
        // If the whole transaction is gone, so is the savepoint; the call around it finds out.
        return db_->is_in_transaction() ? db_->run_script(fmt::format("ROLLBACK TO s{0}; RELEASE s{0}", savepoint_))
                                        : result<>{};
    }
    db_->expect_transaction(false);
    store_counters::add(owner_.counters_.rollbacks_total);
    db_->set_bounds({});  // a cancelled call is undone all the same
    if (db_->is_in_transaction()) {
        TRY(db_->run("ROLLBACK"));
    }
    return {};
}

connection_manager::scope::~scope() {
    end();
}

void connection_manager::scope::end() {
    if (is_open_) {
        if (const auto undone = rollback(); !undone) {
            db_->poison();
        }
    }
    if (db_ != nullptr) {
        db_->set_bounds(outer_bounds_);
    }
    if (frame_) {
        if (mode_ == access::write) {
            owner_.limit_log(*db_);
        }
        frame_.reset();
        db_ = nullptr;
        lease_.give_back();
        owner_.note_return();
    }
    owner_.leaks_.forget(std::exchange(stack_, 0));
}

// ---- another try

connection_manager::retry_clock::retry_clock(connection_manager& owner, const call_options& options)
    : owner_(owner), options_(options) {}

call_options connection_manager::retry_clock::left() {
    if (start_ns_ == 0 || !options_.timeout) {
        return options_;
    }
    auto rest = options_;
    const std::chrono::nanoseconds gone(owner_.params_.time->steady_ns() - start_ns_);
    rest.timeout = std::max(std::chrono::milliseconds{0},
                            *rest.timeout - std::chrono::duration_cast<std::chrono::milliseconds>(gone));
    return rest;
}

bool connection_manager::retry_clock::wait(scope& failed) {
    failed.end();
    const std::int64_t now = owner_.params_.time->steady_ns();
    if (start_ns_ == 0) {  // of the first failure: those who succeed read no clock
        start_ns_ = now;
        const std::chrono::nanoseconds longest = options_.timeout.value_or(owner_.options().busy_timeout);
        end_ns_ = now + longest.count();
    }
    const std::int64_t step_ns = std::min(retry_longest_ns, retry_first_ns << std::min(attempts_++, 10));
    const auto wait_ns = static_cast<std::int64_t>(static_cast<double>(step_ns) * core::random_share());
    if (now + wait_ns >= end_ns_) {
        return false;
    }
    store_counters::add(owner_.counters_.retries_total);
    return core::wait_unless_cancelled(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(wait_ns)), options_.cancel);
}

}  // namespace sluice::store
