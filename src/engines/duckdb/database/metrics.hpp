// metrics.hpp - the numbers of the engine, one struct for the subsystem.
//
// Threads: any. Lives as long as the registry at most.
#pragma once

#include <functional>

#include "base/observe/metrics.hpp"
#include "base/run/pool_core.hpp"

namespace sluice::engine {

struct engine_metrics {
    explicit engine_metrics(core::metrics_registry& registry);

    core::counter& connections_opened_total;
    core::counter& streams_moved_total;   // open results that kept their connection when it was needed
    core::counter& streams_stored_total;  // whose rest went to a temporary table
    core::counter& restarts_total;        // databases that were closed and opened again
    core::counter& plan_cache_hits_total;
    core::counter& plan_cache_misses_total;
    core::counter& plan_cache_stale_total;
    core::gauge& rows_stored;  // by cursors, in memory and in temporary tables
};

// `read` gives the numbers of the pool that there is now.
void expose_pool(core::metrics_registry& registry, const std::function<core::pool_stats()>& read);

}  // namespace sluice::engine
