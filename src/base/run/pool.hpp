// pool.hpp - lends a bounded number of expensive items (connections, channels) for a while.
//
// Problem: making an item costs more than using it, an unbounded number of them exhausts memory and threads, and a
//          borrower must not be able to forget to give one back.
// Use:     pool<engine_connection> spare({.limits = {.size_max = 64}, .make = [&] { return open_one(); }});
//          TRY_ASSIGN(auto lease, spare.acquire({.session_id = 7}, std::chrono::seconds(30)));  // blocks this thread
//          lease->use();                                     // given back by its destructor; spoil(): destroyed
//          lease.park(); ... if (!lease.resume()) { acquire another one, and set it up again }
//          pool<engine_connection>::waiter queued(spare, [&] { submit a task that calls queued.collect() });
//          TRY_ASSIGN(auto at_once, queued.begin(holder));   // without one: on_ready is called, no thread waits
//          a timer, each second: if (auto swept = spare.sweep(); !swept) { log }
// Bounds:  size_max items, on loan, idle and being made or destroyed; at most waiters_max waiters, beyond that 53300 at
//          once. sweep() makes and keeps size_min items; no item is made before it is needed otherwise.
//          set_limits() changes all of these while the pool is used. New places go to waiters at once. Of surplus items
//          the idle ones are closed at once, then the parked ones, and those on loan when they come back. A waiter is
//          never sent away by it. The next sweep applies size_min and the times to existing items; a lifetime counts
//          from an item's birth.
// Order:   a borrower gets the idle item that was used last, else a new one, else the one that was parked first, else
//          it waits; waiters are served first in, first out, and are never overtaken. A parked item goes to the first
//          waiter at once. See pool_core.hpp.
// Threads: any; a lease and a waiter belong to one thread at a time. make, check, on_leak, on_ready and an item's
//          destructor run without the lock, on the thread that borrows, gives back or sweeps. The pool outlives
//          its leases (parked ones, too) and its waiters.
// Errors:  53300 full (retryable), 57P03 after stop(), the cancel token's error; those of make(), unchanged, for the
//          borrower or for the waiter that was served.
// Time:    lending, parking and giving back read no clock; they use the time of the last sweep, wait or make. So an
//          idle or loan time may look longer than it was, by up to the time between two sweeps.
// Ends:    stop() refuses borrowers and waiters (57P03) and destroys idle and parked items; items on loan are destroyed
//          when they come back. The destructor stops the pool, reports items still on loan to on_leak, and asserts that
//          there are none.
// Cost:    pool_bench.cpp. Only make, sweep and the first use of each of the size_max places allocate memory.
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
    std::string noun = "connection";  // the item's name in error messages
    std::function<result<Item>()> make;
    std::function<bool(Item&)> check;  // false: the item is broken, and destroyed instead of given back or parked
    // Called by sweep() once for each lease held longer than leak_after, and for leases still held when the pool ends.
    std::function<void(const pool_holder&, std::chrono::milliseconds held_for)> on_leak;
    const clock* time = &system_clock();
    std::uint64_t seed = 0;  // for the random lifetimes
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
    // Never waits for others; nullopt if it would have to.
    result<std::optional<lease>> try_acquire(const pool_holder& holder) {
        return to_optional(core_, core_.try_acquire(holder));
    }

    // For a timer: closes old and long-idle items, makes items up to size_min, reports leaks. An error is that of
    // make(); the next sweep tries again.
    result<> sweep() { return core_.sweep(); }
    // Serves waiters and destroys surplus items before it returns; the next sweep applies size_min.
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

    // True: in use, the item may be accessed.
    [[nodiscard]] explicit operator bool() const { return slot_ != nullptr && !is_parked_; }
    [[nodiscard]] bool is_parked() const { return is_parked_; }
    [[nodiscard]] Item& operator*() { return used().item(); }
    [[nodiscard]] Item* operator->() { return &used().item(); }
    [[nodiscard]] const Item* operator->() const { return &used().item(); }
    // Id of the item; never reused for another item.
    [[nodiscard]] std::uint64_t id() const { return used().id(); }

    // Sets the state for stats() and list(): held, executing (the initial one) or streaming.
    void note(pool_state state) { used().note(state); }
    void name(const pool_holder& holder) { used().name(holder); }

    // Does nothing if it is empty.
    void give_back() {
        if (is_parked_) {
            (void)resume();  // so that it is checked
        }
        if (slot* given = std::exchange(slot_, nullptr)) {
            core_->give_back(*given, given->is_healthy() ? pool_core::condition::fit : pool_core::condition::unhealthy);
        }
    }
    // Destroys the item. A waiter makes another, else the next sweep does if there are fewer than size_min.
    void spoil() {
        if (is_parked_) {
            (void)resume();
        }
        if (slot* given = std::exchange(slot_, nullptr)) {
            core_->give_back(*given, pool_core::condition::spoilt);
        }
    }

    // The borrower does not need the item now, but would like the same one again; it must be as clean as one given
    // back. It goes to a waiter at once, or to a borrower if no other item is free, and is closed when it sat idle for
    // idle_timeout. The lease is then parked, or empty if the item is gone already.
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
    // True: the same item is in use again. False: it is gone, and the lease is empty.
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
    // on_ready runs on the thread that gives back, so it should only pass the news on. It may run before begin() has
    // returned, and must not wait for a lock that is held while this waiter is left or destroyed. It may destroy the
    // waiter as its last act.
    waiter(pool& owner, std::function<void()> on_ready) : core_(owner.core_), queued_(std::move(on_ready)) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    ~waiter() { core_.leave(queued_); }

    // A lease at once, or none: then the waiter is queued, and on_ready is called once, when collect() has a result.
    // Do not call it while the waiter is queued.
    result<std::optional<lease>> begin(const pool_holder& holder) {
        return to_optional(core_, core_.begin(queued_, holder));
    }
    // None: it is still queued, or was never queued. May make the item, or fail to.
    result<std::optional<lease>> collect() { return to_optional(core_, core_.collect(queued_)); }
    // Ends a wait that took too long: like collect() if it was served just now, else it leaves the queue with 53300.
    result<std::optional<lease>> expire() { return to_optional(core_, core_.expire(queued_)); }
    // Leaves the queue; a granted item goes to the next waiter. After it returns, on_ready does not run any more.
    void leave() { core_.leave(queued_); }

  private:
    pool_core& core_;
    pool_waiter queued_;
};

}  // namespace sluice::base
