// priority_gate.hpp - lets urgent statements go first on the processors, not only in the queue.
//
// Problem: DuckDB's tasks have no priority. A query that lists tables, admitted at once, would share two cores with
//          every running analysis, and take ten times as long as alone.
// Use:     { const priority_gate::urgent now(gate); ... an urgent statement calls DuckDB ... }
//          gate.let_pass();      // other statements, between two pieces of their work
// Bounds:  a piece of work is held up for wait_max at most, so that an endless row of urgent statements slows the
//          others down but does not stop them.
// Cost:    one atomic read when no urgent statement runs.
// Threads: any.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

namespace sluice::duckdb {

class priority_gate {
  public:
    class urgent {
      public:
        explicit urgent(priority_gate& gate) : gate_(gate) { gate_.urgent_.fetch_add(1, std::memory_order_relaxed); }
        ~urgent() { gate_.urgent_.fetch_sub(1, std::memory_order_relaxed); }
        urgent(const urgent&) = delete;
        urgent& operator=(const urgent&) = delete;

      private:
        priority_gate& gate_;
    };

    void let_pass() const {
        if (urgent_.load(std::memory_order_relaxed) > 0) [[unlikely]] {
            wait();
        }
    }

  private:
    static constexpr std::chrono::microseconds look_interval{200};
    static constexpr std::chrono::milliseconds wait_max{10};

    void wait() const {
        for (auto waited = look_interval * 0; waited < wait_max && urgent_.load(std::memory_order_relaxed) > 0;
             waited += look_interval) {
            std::this_thread::sleep_for(look_interval);  // urgent statements are over in a few of these
        }
    }

    std::atomic<int> urgent_{0};
};

}  // namespace sluice::duckdb
