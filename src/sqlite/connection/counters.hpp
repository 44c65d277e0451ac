// counters.hpp - counters that all connections of one manager share.
//
// Threads: any; relaxed atomics.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/observe/metrics.hpp"

namespace sluice::sqlite {

// How long calls wait, in seconds.
struct database_times {
    base::histogram read_acquire{base::seconds_buckets};   // waits for a reading connection; 0: one was free
    base::histogram write_acquire{base::seconds_buckets};  // waits for the writing connection
    base::histogram open{base::seconds_buckets};           // opening a connection
    base::histogram busy_wait{base::seconds_buckets};      // waits for another connection's lock
};

struct database_counters {
    std::atomic<std::uint64_t> reads_total{0};
    std::atomic<std::uint64_t> writes_total{0};
    std::atomic<std::uint64_t> transactions_total{0};
    std::atomic<std::uint64_t> commits_total{0};
    std::atomic<std::uint64_t> group_commits_total{0};
    std::atomic<std::uint64_t> rollbacks_total{0};
    std::atomic<std::uint64_t> retries_total{0};
    std::atomic<std::uint64_t> busy_waits_total{0};
    std::atomic<std::uint64_t> statement_cache_hits_total{0};
    std::atomic<std::uint64_t> statement_cache_misses_total{0};
    std::atomic<std::uint64_t> checkpoints_total{0};
    std::atomic<std::uint64_t> poisoned_total{0};
    std::shared_ptr<database_times> times =
        std::make_shared<database_times>();   // shared with the registries that show them
    std::atomic<std::uint64_t> wal_pages{0};  // as of the last commit or checkpoint of this process

    static void add(std::atomic<std::uint64_t>& which) { which.fetch_add(1, std::memory_order_relaxed); }
};

}  // namespace sluice::sqlite
