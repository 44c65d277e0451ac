// The queue of waiters: how they wake, and how a wait ends early.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/core/assert.hpp"
#include "base/run/pool_core.hpp"

namespace sluice::base {

namespace {

constexpr std::int64_t millisecond_ns = 1'000'000;
// A cancel token has one hook, which belongs to the engine; a waiter here polls the token this often.
constexpr std::int64_t cancel_look_ns = 20 * millisecond_ns;

constexpr std::chrono::milliseconds timeout_max = std::chrono::days(366);  // a longer one would overflow

std::int64_t sleeping_clock_ns() {
    return system_clock().steady_ns();
}

std::string duration_text(std::int64_t duration_ns) {
    const std::int64_t duration_ms = duration_ns / millisecond_ns;
    if (duration_ms < 1000) {
        return fmt::format("{} ms", duration_ms);
    }
    const std::int64_t tenths = duration_ms / 100;
    return tenths % 10 == 0 ? fmt::format("{} s", tenths / 10) : fmt::format("{}.{} s", tenths / 10, tenths % 10);
}

}  // namespace

error pool_core::refusal() const {
    return {.code = sqlstates::cannot_connect_now, .message = "the server is shutting down"};
}

// Call it with the mutex held. The hint is an estimate: loans last as long as the running ones have lasted, and each
// waiter in front is served before.
error pool_core::lateness(std::int64_t waited_ns) const {
    const std::int64_t now_ns = params_.time->steady_ns();
    std::int64_t lent = 0;
    std::int64_t held_ns = 0;
    for (const auto& each : slots_) {
        if (each->place_ == place::on_loan) {
            ++lent;
            held_ns += std::max<std::int64_t>(now_ns - each->since_ns_, 0);
        }
    }
    const auto divisor = static_cast<double>(std::max<std::int64_t>(lent, 1));
    const double mean_s = static_cast<double>(held_ns) * 1e-9 / divisor;
    const double wait_s = std::clamp(mean_s * static_cast<double>(waiters_.size() + 1) / divisor, 1.0, 600.0);
    return {.code = sqlstates::too_many_connections,
            .message = fmt::format("no {} became free within {}", params_.noun, duration_text(waited_ns)),
            .hint = fmt::format("Retry in about {:.0f} s: {} of {} are in use, for {:.0f} s on average, and {} wait.",
                                wait_s, lent, limits_.size_max, mean_s, waiters_.size()),
            .retryable = true};
}

result<pool_slot*> pool_core::begin(pool_waiter& waiter, const pool_holder& holder) {
    pool_slot* slot = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        SLUICE_ASSERT(waiter.stage_ != pool_waiter::stage::queued && waiter.stage_ != pool_waiter::stage::granted);
        if (stopping_) {
            return fail(refusal());
        }
        slot = take();
        if (slot == nullptr) {
            if (waiters_.size() >= limits_.waiters_max) {
                return fail(error{.code = sqlstates::too_many_connections,
                                  .message = fmt::format("no {0} is free, and {1} others wait for one already",
                                                         params_.noun, waiters_.size()),
                                  .hint = lateness(0).hint,
                                  .retryable = true});
            }
            waiter.since_ns_ = params_.time->steady_ns();
            coarse_ns_ = std::max(coarse_ns_, waiter.since_ns_);
            waiter.holder_ = holder;
            waiter.stage_ = pool_waiter::stage::queued;
            waiters_.push_back(waiter);
            ++totals_.waits_total;
            return nullptr;
        }
        waiter.stage_ = pool_waiter::stage::away;
        lend(*slot, holder);
    }
    return fill(*slot);
}

result<pool_slot*> pool_core::acquire(const pool_holder& holder, std::chrono::milliseconds timeout,
                                      const cancel_token* cancel) {
    pool_waiter self;
    auto slot = begin(self, holder);
    if (!slot || *slot != nullptr) [[likely]] {
        return slot;
    }
    std::int64_t now_ns = sleeping_clock_ns();
    const std::int64_t deadline_ns = now_ns + std::chrono::nanoseconds(std::min(timeout, timeout_max)).count();
    while (
        !self.wake_.wait_until_ns(cancel != nullptr ? std::min(deadline_ns, now_ns + cancel_look_ns) : deadline_ns)) {
        if (cancel != nullptr && cancel->requested() && withdraw(self)) {
            return fail(cancel->to_error());
        }
        now_ns = sleeping_clock_ns();
        if (now_ns >= deadline_ns) {
            return expire(self);
        }
    }
    // No other thread accesses `self` any more, so no lock is needed.
    return self.granted_ != nullptr ? fill(*self.granted_) : result<pool_slot*>(fail(refusal()));
}

result<pool_slot*> pool_core::collect(pool_waiter& waiter) {
    pool_slot* slot = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        const auto stage = waiter.stage_;
        if (stage == pool_waiter::stage::queued) {
            return nullptr;
        }
        waiter.stage_ = pool_waiter::stage::away;
        if (stage == pool_waiter::stage::refused) {
            return fail(refusal());
        }
        slot = std::exchange(waiter.granted_, nullptr);
    }
    return slot != nullptr ? fill(*slot) : result<pool_slot*>(nullptr);
}

// True: it was queued and is removed.
bool pool_core::withdraw(pool_waiter& waiter) {
    const std::scoped_lock lock(mutex_);
    if (waiter.stage_ != pool_waiter::stage::queued) {
        return false;
    }
    waiters_.remove(waiter);
    waiter.stage_ = pool_waiter::stage::away;
    return true;
}

result<pool_slot*> pool_core::expire(pool_waiter& waiter) {
    if (!withdraw(waiter)) {
        return collect(waiter);
    }
    const std::scoped_lock lock(mutex_);
    ++totals_.timeouts_total;
    return fail(lateness(params_.time->steady_ns() - waiter.since_ns_));
}

void pool_core::leave(pool_waiter& waiter) {
    pool_slot* granted = nullptr;
    (void)withdraw(waiter);
    {
        std::unique_lock lock(mutex_);
        granted = std::exchange(waiter.granted_, nullptr);
        waiter.stage_ = pool_waiter::stage::away;
        // Inside its own on_ready it cannot wait for that call to end; the call then does not touch the waiter again.
        for (call* each = waiter.calls_.first(); each != nullptr;) {
            call* own = std::exchange(each, waiter.calls_.after(*each));
            if (own->thread == std::this_thread::get_id()) {
                waiter.calls_.remove(*own);
                own->is_orphan = true;
            }
        }
        calls_ended_.wait(lock, [&] { return waiter.calls_.empty(); });
    }
    if (granted != nullptr) {
        give_back(*granted, granted->is_open_ ? condition::fit : condition::spoilt);
    }
}

void pool_core::prepare_call(pool_waiter& waiter, call& next) {
    if (!waiter.on_ready_) {
        const pool_wake* address = &waiter.wake_;
        if (waiter.wake_.set()) {  // the last access: from here on the waiter's thread may go on and destroy it
            next.sleeper = address;
        }
        return;
    }
    next.who = &waiter;
    next.thread = std::this_thread::get_id();
    waiter.calls_.push_back(next);
}

void pool_core::deliver(call& next) {
    if (next.sleeper != nullptr) {
        pool_wake::wake(next.sleeper);
    } else if (next.who != nullptr) {
        next.who->on_ready_();
        const std::scoped_lock lock(mutex_);
        if (!next.is_orphan) {
            next.who->calls_.remove(next);
            calls_ended_.notify_all();
        }
    }
}

}  // namespace sluice::base
