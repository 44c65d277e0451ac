// byte_budget.hpp - a number of bytes that many queues share, so that slow queues leave room for fast ones.
//
// Problem: each client's queue is bounded, but the sum over thousands of clients is not; a fixed share for each would
//          be too small for one and too large for all. Clients that have stopped reading must neither take everything
//          nor cost the others a thread.
// Use:     byte_budget budget({.bytes_max = ...});  byte_budget::account mine(budget, [] { produce on; });
//          if (mine.must_wait(queue_is_empty)) { stop producing until on_room is called }
//          mine.add(bytes) ... mine.subtract(bytes)     // bytes held; pooled_buffer does both
// Rule:    the bound of a queue depends on the free bytes (Choudhury and Hahne, Dynamic Queue Length Thresholds for
//          Shared-Memory Packet Switches, 1998), here on the square of the free share: queue_bytes_max when all is
//          free, a quarter of that when half is free. Queues that stall one after the other then leave c / (c + n) of
//          the budget for the next, c being the number of full queues that fit into it; a bound by the share itself
//          would leave less and less of every rest. The last eighth of the budget is for empty queues: a client that
//          reads, and whose reply is small, goes on while the others wait.
// Bounds:  soft: add() counts bytes that are already written; must_wait() is asked before more is written. A waiter
//          that is called back has step_bytes reserved, until it adds them or calls give_up_grant().
// Order:   waiters are called first in, first out; a waiter whose queue is still too long is skipped.
// Threads: any; one at a time for must_wait(), leave_queue() and give_up_grant() of one account. on_room runs without
//          the lock, on the thread whose subtract() made room.
// Ends:    an account leaves the queue when it dies; the result of `owner` keeps it alive while on_room may be called.
// Metrics: session_buffered_bytes, session_buffered_bytes_max, buffered_bytes_limit, streaming_budget_waits_total.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice::base {

class metrics_registry;

struct byte_budget_params {
    std::size_t bytes_max = 0;
    std::size_t step_bytes = 0;  // bytes reserved at a time; at most a quarter of bytes_max
    std::size_t queue_bytes_max = std::size_t{2} * 1024 * 1024;
};

class byte_budget {
  public:
    class account;

    explicit byte_budget(byte_budget_params params);
    byte_budget(const byte_budget&) = delete;
    byte_budget& operator=(const byte_budget&) = delete;
    ~byte_budget();

    // Bytes of all accounts, reservations included.
    [[nodiscard]] std::size_t used() const { return used_.load(); }
    // Bytes of the largest account.
    [[nodiscard]] std::size_t largest() const;
    [[nodiscard]] std::size_t waiting() const { return waiting_.load(); }
    // The registry must not be scraped after the budget is gone.
    void expose(metrics_registry& registry) const;

  private:
    struct waiter {
        account* who = nullptr;
        std::shared_ptr<void> owner;  // shared: the callback may come while its owner ends
    };

    [[nodiscard]] bool has_room(const account& asking, bool is_empty) const;
    // Removes it from the queue; the mutex is held. Release the result without the mutex.
    [[nodiscard]] std::shared_ptr<void> remove_locked(account& waiting);
    void returned(std::size_t bytes);
    void call_waiters();

    const byte_budget_params params_;
    // Both sequentially consistent: a waiter counts itself before it looks at used_, a giver subtracts before it looks
    // for waiters, so that one of them sees the other.
    std::atomic<std::size_t> used_{0};
    std::atomic<std::size_t> waiting_{0};
    std::atomic<std::uint64_t> waits_total_{0};
    mutable std::mutex mutex_;
    std::list<waiter> queue_;
    std::list<const account*> accounts_;
};

class byte_budget::account {
  public:
    // The budget outlives the account. Without `owner` the account must live as long as other accounts do.
    account(byte_budget& budget, std::function<void()> on_room, std::function<std::shared_ptr<void>()> owner = {});
    account(const account&) = delete;
    account& operator=(const account&) = delete;
    // It must hold no bytes.
    ~account();

    void add(std::size_t bytes);
    void subtract(std::size_t bytes);
    [[nodiscard]] std::size_t held() const { return held_.load(); }

    // Ask it before producing more; `is_empty` does not count the bytes about to be produced.
    // True: produce nothing; on_room is called once there is room, perhaps before this returns.
    [[nodiscard]] bool must_wait(bool is_empty);
    // Afterwards on_room is not called again; a call under way may still run.
    void leave_queue();
    // Gives the bytes that on_room reserved to other waiters.
    void give_up_grant();

  private:
    friend class byte_budget;

    byte_budget& budget_;
    const std::function<void()> on_room_;
    const std::function<std::shared_ptr<void>()> owner_;
    std::atomic<std::size_t> held_{0};
    std::atomic<std::size_t> granted_{0};  // reserved: in used_, not in held_
    std::list<const account*>::iterator listed_;
    std::atomic<bool> is_queued_{false};  // set here, cleared by the thread that makes room; needs the budget's mutex
    std::list<waiter>::iterator queued_;  // also under that mutex
};

}  // namespace sluice::base
