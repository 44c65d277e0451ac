#include "engines/duckdb/database/metrics.hpp"

namespace sluice::duckdb {

namespace {

using base::metric_definition;
using base::metric_type;

constexpr metric_definition opened{.name = "engine_connections_opened_total",
                                   .type = metric_type::counter,
                                   .unit = "connections",
                                   .help = "Connections to the engine that were opened"};
constexpr metric_definition moved{.name = "engine_streams_moved_total",
                                  .type = metric_type::counter,
                                  .unit = "streams",
                                  .help = "Half-read results that kept their connection when another statement came"};
constexpr metric_definition stored{.name = "engine_streams_stored_total",
                                   .type = metric_type::counter,
                                   .unit = "streams",
                                   .help = "Half-read results whose rest was stored when another statement came"};
constexpr metric_definition restarts{.name = "engine_restarts_total",
                                     .type = metric_type::counter,
                                     .unit = "restarts",
                                     .help = "Times that the database was closed and opened again after it had failed"};
constexpr metric_definition plan_hits{.name = "engine_plan_cache_hits_total",
                                      .type = metric_type::counter,
                                      .unit = "statements",
                                      .help = "Statements whose columns and plan the session had kept"};
constexpr metric_definition plan_misses{.name = "engine_plan_cache_misses_total",
                                        .type = metric_type::counter,
                                        .unit = "statements",
                                        .help = "Statements that the session had not kept, so that they were planned"};
constexpr metric_definition plan_stale{
    .name = "engine_plan_cache_stale_total",
    .type = metric_type::counter,
    .unit = "statements",
    .help = "Statements that the session had kept, and that were planned again because of a write or a new connection"};
constexpr metric_definition rows{.name = "engine_rows_stored",
                                 .type = metric_type::gauge,
                                 .unit = "rows",
                                 .help = "Rows that cursors keep, in memory and in temporary tables"};

constexpr metric_definition connections{
    .name = "engine_connections",
    .type = metric_type::gauge,
    .unit = "connections",
    .help =
        "Connections to the engine: idle (those parked included), executing, streaming, or held by a session that "
        "does neither",
    .label = "state"};
constexpr metric_definition on_loan{.name = "engine_connections_on_loan",
                                    .type = metric_type::gauge,
                                    .unit = "connections",
                                    .help = "Connections to the engine that sessions and cursors hold"};
constexpr metric_definition idle{.name = "engine_connections_idle",
                                 .type = metric_type::gauge,
                                 .unit = "connections",
                                 .help = "Connections to the engine that anybody may have, those parked included"};
constexpr metric_definition parked{
    .name = "engine_connections_parked",
    .type = metric_type::gauge,
    .unit = "connections",
    .help = "Idle connections that their last session gets back unless another session needs them"};
constexpr metric_definition waiting{.name = "engine_connections_waiting",
                                    .type = metric_type::gauge,
                                    .unit = "sessions",
                                    .help = "Sessions that wait for a connection to the engine"};
constexpr metric_definition closed{.name = "engine_connections_closed_total",
                                   .type = metric_type::counter,
                                   .unit = "connections",
                                   .help = "Connections to the engine that were closed"};
constexpr metric_definition unhealthy{.name = "engine_connections_unhealthy_total",
                                      .type = metric_type::counter,
                                      .unit = "connections",
                                      .help = "Connections that were closed because the engine had failed on them"};
constexpr metric_definition waits{.name = "engine_connections_waits_total",
                                  .type = metric_type::counter,
                                  .unit = "waits",
                                  .help = "Statements that had to wait for a connection"};
constexpr metric_definition timeouts{.name = "engine_connections_timeouts_total",
                                     .type = metric_type::counter,
                                     .unit = "waits",
                                     .help = "Waits for a connection that took too long"};
constexpr metric_definition stolen{.name = "engine_connections_stolen_total",
                                   .type = metric_type::counter,
                                   .unit = "connections",
                                   .help = "Parked connections that went to another session"};
constexpr metric_definition leaks{.name = "engine_connections_leaks_total",
                                  .type = metric_type::counter,
                                  .unit = "connections",
                                  .help = "Connections held for longer than engine_connection_leak_threshold"};

}  // namespace

engine_metrics::engine_metrics(base::metrics_registry& registry)
    : connections_opened_total(registry.add_counter(opened)),
      streams_moved_total(registry.add_counter(moved)),
      streams_stored_total(registry.add_counter(stored)),
      restarts_total(registry.add_counter(restarts)),
      plan_cache_hits_total(registry.add_counter(plan_hits)),
      plan_cache_misses_total(registry.add_counter(plan_misses)),
      plan_cache_stale_total(registry.add_counter(plan_stale)),
      rows_stored(registry.add_gauge(rows)) {}

void expose_pool(base::metrics_registry& registry, const std::function<base::pool_stats()>& read) {
    const auto sample = [&](const metric_definition& definition, auto value, std::string_view label = {}) {
        registry.add_sampled(definition, [read, value] { return static_cast<double>(value(read())); }, label);
    };
    using stats = base::pool_stats;
    sample(connections, [](const stats& now) { return now.idle; }, "idle");
    sample(connections, [](const stats& now) { return now.executing; }, "executing");
    sample(connections, [](const stats& now) { return now.streaming; }, "streaming");
    sample(connections, [](const stats& now) { return now.on_loan - now.executing - now.streaming; }, "held");
    sample(on_loan, [](const stats& now) { return now.on_loan; });
    sample(idle, [](const stats& now) { return now.idle; });
    sample(parked, [](const stats& now) { return now.parked; });
    sample(waiting, [](const stats& now) { return now.waiting; });
    sample(closed, [](const stats& now) { return now.closed_total; });
    sample(unhealthy, [](const stats& now) { return now.unhealthy_total; });
    sample(waits, [](const stats& now) { return now.waits_total; });
    sample(timeouts, [](const stats& now) { return now.timeouts_total; });
    sample(stolen, [](const stats& now) { return now.stolen_total; });
    sample(leaks, [](const stats& now) { return now.leaks_total; });
}

}  // namespace sluice::duckdb
