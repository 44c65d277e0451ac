// Lends, parks and takes back the items of a pool.
#include "base/run/pool_core.hpp"

#include <algorithm>
#include <utility>

namespace sluice::base {

// ---- asking, in the order of the rule

pool_slot* pool_core::take() {
    if (pool_slot* slot = idle_.pop_back()) {
        return slot;
    }
    // A waiter beside a free place is about to get it: set_limits() serves one after the other.
    if (totals_.size < limits_.size_max && waiters_.empty()) {
        return &reserve();
    }
    pool_slot* stolen = parked_.pop_front();
    if (stolen != nullptr) {
        ++totals_.stolen_total;
    }
    return stolen;
}

pool_slot& pool_core::reserve() {
    pool_slot* slot = vacant_.pop_front();
    if (slot == nullptr) {
        slots_.push_back(params_.allocate());
        slot = slots_.back().get();
    }
    ++totals_.size;
    slot->id_ = ++ids_;
    slot->born_ns_ = coarse_ns_;
    slot->place_ = place::making;
    return *slot;
}

void pool_core::lend(pool_slot& slot, const pool_holder& holder) {
    ++leases_;
    ++slot.serial_;
    slot.place_ = place::on_loan;
    slot.since_ns_ = coarse_ns_;
    slot.leak_reported_ = false;
    slot.name(holder);
    slot.note(pool_state::executing);
}

// The loan may be an empty place; then the borrower makes the item.
result<pool_slot*> pool_core::fill(pool_slot& slot) {
    if (slot.is_open_) [[likely]] {
        return &slot;
    }
    auto made = slot.open();
    call next;
    {
        std::unique_lock lock(mutex_);
        if (made) {
            opened(slot);
            return &slot;
        }
        --leases_;
        close(lock, slot, next);
    }
    deliver(next);
    return fail(std::move(made).error());
}

void pool_core::opened(pool_slot& slot) {
    coarse_ns_ = std::max(coarse_ns_, params_.time->steady_ns());
    slot.is_open_ = true;
    slot.since_ns_ = coarse_ns_;
    slot.born_ns_ = coarse_ns_;
    // A step of splitmix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014).
    std::uint64_t drawn = random_ += 0x9e3779b97f4a7c15ULL;
    drawn = (drawn ^ (drawn >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    drawn = (drawn ^ (drawn >> 27U)) * 0x94d049bb133111ebULL;
    slot.lifetime_share_ = static_cast<double>((drawn ^ (drawn >> 31U)) >> 11U) / static_cast<double>(1ULL << 53U);
    set_death(slot);
    ++totals_.made_total;
}

void pool_core::set_death(pool_slot& slot) const {
    const auto lifetime_ns = static_cast<double>(std::chrono::nanoseconds(limits_.lifetime_max).count());
    slot.dies_ns_ =
        slot.born_ns_ + static_cast<std::int64_t>(lifetime_ns * (1.0 - limits_.lifetime_jitter * slot.lifetime_share_));
}

result<pool_slot*> pool_core::try_acquire(const pool_holder& holder) {
    pool_slot* slot = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_) {
            return fail(refusal());
        }
        slot = take();
        if (slot == nullptr) {
            return nullptr;
        }
        lend(*slot, holder);
    }
    return fill(*slot);
}

// ---- giving back

bool pool_core::is_fit(const pool_slot& slot) const {
    return !stopping_ && !is_over() && (limits_.lifetime_max.count() == 0 || slot.dies_ns_ > coarse_ns_);
}

// True if there are more items than size_max, after it was lowered. Items being closed do not count.
bool pool_core::is_over() const {
    return totals_.size - closing_ > limits_.size_max;
}

void pool_core::give_back(pool_slot& slot, condition state) {
    call next;
    {
        std::unique_lock lock(mutex_);
        --leases_;
        if (state == condition::fit && is_fit(slot)) [[likely]] {
            offer(slot, next);
        } else {
            totals_.unhealthy_total += state == condition::unhealthy ? 1 : 0;
            close(lock, slot, next);
        }
    }
    deliver(next);
}

bool pool_core::park(pool_slot& slot) {
    call next;
    {
        std::unique_lock lock(mutex_);
        if (is_fit(slot) && waiters_.empty()) [[likely]] {
            slot.place_ = place::parked;
            slot.since_ns_ = coarse_ns_;
            parked_.push_back(slot);
            return true;
        }
        --leases_;
        if (is_fit(slot)) {
            ++totals_.stolen_total;
            grant(slot, next);
        } else {
            close(lock, slot, next);
        }
    }
    deliver(next);
    return false;
}

bool pool_core::resume(pool_slot& slot, std::uint64_t serial) {
    const std::scoped_lock lock(mutex_);
    if (slot.place_ != place::parked || slot.serial_ != serial) {
        --leases_;
        return false;
    }
    parked_.remove(slot);
    slot.place_ = place::on_loan;
    slot.since_ns_ = coarse_ns_;
    slot.note(pool_state::executing);
    return true;
}

void pool_core::offer(pool_slot& slot, call& next) {
    if (!waiters_.empty()) {
        grant(slot, next);
        return;
    }
    slot.place_ = place::idle;
    slot.since_ns_ = coarse_ns_;
    idle_.push_back(slot);
}

void pool_core::grant(pool_slot& slot, call& next) {
    pool_waiter& first = *waiters_.pop_front();
    lend(slot, first.holder_);
    first.granted_ = &slot;
    first.stage_ = pool_waiter::stage::granted;
    prepare_call(first, next);
}

void pool_core::begin_closing(pool_slot& slot) {
    slot.place_ = place::closing;
    ++closing_;
}

void pool_core::close(std::unique_lock<std::mutex>& lock, pool_slot& slot, call& next) {
    if (slot.place_ != place::closing) {
        begin_closing(slot);
    }
    if (slot.is_open_) {
        lock.unlock();
        slot.close();
        lock.lock();
        slot.is_open_ = false;
        ++totals_.closed_total;
    }
    slot.place_ = place::vacant;
    vacant_.push_back(slot);
    --closing_;
    --totals_.size;
    if (!waiters_.empty() && totals_.size < limits_.size_max) {
        grant(reserve(), next);  // the freed place
    }
}

}  // namespace sluice::base
