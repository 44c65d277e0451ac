#include "engines/duckdb/database/metrics.hpp"

namespace sluice::duckdb {

void expose_pool(base::metrics_registry& registry, const std::function<base::pool_stats()>& read) {
    using stats = base::pool_stats;
    const base::sampled_metrics from(registry, read);
    const auto by_state = [&](std::string_view state, auto value) {
        from.gauge({"engine_connections",
                    "connections",
                    "Connections to the engine: idle (those parked included), executing, streaming, or held by a "
                    "session that does neither",
                    {"state", state}},
                   value);
    };
    by_state("idle", &stats::idle);
    by_state("executing", &stats::executing);
    by_state("streaming", &stats::streaming);
    by_state("held", [](const stats& now) { return now.on_loan - now.executing - now.streaming; });
    from.gauge(
        {"engine_connections_on_loan", "connections", "Connections to the engine that sessions and cursors hold"},
        &stats::on_loan);
    from.gauge({"engine_connections_idle", "connections",
                "Connections to the engine that anybody may have, those parked included"},
               &stats::idle);
    from.gauge({"engine_connections_parked", "connections",
                "Idle connections that their last session gets back unless another session needs them"},
               &stats::parked);
    from.gauge({"engine_connections_waiting", "sessions", "Sessions that wait for a connection to the engine"},
               &stats::waiting);
    from.counter({"engine_connections_closed_total", "connections", "Connections to the engine that were closed"},
                 &stats::closed_total);
    from.counter({"engine_connections_unhealthy_total", "connections",
                  "Connections that were closed because the engine had failed on them"},
                 &stats::unhealthy_total);
    from.counter({"engine_connections_waits_total", "waits", "Statements that had to wait for a connection"},
                 &stats::waits_total);
    from.counter({"engine_connections_timeouts_total", "waits", "Waits for a connection that took too long"},
                 &stats::timeouts_total);
    from.counter({"engine_connections_stolen_total", "connections", "Parked connections that went to another session"},
                 &stats::stolen_total);
    from.counter({"engine_connections_leaks_total", "connections",
                  "Connections held for longer than engine_connection_leak_threshold"},
                 &stats::leaks_total);
}

}  // namespace sluice::duckdb
