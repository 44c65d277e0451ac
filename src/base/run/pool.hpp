// pool.hpp - lends a bounded number of things that are dear to make (connections, channels) for a while.
//
// Problem: making one costs more than using it, an unbounded number of them exhausts memory and threads, and whoever
//          borrows one must not be able to forget to give it back.
// Use:     pool<engine_connection> spare({.limits = {.size_max = 64}, .make = [&] { return open_one(); }});
//          TRY_ASSIGN(auto lease, spare.acquire({.session_id = 7}, std::chrono::seconds(30)));  // blocks this thread
//          lease->use();                                     // given back by its destructor; spoil(): destroyed
//          lease.park(); ... if (!lease.resume()) { acquire another one, and set it up again }
//          pool<engine_connection>::waiter queued(spare, [&] { submit a task that calls queued.collect() });
//          TRY_ASSIGN(auto at_once, queued.begin(holder));   // without one: on_ready is called, no thread waits
//          a timer, each second: if (auto swept = spare.sweep(); !swept) { log }
// Bounds:  size_max items, on loan, idle and being made or destroyed; waiters_max wait, beyond that 53300 at once.
//          size_min are kept by sweep(), which also makes them in the first place; nothing is made before.
//          set_limits() changes all of these while the pool is used. More places go to who waits, at once; of too many
//          items those idle are closed at once, then those parked, and those on loan when they come back. Who waits
//          already is not sent away. The next sweep applies size_min and the times to what there is already; a lifetime
//          counts from an item's birth.
// Order:   who asks gets the idle item that was used last, else a new one, else the one that was parked first, else
//          waits; waiters are served first in, first out, and nobody overtakes them. A parked item goes to the first
//          waiter at once. See pool_core.hpp.
// Threads: any; a lease and a waiter belong to one thread at a time. make, check, on_leak, on_ready and an item's
//          destructor run without the lock, on the thread of whoever borrows, gives back or sweeps. The pool outlives
//          its leases (parked ones, too) and its waiters.
// Errors:  53300 full (retryable), 57P03 after stop(), the cancel token's, those of make(), unchanged: to who asked,
//          or to the waiter whose turn it was.
// Time:    lending, parking and giving back read no clock; their time is that of the last sweep, wait or make. What
//          sat idle or was held is so seen as longer than it was by up to the time between two sweeps.
// Ends:    stop() refuses who asks or waits (57P03) and destroys what is idle or parked; what is on loan is destroyed
//          when it comes back. The destructor stops, reports what is still on loan to on_leak, and asserts that it is
//          nothing.
// Cost:    pool_bench.cpp. Nothing is allocated but by make, sweep and the first use of each of size_max places.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/core/assert.hpp"
#include "base/core/result.hpp"
#include "base/run/pool_core.hpp"

namespace sluice::base {

template <typename Item>
struct pool_params {
    pool_limits limits;               // at first
    std::string noun = "connection";  // what error messages call it
    std::function<result<Item>()> make;
    std::function<bool(Item&)> check;  // false: ill, destroyed instead of given back or parked
    // Once for each lease held longer than leak_after, by sweep(); or held still when the pool ends.
    std::function<void(const pool_holder&, std::chrono::milliseconds held_for)> on_leak;
    const clock* time = &system_clock();
    std::uint64_t seed = 0;  // of the lifetimes
};

template <typename Item>
class pool {
    class slot;

  public:
    class lease;
    class waiter;

    explicit pool(pool_params<Item> params)
        : params_(std::move(params)),
          core_(params_.limits, {.noun = params_.noun,
                                 .seed = params_.seed,
                                 .time = params_.time,
                                 .allocate = [this] { return std::make_unique<slot>(params_); },
                                 .on_leak = params_.on_leak}) {}
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;
    ~pool() = default;

    // Blocks this thread, until the timeout by the system's clock. A request to cancel is seen within 20 ms.
    result<lease> acquire(const pool_holder& holder, std::chrono::milliseconds timeout,
                          const cancel_token* cancel = nullptr) {
        return to_lease(core_, core_.acquire(holder, timeout, cancel));
    }
    // Never waits for others; nothing when that would be needed.
    result<std::optional<lease>> try_acquire(const pool_holder& holder) {
        return to_optional(core_, core_.try_acquire(holder));
    }

    // For a timer: closes what is old or was idle for long, makes what size_min lacks, reports leaks. An error is that
    // of make(); the next sweep tries again.
    result<> sweep() { return core_.sweep(); }
    // Serves who waits and destroys what is too much before it returns; size_min is for the next sweep to see to.
    void set_limits(const pool_limits& limits) { core_.set_limits(limits); }
    [[nodiscard]] pool_limits limits() const { return core_.limits(); }
    void stop() { core_.stop(); }

    [[nodiscard]] pool_stats stats() const { return core_.stats(); }
    [[nodiscard]] std::vector<pool_item> list() const { return core_.list(); }

  private:
    static result<lease> to_lease(pool_core& core, result<pool_slot*> taken) {
        if (!taken) [[unlikely]] {
            return fail(std::move(taken).error());
        }
        return lease(core, static_cast<slot&>(**taken));
    }
    static result<std::optional<lease>> to_optional(pool_core& core, result<pool_slot*> taken) {
        if (!taken) [[unlikely]] {
            return fail(std::move(taken).error());
        }
        return *taken == nullptr ? std::nullopt : std::optional<lease>(lease(core, static_cast<slot&>(**taken)));
    }

    const pool_params<Item> params_;
    pool_core core_;
};

template <typename Item>
class pool<Item>::slot final : public pool_slot {
  public:
    explicit slot(const pool_params<Item>& params) : params_(params) {}

    result<> open() override {
        TRY_ASSIGN(item_, params_.make());
        return {};
    }
    [[nodiscard]] bool is_healthy() override { return !params_.check || params_.check(*item_); }
    void close() override { item_.reset(); }
    [[nodiscard]] Item& item() { return *item_; }
    [[nodiscard]] const Item& item() const { return *item_; }

  private:
    const pool_params<Item>& params_;
    std::optional<Item> item_;
};

// Empty, in use, or parked.
template <typename Item>
class pool<Item>::lease {
  public:
    lease() = default;
    lease(lease&& other) noexcept
        : core_(other.core_),
          slot_(std::exchange(other.slot_, nullptr)),
          serial_(other.serial_),
          is_parked_(std::exchange(other.is_parked_, false)) {}
    lease& operator=(lease&& other) noexcept {
        if (this != &other) {
            give_back();
            core_ = other.core_;
            slot_ = std::exchange(other.slot_, nullptr);
            serial_ = other.serial_;
            is_parked_ = std::exchange(other.is_parked_, false);
        }
        return *this;
    }
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease() { give_back(); }

    // In use: the item may be touched.
    [[nodiscard]] explicit operator bool() const { return slot_ != nullptr && !is_parked_; }
    [[nodiscard]] bool is_parked() const { return is_parked_; }
    [[nodiscard]] Item& operator*() { return used().item(); }
    [[nodiscard]] Item* operator->() { return &used().item(); }
    [[nodiscard]] const Item* operator->() const { return &used().item(); }
    // Of the item; never used for another one.
    [[nodiscard]] std::uint64_t id() const { return used().id(); }

    // What it does, for stats() and list(): held, executing (as it begins) or streaming.
    void note(pool_state state) { used().note(state); }
    void name(const pool_holder& holder) { used().name(holder); }

    // Nothing if it is empty.
    void give_back() {
        if (is_parked_) {
            (void)resume();  // to be checked
        }
        if (slot* given = std::exchange(slot_, nullptr)) {
            core_->give_back(*given, given->is_healthy() ? pool_core::condition::fit : pool_core::condition::unhealthy);
        }
    }
    // Destroys the item. Who waits makes another, else the next sweep does if there are fewer than size_min.
    void spoil() {
        if (is_parked_) {
            (void)resume();
        }
        if (slot* given = std::exchange(slot_, nullptr)) {
            core_->give_back(*given, pool_core::condition::spoilt);
        }
    }

    // The borrower does not need the item now, and would like the same one again; it must be as fit for others as one
    // given back. It goes to who waits, at once, or to who asks when there is nothing else, and is closed when it sat
    // for idle_timeout. The lease is then parked, or empty if the item is gone already.
    void park() {
        slot& mine = used();
        if (!mine.is_healthy()) {
            core_->give_back(*std::exchange(slot_, nullptr), pool_core::condition::unhealthy);
        } else if (core_->park(mine)) {
            is_parked_ = true;
        } else {
            slot_ = nullptr;
        }
    }
    // True: it is still the same item, and in use again. False: it is gone, and the lease is empty.
    [[nodiscard]] bool resume() {
        if (std::exchange(is_parked_, false) && !core_->resume(*slot_, serial_)) {
            slot_ = nullptr;
        }
        return slot_ != nullptr;
    }

  private:
    friend pool;
    lease(pool_core& core, slot& lent) : core_(&core), slot_(&lent), serial_(lent.serial()) {}

    [[nodiscard]] slot& used() const {
        SLUICE_ASSERT(slot_ != nullptr && !is_parked_);
        return *slot_;
    }

    pool_core* core_ = nullptr;
    slot* slot_ = nullptr;
    std::uint64_t serial_ = 0;
    bool is_parked_ = false;
};

// Waits without a thread.
template <typename Item>
class pool<Item>::waiter {
  public:
    // on_ready: on the thread of whoever gives back, so it should only pass the news on. It may run before begin() has
    // returned, and must not wait for a lock that is held while this waiter is left or destroyed. It may destroy the
    // waiter as its last act.
    waiter(pool& owner, std::function<void()> on_ready) : core_(owner.core_), queued_(std::move(on_ready)) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    ~waiter() { core_.leave(queued_); }

    // A lease at once, or none: then it stands in the queue, and on_ready is called once, when collect() has something
    // to say. Not while it stands there.
    result<std::optional<lease>> begin(const pool_holder& holder) {
        return to_optional(core_, core_.begin(queued_, holder));
    }
    // None: it stands in the queue yet, or nowhere. May make the item, or fail to.
    result<std::optional<lease>> collect() { return to_optional(core_, core_.collect(queued_)); }
    // It has waited for too long: as collect() if its turn has come just now, else out of the queue with a 53300.
    result<std::optional<lease>> expire() { return to_optional(core_, core_.expire(queued_)); }
    // Out of the queue; what was granted goes to the next. Once it has returned, on_ready does not run any more.
    void leave() { core_.leave(queued_); }

  private:
    pool_core& core_;
    pool_waiter queued_;
};

}  // namespace sluice::base
