// The work around a closure: borrow or join a connection, open transactions and savepoints, retry.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/run/retry.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::sqlite {

namespace {

constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t retry_first_ns = 1'000'000;
constexpr std::int64_t retry_longest_ns = 50'000'000;

// Reads the clock only if there is a deadline.
std::int64_t deadline_of(const call_options& options, const base::clock& time) {
    return options.timeout ? time.steady_ns() + std::chrono::nanoseconds(*options.timeout).count() : never_ns;
}

}  // namespace

result<> database::scope::begin(const call_options& options) {
    const std::int64_t deadline_ns = deadline_of(options, *owner_.params_.time);
    if (call_frame* outer = call_frame::find(&owner_)) {
        TRY(join(*outer));
    } else {
        stack_ = owner_.leaks_.note();
        TRY_ASSIGN(lease_, owner_.acquire(mode_, options, stack_));
        db_ = lease_->db.get();
        db_->forget_conflict();
        frame_.emplace(&owner_, *db_, mode_);
        is_together_ = options.together && !owner_.is_single_;
        if (!is_together_) {
            (void)lease_->end_group();  // wakes the waiting members
        }
        (mode_ == access::read ? owner_.counters_->reads_total : owner_.counters_->writes_total).add();
    }
    // The surrounding call has limits, too; end() restores them.
    outer_bounds_ = db_->set_bounds({.deadline_ns = deadline_ns, .cancel = options.cancel});
    if (is_joined()) {
        db_->set_bounds({.deadline_ns = std::min(deadline_ns, outer_bounds_.deadline_ns),
                         .cancel = options.cancel != nullptr ? options.cancel : outer_bounds_.cancel});
    }
    return {};
}

result<> database::scope::join(call_frame& outer) {
    if (mode_ == access::write && outer.mode() == access::read) {
        return fail(error_kind::misuse, "execute() is for reading; what writes must be the outer call");
    }
    db_ = &outer.db();
    return {};
}

result<> database::scope::begin_transaction() {
    if (!frame_ && db_->is_in_transaction()) {
        savepoint_ = ++call_frame::find(&owner_)->savepoints;
        if (auto begun = db_->run_script(fmt::format("SAVEPOINT s{}", savepoint_)); !begun) {
            --call_frame::find(&owner_)->savepoints;
            return begun;
        }
    } else {
        TRY(begin_outermost());
        owner_.counters_->transactions_total.add();
    }
    is_open_ = true;
    return {};
}

result<> database::scope::begin_outermost() {
    TRY(db_->check_transaction());  // fails if SQLite has undone the transaction
    if (frame_ && lease_->group != nullptr && !db_->is_in_transaction()) {
        (void)lease_->end_group();
    }
    if (frame_ && lease_->group != nullptr) {
        db_->expect_transaction(true);
        TRY(db_->run("SAVEPOINT member"));
        return {};
    }
    TRY(db_->run("BEGIN IMMEDIATE"));
    db_->expect_transaction(true);
    if (is_together_) {
        lease_->group = std::make_shared<commit_group>(owner_.params_.time->steady_ns());
    }
    return {};
}

result<> database::scope::commit() {
    result<> done;
    if (savepoint_ == 0) {
        done = commit_outermost();
    } else {
        done = db_->run_script(fmt::format("RELEASE s{}", savepoint_));
        if (done) {
            is_open_ = false;
            --call_frame::find(&owner_)->savepoints;
        }
    }
    if (!done && is_open_) {
        (void)rollback();
    }
    return done;
}

result<> database::scope::commit_outermost() {
    if (!frame_ || lease_->group == nullptr) {
        TRY(db_->run("COMMIT"));
        is_open_ = false;
        db_->expect_transaction(false);
        owner_.counters_->commits_total.add();
        return {};
    }
    commit_group& group = *lease_->group;
    if (group.members() != 0) {
        TRY(db_->run("RELEASE member"));
    }
    TRY(db_->check_transaction());
    group.join();
    is_open_ = false;
    db_->expect_transaction(false);
    const bool is_shared = group.members() > 1;
    const bool goes_on = owner_.is_anybody_waiting_to_write() && group.may_grow(owner_.params_.time->steady_ns()) &&
                         !db_->has_left_something() && !db_->is_poisoned();
    result<> done = goes_on ? hand_over() : lease_->end_group();
    if (done) {
        owner_.counters_->commits_total.add();
        return {};
    }
    must_run_alone_ = goes_on || is_shared;
    return done;
}

// Passes the connection to the next member with the transaction open.
result<> database::scope::hand_over() {
    const auto mine = lease_->group;
    owner_.awaiting_.fetch_add(1);
    end_frame();
    auto done = owner_.await(mine);
    owner_.awaiting_.fetch_sub(1);
    owner_.note_return();
    return done;
}

result<> database::scope::rollback() {
    is_open_ = false;
    db_->set_bounds({});  // a cancelled call is undone all the same
    if (savepoint_ == 0) {
        return rollback_outermost();
    }
    --call_frame::find(&owner_)->savepoints;
    // If SQLite has undone the whole transaction, the savepoint is gone, too; the surrounding call finds out.
    return db_->is_in_transaction() ? db_->run_script(fmt::format("ROLLBACK TO s{0}; RELEASE s{0}", savepoint_))
                                    : result<>{};
}

result<> database::scope::rollback_outermost() {
    owner_.counters_->rollbacks_total.add();
    const bool has_others = frame_ && lease_->group != nullptr && lease_->group->members() != 0;
    const bool is_there = db_->is_in_transaction();
    db_->expect_transaction(false);
    if (has_others) {
        // Without a transaction all members are lost: end_group() tells the others, which run again.
        result<> undone = is_there ? db_->run_script("ROLLBACK TO member; RELEASE member") : result<>{};
        if (!undone) {
            db_->poison();  // the changes of this member must not be committed with the rest
        }
        return undone;
    }
    if (frame_) {
        lease_->group.reset();
    }
    if (is_there) {
        TRY(db_->run("ROLLBACK"));
    }
    return {};
}

database::scope::~scope() {
    end();
}

void database::scope::end() {
    if (is_open_) {
        if (const auto undone = rollback(); !undone) {
            db_->poison();
        }
    }
    if (frame_) {
        (void)lease_->end_group();
        if (mode_ == access::write) {
            owner_.limit_log(*db_);
        }
        end_frame();
    } else if (db_ != nullptr) {
        db_->set_bounds(outer_bounds_);
    }
}

void database::scope::end_frame() {
    frame_.reset();
    db_ = nullptr;
    lease_.give_back();
    owner_.leaks_.forget(std::exchange(stack_, 0));
    owner_.note_return();
}

// ---- groups

namespace {

result<> commit_or_undo(connection& db) {
    result<> done = fail(error_kind::io, "the transaction was undone before it could be committed");
    if (!db.is_in_transaction()) {
        return done;
    }
    if (!db.is_poisoned()) {
        auto committed = db.run("COMMIT");
        if (committed) {
            return {};
        }
        done = std::unexpected(std::move(committed).error());
    }
    if (db.is_in_transaction() && !db.run("ROLLBACK")) {
        db.poison();
    }
    return done;
}

}  // namespace

result<> database::pooled::end_group() {
    const auto ended = std::exchange(group, nullptr);
    if (ended == nullptr) {
        return {};
    }
    db->set_bounds({});
    db->expect_transaction(false);
    result<> done = commit_or_undo(*db);
    if (done && ended->members() > 1) {
        db->count_group_commit();
    }
    ended->settle(done);
    return done;
}

// The next member settles the group. If it left while the connection was passed to it, this thread commits instead.
result<> database::await(const std::shared_ptr<commit_group>& mine) {
    constexpr std::chrono::milliseconds look_every{5};
    for (;;) {
        if (auto outcome = mine->wait_for(look_every)) {
            return std::move(*outcome);
        }
        if (auto idle = writer_->try_acquire({}); idle && *idle && (**idle)->group == mine) {
            (void)(**idle)->end_group();
        }
    }
}

// ---- another try

database::retry_clock::retry_clock(database& owner, const call_options& options) : owner_(owner), options_(options) {}

call_options database::retry_clock::left() {
    if (start_ns_ == 0 || !options_.timeout) {
        return options_;
    }
    auto rest = options_;
    const std::chrono::nanoseconds gone(owner_.params_.time->steady_ns() - start_ns_);
    rest.timeout = std::max(std::chrono::milliseconds{0},
                            *rest.timeout - std::chrono::duration_cast<std::chrono::milliseconds>(gone));
    return rest;
}

bool database::retry_clock::wait(scope& failed) {
    failed.end();
    const std::int64_t now = owner_.params_.time->steady_ns();
    if (start_ns_ == 0) {  // the time of the first failure: a call that succeeds reads no clock
        start_ns_ = now;
        const std::chrono::nanoseconds longest = options_.timeout.value_or(owner_.options().busy_timeout);
        end_ns_ = now + longest.count();
    }
    const std::int64_t step_ns = std::min(retry_longest_ns, retry_first_ns << std::min(attempts_++, 10));
    const auto wait_ns = static_cast<std::int64_t>(static_cast<double>(step_ns) * base::random_share());
    if (now + wait_ns >= end_ns_) {
        return false;
    }
    owner_.counters_->retries_total.add();
    return base::wait_unless_cancelled(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(wait_ns)), options_.cancel);
}

}  // namespace sluice::sqlite
