// Calls for the owner of a pool: sweep, limits, stop, statistics.
#include <algorithm>
#include <utility>

#include "base/core/assert.hpp"
#include "base/run/pool_core.hpp"

namespace sluice::base {

std::string_view to_text(pool_state state) {
    switch (state) {
        case pool_state::making:
            return "making";
        case pool_state::idle:
            return "idle";
        case pool_state::parked:
            return "parked";
        case pool_state::held:
            return "held";
        case pool_state::executing:
            return "executing";
        case pool_state::streaming:
            return "streaming";
        case pool_state::closing:
            return "closing";
    }
    return {};
}

namespace {

std::chrono::milliseconds to_ms(std::int64_t duration_ns) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(duration_ns));
}

void assert_sound(const pool_limits& limits) {
    SLUICE_ASSERT(limits.size_max > 0 && limits.size_min <= limits.size_max);
    SLUICE_ASSERT(limits.lifetime_jitter >= 0 && limits.lifetime_jitter <= 1);
}

}  // namespace

pool_core::pool_core(const pool_limits& limits, pool_core_params params)
    : params_(std::move(params)), limits_(limits), coarse_ns_(params_.time->steady_ns()), random_(params_.seed) {
    assert_sound(limits_);
}

pool_core::~pool_core() {
    stop();
    if (params_.on_leak) {
        for (const auto& slot : slots_) {
            if (slot->place_ == place::on_loan) {
                params_.on_leak(slot->holder(), to_ms(params_.time->steady_ns() - slot->since_ns_));
            }
        }
    }
    SLUICE_ASSERT(leases_ == 0);
}

result<> pool_core::sweep() {
    {
        std::unique_lock lock(mutex_);
        coarse_ns_ = std::max(coarse_ns_, params_.time->steady_ns());
        pool_list<pool_slot> stale;
        pick_stale(idle_, stale);  // idle items first: no lease hopes to resume them
        pick_stale(parked_, stale);
        close_all(lock, stale);
    }
    report_leaks();
    return fill_up();
}

void pool_core::pick_stale(pool_list<pool_slot>& from, pool_list<pool_slot>& stale) {
    const std::chrono::nanoseconds timeout = limits_.idle_timeout;
    for (pool_slot* each = from.first(); each != nullptr;) {
        pool_slot& slot = *std::exchange(each, from.after(*each));
        const bool sat_too_long = timeout.count() != 0 && coarse_ns_ - slot.since_ns_ >= timeout.count() &&
                                  totals_.size - closing_ > limits_.size_min;
        if (sat_too_long || !is_fit(slot)) {
            from.remove(slot);
            begin_closing(slot);
            stale.push_back(slot);
        }
    }
}

void pool_core::set_limits(const pool_limits& limits) {
    assert_sound(limits);
    std::unique_lock lock(mutex_);
    limits_ = limits;
    for (const auto& slot : slots_) {
        set_death(*slot);
    }
    pool_list<pool_slot> surplus;
    pick_surplus(idle_, surplus);
    pick_surplus(parked_, surplus);
    serve_waiters(lock);
    close_all(lock, surplus);
}

pool_limits pool_core::limits() const {
    const std::scoped_lock lock(mutex_);
    return limits_;
}

// The least recently used one goes first.
void pool_core::pick_surplus(pool_list<pool_slot>& from, pool_list<pool_slot>& surplus) {
    while (is_over() && !from.empty()) {
        pool_slot& slot = *from.pop_front();
        begin_closing(slot);
        surplus.push_back(slot);
    }
}

void pool_core::serve_waiters(std::unique_lock<std::mutex>& lock) {
    while (!waiters_.empty() && totals_.size < limits_.size_max) {
        call next;
        grant(reserve(), next);
        lock.unlock();
        deliver(next);
        lock.lock();
    }
}

void pool_core::close_all(std::unique_lock<std::mutex>& lock, pool_list<pool_slot>& slots) {
    while (pool_slot* slot = slots.pop_front()) {
        call next;
        close(lock, *slot, next);
        lock.unlock();
        deliver(next);
        lock.lock();
    }
}

void pool_core::report_leaks() {
    std::vector<std::pair<pool_holder, std::int64_t>> leaks;
    {
        const std::scoped_lock lock(mutex_);
        const std::chrono::nanoseconds after = limits_.leak_after;
        if (after.count() == 0) {
            return;
        }
        for (const auto& slot : slots_) {
            const std::int64_t held_ns = coarse_ns_ - slot->since_ns_;
            if (slot->place_ == place::on_loan && !slot->leak_reported_ && held_ns >= after.count()) {
                slot->leak_reported_ = true;
                ++totals_.leaks_total;
                leaks.emplace_back(slot->holder(), held_ns);
            }
        }
    }
    for (const auto& [holder, held_ns] : leaks) {
        if (params_.on_leak) {
            params_.on_leak(holder, to_ms(held_ns));
        }
    }
}

result<> pool_core::fill_up() {
    for (;;) {
        pool_slot* slot = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            if (stopping_ || totals_.size >= limits_.size_min) {
                return {};
            }
            slot = &reserve();
        }
        auto made = slot->open();
        call next;
        {
            std::unique_lock lock(mutex_);
            if (made) {
                opened(*slot);
            }
            if (made && !stopping_ && !is_over()) {
                offer(*slot, next);
            } else {
                close(lock, *slot, next);
            }
        }
        deliver(next);
        TRY(std::move(made));
    }
}

void pool_core::stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    while (pool_waiter* waiter = waiters_.pop_front()) {
        call next;
        waiter->stage_ = pool_waiter::stage::refused;
        prepare_call(*waiter, next);
        lock.unlock();
        deliver(next);
        lock.lock();
    }
    pool_list<pool_slot> all;
    pick_stale(idle_, all);  // no item may be used any more
    pick_stale(parked_, all);
    close_all(lock, all);
}

pool_state pool_core::state_of(const pool_slot& slot) {
    switch (slot.place_) {
        case place::vacant:
        case place::making:
            break;
        case place::idle:
            return pool_state::idle;
        case place::parked:
            return pool_state::parked;
        case place::on_loan:
            return slot.is_open_ ? slot.noted_.load(std::memory_order_relaxed) : pool_state::making;
        case place::closing:
            return pool_state::closing;
    }
    return pool_state::making;
}

pool_stats pool_core::stats() const {
    const std::scoped_lock lock(mutex_);
    pool_stats now = totals_;
    now.parked = parked_.size();
    now.idle = idle_.size() + now.parked;
    now.waiting = waiters_.size();
    for (const auto& slot : slots_) {
        const pool_state state = state_of(*slot);
        now.on_loan += slot->place_ == place::on_loan ? 1 : 0;
        now.executing += slot->place_ == place::on_loan && state == pool_state::executing ? 1 : 0;
        now.streaming += slot->place_ == place::on_loan && state == pool_state::streaming ? 1 : 0;
    }
    return now;
}

std::vector<pool_item> pool_core::list() const {
    const std::int64_t now_ns = params_.time->steady_ns();
    std::vector<pool_item> items;
    const std::scoped_lock lock(mutex_);
    for (const auto& slot : slots_) {
        if (slot->place_ == place::vacant) {
            continue;
        }
        const bool on_loan = slot->place_ == place::on_loan;
        items.push_back({.id = slot->id_,
                         .state = state_of(*slot),
                         .holder = on_loan || slot->place_ == place::parked ? slot->holder() : pool_holder{},
                         .held = to_ms(on_loan ? std::max<std::int64_t>(now_ns - slot->since_ns_, 0) : 0),
                         .age = to_ms(std::max<std::int64_t>(now_ns - slot->born_ns_, 0))});
    }
    return items;
}

}  // namespace sluice::base
