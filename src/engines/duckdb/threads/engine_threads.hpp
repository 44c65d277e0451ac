// engine_threads.hpp - threads that help with DuckDB statements once these turn out to be long.
//
// Problem: DuckDB wakes a thread of its own for every task that it queues. For `select 1` the calling thread is done
//          before the other one is awake, which then spins in vain: with two cores half of them are lost. With no
//          threads at all, one query could use only one core.
// Use:     engine_threads threads(database, 7);        // DuckDB is told that all its threads are external
//          { const engine_threads::call here(threads); duckdb_execute_pending(...); }
//          { const engine_threads::demand now(threads); ... }   // work that is known to need several threads
// How:     a ticker checks once a millisecond whether any call has lasted since the previous check. While one has, or
//          while there is demand, the threads take DuckDB's queued tasks; otherwise they sleep. Calls are counted in
//          two generations, young and old: a check turns the young into the old ones once no old one is left.
// Cost:    two atomic operations a call. The ticker sleeps, too, when there was no call for a while.
// Threads: any. The destructor waits for running tasks: end their statements first.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <duckdb.h>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/threads/interrupts.hpp"

namespace sluice::duckdb {

class thread_fence;

class engine_threads {
  public:
    // `count` threads beside those that call DuckDB; with 0 none is started. The database must outlive it. Each of them
    // enters `fence` first, if there is one.
    engine_threads(duckdb_database database, std::size_t count, std::shared_ptr<const thread_fence> fence = nullptr);
    ~engine_threads();
    engine_threads(const engine_threads&) = delete;
    engine_threads& operator=(const engine_threads&) = delete;

    // A call into DuckDB that may last.
    class call {
      public:
        explicit call(engine_threads& threads) : threads_(threads), generation_(threads.enter()) {}
        ~call() { threads_.leave(generation_); }
        call(const call&) = delete;
        call& operator=(const call&) = delete;

      private:
        engine_threads& threads_;
        std::size_t generation_;
    };

    // Wakes the threads at once and keeps them awake.
    class demand {
      public:
        explicit demand(engine_threads& threads) : threads_(threads) { threads_.add_demand(); }
        ~demand() { threads_.demands_.fetch_sub(1); }
        demand(const demand&) = delete;
        demand& operator=(const demand&) = delete;

      private:
        engine_threads& threads_;
    };

    // For tests: whether there was no call for a while, and how often the threads were woken.
    [[nodiscard]] bool ticker_sleeps() const { return ticker_sleeps_.load(); }
    [[nodiscard]] std::uint64_t wakings() const { return wakings_.load(std::memory_order_relaxed); }

  private:
    [[nodiscard]] std::size_t enter() {
        const std::size_t generation = young_.load();
        calls_[generation].fetch_add(1);
        if (ticker_sleeps_.load()) {
            wake_ticker();
        }
        return generation;
    }
    void leave(std::size_t generation) { calls_[generation].fetch_sub(1); }
    void add_demand();
    void wake_ticker();
    [[nodiscard]] bool wanted() const { return demands_.load() > 0 || long_call_.load(); }
    void tick();
    void run_ticker();
    void run_helper();

    std::array<std::atomic<std::int64_t>, 2> calls_{};  // by generation
    std::atomic<std::size_t> young_{0};
    std::atomic<std::int64_t> demands_{0};
    std::atomic<bool> long_call_{false};
    std::atomic<bool> ticker_sleeps_{false};  // always false when there are no threads
    std::atomic<std::uint64_t> wakings_{0};

    const std::shared_ptr<const thread_fence> fence_;  // shared with all threads that run statements

    std::mutex mutex_;
    std::condition_variable ticker_wake_;
    std::condition_variable helpers_wake_;
    bool stopping_ = false;
    duckdb_task_state state_ = nullptr;
    std::vector<std::thread> threads_;
};

// Runs a pending result to its end, or until a streaming one has rows. Unlike duckdb_execute_pending() it does not spin
// while other threads have the last tasks. Returns the error's text, which `pending` or `result` owns; null: no error.
// Between DuckDB's tasks it lets urgent statements pass, if `stops` is given.
[[nodiscard]] const char* run_pending(engine_threads& threads, const owned_pending& pending, owned_result& result,
                                      const interrupts* stops = nullptr);

}  // namespace sluice::duckdb
