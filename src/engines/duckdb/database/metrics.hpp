// metrics.hpp - the metrics of the engine, in one struct.
//
// Threads: any. Lives as long as the registry at most.
#pragma once

#include <functional>

#include "base/observe/metrics.hpp"
#include "base/run/pool_core.hpp"

namespace sluice::duckdb {

struct engine_metrics {
    base::metrics_registry& registry;
    base::counter& connections_opened_total = registry.add_counter(
        {"engine_connections_opened_total", "connections", "Connections to the engine that were opened"});
    base::counter& streams_moved_total =
        registry.add_counter({"engine_streams_moved_total", "streams",
                              "Half-read results that kept their connection when another statement came"});
    base::counter& streams_stored_total =
        registry.add_counter({"engine_streams_stored_total", "streams",
                              "Half-read results whose rest was stored when another statement came"});
    base::counter& restarts_total =
        registry.add_counter({"engine_restarts_total", "restarts",
                              "Times that the database was closed and opened again after it had failed"});
    base::counter& plan_cache_hits_total = registry.add_counter(
        {"engine_plan_cache_hits_total", "statements", "Statements whose columns and plan the session had kept"});
    base::counter& plan_cache_misses_total =
        registry.add_counter({"engine_plan_cache_misses_total", "statements",
                              "Statements that the session had not kept, so that they were planned"});
    base::counter& plan_cache_stale_total = registry.add_counter(
        {"engine_plan_cache_stale_total", "statements",
         "Statements that the session had kept, and that were planned again because of a write or a new connection"});
    base::gauge& rows_stored =
        registry.add_gauge({"engine_rows_stored", "rows", "Rows that cursors keep, in memory and in temporary tables"});
};

// `read` returns the numbers of the current pool.
void expose_pool(base::metrics_registry& registry, const std::function<base::pool_stats()>& read);

}  // namespace sluice::duckdb
