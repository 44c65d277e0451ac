// metrics.hpp - the metrics of the engine, in one struct.
//
// Threads: any. Lives as long as the registry at most.
#pragma once

#include <functional>

#include "base/observe/metrics.hpp"
#include "base/run/pool_core.hpp"

namespace sluice::duckdb {

struct engine_metrics {
    explicit engine_metrics(base::metrics_registry& registry);

    base::counter& connections_opened_total;
    base::counter& streams_moved_total;   // open results that kept their connection when a statement needed it
    base::counter& streams_stored_total;  // their rest went to a temporary table
    base::counter& restarts_total;        // databases closed and opened again
    base::counter& plan_cache_hits_total;
    base::counter& plan_cache_misses_total;
    base::counter& plan_cache_stale_total;
    base::gauge& rows_stored;  // by cursors, in memory and in temporary tables
};

// `read` returns the numbers of the current pool.
void expose_pool(base::metrics_registry& registry, const std::function<base::pool_stats()>& read);

}  // namespace sluice::duckdb
