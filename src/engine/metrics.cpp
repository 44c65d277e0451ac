#include "engine/metrics.hpp"

namespace sluice::engine {

namespace {

using core::metric_definition;
using core::metric_type;

constexpr metric_definition on_loan{.name = "engine_connections_on_loan",
                                    .type = metric_type::gauge,
                                    .unit = "connections",
                                    .help = "Connections to the engine that sessions and cursors hold"};
constexpr metric_definition idle{.name = "engine_connections_idle",
                                 .type = metric_type::gauge,
                                 .unit = "connections",
                                 .help = "Connections to the engine that are kept for the next session"};
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
constexpr metric_definition rows{.name = "engine_rows_stored",
                                 .type = metric_type::gauge,
                                 .unit = "rows",
                                 .help = "Rows that cursors keep, in memory and in temporary tables"};

}  // namespace

engine_metrics::engine_metrics(core::metrics_registry& registry)
    : connections_on_loan(registry.add_gauge(on_loan)),
      connections_idle(registry.add_gauge(idle)),
      connections_opened_total(registry.add_counter(opened)),
      streams_moved_total(registry.add_counter(moved)),
      streams_stored_total(registry.add_counter(stored)),
      restarts_total(registry.add_counter(restarts)),
      rows_stored(registry.add_gauge(rows)) {}

}  // namespace sluice::engine
