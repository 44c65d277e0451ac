// pool_core.hpp - the rules of a pool, without the type of its items; pool.hpp adds the type.
//
// Use:     only pool.hpp uses it.
// Rule:    a borrower gets the idle item that was used last, else a place to make one, else the item that was parked
//          first, else it waits. So no borrower waits while an item is idle or parked or a place is free: giving back
//          hands the item to the first waiter, in the same step. A waiter that gets a place makes the item itself,
//          so that the cost and the error are its own; if it fails, the place goes to the next.
// Limits:  may change at any time. Above size_max no item stays idle or parked: items not on loan are closed at once,
//          items on loan when they come back. New places go to the waiters, one by one, before any other borrower.
// Order:   waiters first in, first out. A loan has a serial number; a lease that parked its item knows by it whether
//          another borrower has had the item since.
// Time:    `coarse` times are those of the last sweep, wait or make. Lending and giving back read no clock.
// Threads: any. One mutex; it is never held over open(), is_healthy(), close() or a callback.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/core/cancel.hpp"
#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "base/run/pool_list.hpp"
#include "base/run/pool_wake.hpp"

namespace sluice::base {

struct pool_limits {
    std::size_t size_min = 0;  // the pool keeps at least this many items, even idle
    std::size_t size_max = 64;
    std::size_t waiters_max = 1024;
    // 0 in any of these: never.
    std::chrono::milliseconds idle_timeout{0};
    std::chrono::milliseconds lifetime_max{0};
    double lifetime_jitter =
        0.1;  // each lifetime is shortened by a random part of up to this share, so that they do not end at once
    std::chrono::milliseconds leak_after{0};
};

// The holder of an item: two numbers, so that setting it costs nothing. Texts are looked up on demand.
struct pool_holder {
    std::uint64_t session_id = 0;
    std::uint64_t query_id = 0;
    friend bool operator==(const pool_holder&, const pool_holder&) = default;
};

enum class pool_state : std::uint8_t {
    making,
    idle,
    parked,
    held,  // on loan between two statements of a transaction
    executing,
    streaming,
    closing,
};

[[nodiscard]] std::string_view to_text(pool_state state);

struct pool_stats {
    std::size_t size = 0;  // all items, those being made or closed included
    std::size_t idle = 0;  // parked items included
    std::size_t parked = 0;
    std::size_t on_loan = 0;
    std::size_t executing = 0;
    std::size_t streaming = 0;
    std::size_t waiting = 0;
    std::uint64_t made_total = 0;
    std::uint64_t closed_total = 0;
    std::uint64_t unhealthy_total = 0;
    std::uint64_t waits_total = 0;
    std::uint64_t timeouts_total = 0;
    std::uint64_t stolen_total = 0;  // parked items that went to another borrower
    std::uint64_t leaks_total = 0;
};

// A line of pool::list().
struct pool_item {
    std::uint64_t id = 0;
    pool_state state = pool_state::idle;
    pool_holder holder;                 // of an item on loan or parked, else zeros
    std::chrono::milliseconds held{0};  // since lent or resumed; 0 unless on loan
    std::chrono::milliseconds age{0};
};

// The place of an item or a future item; it never moves.
class pool_slot : public pool_link<pool_slot> {
  public:
    pool_slot() = default;
    pool_slot(const pool_slot&) = delete;
    pool_slot& operator=(const pool_slot&) = delete;
    virtual ~pool_slot() = default;

    virtual result<> open() = 0;
    [[nodiscard]] virtual bool is_healthy() = 0;
    virtual void close() = 0;

    // The borrower calls it.
    void note(pool_state state) { noted_.store(state, std::memory_order_relaxed); }
    void name(const pool_holder& holder) {
        session_id_.store(holder.session_id, std::memory_order_relaxed);
        query_id_.store(holder.query_id, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] std::uint64_t serial() const { return serial_; }

  private:
    friend class pool_core;
    enum class place : std::uint8_t { vacant, making, idle, parked, on_loan, closing };

    [[nodiscard]] pool_holder holder() const {
        return {.session_id = session_id_.load(std::memory_order_relaxed),
                .query_id = query_id_.load(std::memory_order_relaxed)};
    }

    place place_ = place::vacant;
    bool is_open_ = false;
    bool leak_reported_ = false;
    std::atomic<pool_state> noted_{pool_state::executing};
    std::atomic<std::uint64_t> session_id_{0};
    std::atomic<std::uint64_t> query_id_{0};
    std::uint64_t id_ = 0;
    std::uint64_t serial_ = 0;   // of the loan
    std::int64_t since_ns_ = 0;  // since when it is idle, parked or on loan
    std::int64_t born_ns_ = 0;
    double lifetime_share_ = 0;  // drawn once, for the jitter
    std::int64_t dies_ns_ = 0;
};

class pool_core;

// Stands in the queue; a thread sleeps on it, or `on_ready` is called.
class pool_waiter : public pool_link<pool_waiter> {
  public:
    explicit pool_waiter(std::function<void()> on_ready = {}) : on_ready_(std::move(on_ready)) {}
    pool_waiter(const pool_waiter&) = delete;
    pool_waiter& operator=(const pool_waiter&) = delete;
    ~pool_waiter() = default;

  private:
    friend class pool_core;
    // One call of on_ready, on the stack of its caller.
    struct call : pool_link<call> {
        pool_waiter* who = nullptr;
        const pool_wake* sleeper = nullptr;
        std::thread::id thread;
        bool is_orphan = false;  // the waiter may be gone
    };
    enum class stage : std::uint8_t { away, queued, granted, refused };

    const std::function<void()> on_ready_;
    pool_wake wake_;
    stage stage_ = stage::away;
    pool_slot* granted_ = nullptr;
    pool_holder holder_;
    std::int64_t since_ns_ = 0;
    pool_list<call> calls_;
};

struct pool_core_params {
    std::string noun;  // for error messages: "connection"
    std::uint64_t seed = 0;
    const clock* time = nullptr;
    std::function<std::unique_ptr<pool_slot>()> allocate;
    std::function<void(const pool_holder&, std::chrono::milliseconds)> on_leak;
};

class pool_core {
  public:
    enum class condition : std::uint8_t { fit, spoilt, unhealthy };

    pool_core(const pool_limits& limits, pool_core_params params);
    pool_core(const pool_core&) = delete;
    pool_core& operator=(const pool_core&) = delete;
    ~pool_core();

    // ---- borrowing; see pool::acquire and its like. Null: none is available now, or none was granted.
    result<pool_slot*> acquire(const pool_holder& holder, std::chrono::milliseconds timeout,
                               const cancel_token* cancel);
    result<pool_slot*> try_acquire(const pool_holder& holder);
    result<pool_slot*> begin(pool_waiter& waiter, const pool_holder& holder);
    result<pool_slot*> collect(pool_waiter& waiter);
    result<pool_slot*> expire(pool_waiter& waiter);
    void leave(pool_waiter& waiter);

    // ---- for the lease
    void give_back(pool_slot& slot, condition state);
    // False: the item is gone already.
    [[nodiscard]] bool park(pool_slot& slot);
    [[nodiscard]] bool resume(pool_slot& slot, std::uint64_t serial);

    // ---- for the owner
    result<> sweep();
    void set_limits(const pool_limits& limits);
    [[nodiscard]] pool_limits limits() const;
    void stop();
    [[nodiscard]] pool_stats stats() const;
    [[nodiscard]] std::vector<pool_item> list() const;

  private:
    using call = pool_waiter::call;
    using place = pool_slot::place;

    [[nodiscard]] error refusal() const;
    [[nodiscard]] error lateness(std::int64_t waited_ns) const;
    [[nodiscard]] bool withdraw(pool_waiter& waiter);
    result<pool_slot*> fill(pool_slot& slot);

    // Call all of these with the mutex held.
    [[nodiscard]] pool_slot* take();
    [[nodiscard]] pool_slot& reserve();
    [[nodiscard]] bool is_fit(const pool_slot& slot) const;
    [[nodiscard]] bool is_over() const;
    void lend(pool_slot& slot, const pool_holder& holder);
    void opened(pool_slot& slot);
    void set_death(pool_slot& slot) const;
    void offer(pool_slot& slot, call& next);
    void grant(pool_slot& slot, call& next);
    static void prepare_call(pool_waiter& waiter, call& next);
    // Releases the mutex while the item is destroyed.
    void close(std::unique_lock<std::mutex>& lock, pool_slot& slot, call& next);
    void close_all(std::unique_lock<std::mutex>& lock, pool_list<pool_slot>& slots);
    void pick_stale(pool_list<pool_slot>& from, pool_list<pool_slot>& stale);
    void pick_surplus(pool_list<pool_slot>& from, pool_list<pool_slot>& surplus);
    void begin_closing(pool_slot& slot);
    void serve_waiters(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] static pool_state state_of(const pool_slot& slot);

    // Call it without the mutex.
    void deliver(call& next);
    void report_leaks();
    result<> fill_up();

    const pool_core_params params_;
    mutable std::mutex mutex_;
    pool_limits limits_;
    std::condition_variable calls_ended_;
    std::vector<std::unique_ptr<pool_slot>> slots_;
    pool_list<pool_slot> idle_;    // most recently used at the back
    pool_list<pool_slot> parked_;  // most recently parked at the back
    pool_list<pool_slot> vacant_;
    pool_list<pool_waiter> waiters_;
    std::size_t closing_ = 0;
    std::size_t leases_ = 0;  // leases on loan, or parked and unaware that their item is gone
    std::int64_t coarse_ns_;
    std::uint64_t random_;
    std::uint64_t ids_ = 0;
    bool stopping_ = false;
    pool_stats totals_;  // only size and the members ending in _total are set
};

}  // namespace sluice::base
