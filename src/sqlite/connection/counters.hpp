// counters.hpp - counters that all connections of one manager share.
//
// Threads: any; relaxed atomics.
#pragma once

#include "base/observe/metrics.hpp"

namespace sluice::sqlite {

// Shared with the registries that show them.
struct database_counters {
    base::counter reads_total;         // calls of execute
    base::counter writes_total;        // calls of execute_mut
    base::counter transactions_total;  // outermost ones
    base::counter commits_total;
    base::counter group_commits_total;  // COMMITs shared by several transactions
    base::counter rollbacks_total;
    base::counter retries_total;  // of transactions, after a conflict
    base::counter busy_waits_total;
    base::counter statement_cache_hits_total;
    base::counter statement_cache_misses_total;
    base::counter checkpoints_total;
    base::counter poisoned_total;
    base::gauge wal_pages;                                        // as of the last commit or checkpoint of this process
    base::histogram read_acquire_seconds{base::seconds_buckets};  // waits for a reading connection; 0: one was free
    base::histogram write_acquire_seconds{base::seconds_buckets};  // waits for the writing connection
    base::histogram open_seconds{base::seconds_buckets};           // opening a connection
    base::histogram busy_wait_seconds{base::seconds_buckets};      // waits for another connection's lock
};

}  // namespace sluice::sqlite
