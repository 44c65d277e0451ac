#include "base/flow/byte_budget.hpp"

#include <algorithm>
#include <utility>

#include "base/core/assert.hpp"
#include "base/observe/metrics.hpp"

namespace sluice::base {

namespace {

// The share of the budget that only empty queues may use.
constexpr std::size_t reserve_divisor = 8;
constexpr std::size_t steps_min = 4;

}  // namespace

byte_budget::byte_budget(byte_budget_params params) : params_(params) {
    SLUICE_ASSERT(params_.step_bytes > 0 && params_.step_bytes <= params_.bytes_max / steps_min);
}

byte_budget::~byte_budget() {
    SLUICE_ASSERT(accounts_.empty());
}

bool byte_budget::has_room(const account& asking, bool is_empty) const {
    const std::size_t usable = params_.bytes_max - (is_empty ? 0 : params_.bytes_max / reserve_divisor);
    const std::size_t used = used_.load();
    if (used + params_.step_bytes > usable) {
        return false;
    }
    const double free_share = static_cast<double>(usable - used) / static_cast<double>(usable);
    const double queue_max = static_cast<double>(params_.queue_bytes_max) * free_share * free_share;
    return is_empty || static_cast<double>(asking.held_.load()) < queue_max;
}

void byte_budget::returned(std::size_t bytes) {
    used_.fetch_sub(bytes);
    if (waiting_.load() != 0) {
        call_waiters();
    }
}

std::shared_ptr<void> byte_budget::remove_locked(account& waiting) {
    auto owner = std::move(waiting.queued_->owner);
    queue_.erase(waiting.queued_);
    waiting_.fetch_sub(1);
    waiting.is_queued_.store(false);
    return owner;
}

void byte_budget::call_waiters() {
    std::vector<waiter> called;
    {
        const std::scoped_lock lock(mutex_);
        for (auto each = queue_.begin(); each != queue_.end();) {
            account& next = *each->who;
            if (!has_room(next, next.held() == 0)) {
                ++each;
                continue;
            }
            used_.fetch_add(params_.step_bytes);
            next.granted_.fetch_add(params_.step_bytes);
            ++each;
            called.push_back({.who = &next, .owner = remove_locked(next)});
        }
    }
    for (const auto& each : called) {
        each.who->on_room_();
    }
}

std::size_t byte_budget::largest() const {
    const std::scoped_lock lock(mutex_);
    std::size_t most = 0;
    for (const account* each : accounts_) {
        most = std::max(most, each->held());
    }
    return most;
}

void byte_budget::expose(metrics_registry& registry) const {
    const sampled_metrics from(registry, [this]() -> const byte_budget& { return *this; });
    from.gauge({"session_buffered_bytes", "bytes",
                "Memory of replies that are being written or wait for their clients, all sessions together"},
               &byte_budget::used);
    from.gauge({"session_buffered_bytes_max", "bytes", "Memory of the replies of the session that holds most now"},
               &byte_budget::largest);
    from.gauge({"buffered_bytes_limit", "bytes", "Limit of session_buffered_bytes, set by buffered_bytes_max"},
               [](const byte_budget& budget) { return budget.params_.bytes_max; });
    from.counter({"streaming_budget_waits_total", "waits",
                  "Number of times that a session stopped because all sessions together hold too much memory"},
                 [](const byte_budget& budget) { return budget.waits_total_.load(); });
}

byte_budget::account::account(byte_budget& budget, std::function<void()> on_room,
                              std::function<std::shared_ptr<void>()> owner)
    : budget_(budget), on_room_(std::move(on_room)), owner_(std::move(owner)) {
    const std::scoped_lock lock(budget_.mutex_);
    listed_ = budget_.accounts_.insert(budget_.accounts_.end(), this);
}

byte_budget::account::~account() {
    leave_queue();
    give_up_grant();
    SLUICE_ASSERT(held() == 0);
    const std::scoped_lock lock(budget_.mutex_);
    budget_.accounts_.erase(listed_);
}

void byte_budget::account::add(std::size_t bytes) {
    held_.fetch_add(bytes);
    const std::size_t reserved = granted_.load() != 0 ? granted_.exchange(0) : 0;
    if (bytes >= reserved) {
        budget_.used_.fetch_add(bytes - reserved);
    } else {
        budget_.returned(reserved - bytes);
    }
}

void byte_budget::account::subtract(std::size_t bytes) {
    held_.fetch_sub(bytes);
    budget_.returned(bytes);
}

bool byte_budget::account::must_wait(bool is_empty) {
    if (granted_.load() != 0 || budget_.has_room(*this, is_empty)) {
        leave_queue();
        return false;
    }
    auto owner = owner_ ? owner_() : nullptr;
    const std::scoped_lock lock(budget_.mutex_);
    if (granted_.load() != 0) {
        return false;
    }
    if (!is_queued_.load()) {
        queued_ = budget_.queue_.insert(budget_.queue_.end(), {.who = this, .owner = std::move(owner)});
        is_queued_.store(true);
        budget_.waiting_.fetch_add(1);
        budget_.waits_total_.fetch_add(1, std::memory_order_relaxed);
    }
    // Bytes that came back before this waiter was counted have called no waiter, so it looks once more.
    if (budget_.has_room(*this, is_empty)) {
        owner = budget_.remove_locked(*this);
        return false;
    }
    return true;
}

void byte_budget::account::leave_queue() {
    if (!is_queued_.load()) {
        return;
    }
    std::shared_ptr<void> owner;
    const std::scoped_lock lock(budget_.mutex_);
    if (is_queued_.load()) {
        owner = budget_.remove_locked(*this);
    }
}

void byte_budget::account::give_up_grant() {
    if (const std::size_t reserved = granted_.exchange(0); reserved != 0) {
        budget_.returned(reserved);
    }
}

}  // namespace sluice::base
