#include "server/clients/metrics.hpp"

namespace sluice::server {

namespace {

using base::metric_definition;
using base::metric_type;

constexpr metric_definition connections_active{.name = "connections_active",
                                               .type = metric_type::gauge,
                                               .unit = "connections",
                                               .help = "Client connections, from accept to close"};
constexpr metric_definition sessions_active{.name = "sessions_active",
                                            .type = metric_type::gauge,
                                            .unit = "sessions",
                                            .help = "Connections that count against max_connections"};
constexpr metric_definition connections_total{.name = "connections_total",
                                              .type = metric_type::counter,
                                              .unit = "connections",
                                              .help = "Client connections accepted"};
constexpr metric_definition rejected{.name = "connections_rejected_total",
                                     .type = metric_type::counter,
                                     .unit = "connections",
                                     .help = "Client connections refused before a session began",
                                     .label = "reason"};
constexpr metric_definition authentication_failures{.name = "authentication_failures_total",
                                                    .type = metric_type::counter,
                                                    .unit = "connections",
                                                    .help = "Connections that failed to authenticate"};
constexpr metric_definition cancel_requests{.name = "cancel_requests_total",
                                            .type = metric_type::counter,
                                            .unit = "requests",
                                            .help = "Cancel requests received, with a right or a wrong key"};
constexpr metric_definition clients_vanished{.name = "clients_vanished_total",
                                             .type = metric_type::counter,
                                             .unit = "connections",
                                             .help = "Clients that went away while a statement ran"};
constexpr metric_definition unanswered_cancels{.name = "unanswered_cancels_total",
                                               .type = metric_type::counter,
                                               .unit = "statements",
                                               .help = "Statements that still ran a second after they were cancelled"};
constexpr metric_definition session_runs{.name = "session_runs_total",
                                         .type = metric_type::counter,
                                         .unit = "runs",
                                         .help = "Times that a session was given a thread"};
constexpr metric_definition backpressure_events{
    .name = "streaming_backpressure_events",
    .type = metric_type::counter,
    .unit = "events",
    .help = "Times that a statement stopped pulling rows because too many bytes waited for clients"};
constexpr metric_definition slow_flushes{.name = "slow_flush_count",
                                         .type = metric_type::counter,
                                         .unit = "stalls",
                                         .help = "Times that a client read nothing for slow_client_threshold"};
constexpr metric_definition flush_timeouts{.name = "flush_timeouts_total",
                                           .type = metric_type::counter,
                                           .unit = "connections",
                                           .help =
                                               "Connections closed because the client read nothing for "
                                               "flush_timeout"};
constexpr metric_definition bytes_received{
    .name = "bytes_received_total", .type = metric_type::counter, .unit = "bytes", .help = "Bytes from clients"};
constexpr metric_definition bytes_sent{.name = "bytes_sent_total",
                                       .type = metric_type::counter,
                                       .unit = "bytes",
                                       .help = "Bytes of replies to clients, before encryption"};
constexpr metric_definition tls_failures{.name = "tls_failures_total",
                                         .type = metric_type::counter,
                                         .unit = "connections",
                                         .help = "TLS handshakes that failed"};
constexpr metric_definition http_requests{
    .name = "http_requests_total", .type = metric_type::counter, .unit = "requests", .help = "HTTP requests answered"};
constexpr metric_definition startup_seconds{.name = "connection_startup_seconds",
                                            .type = metric_type::histogram,
                                            .unit = "seconds",
                                            .help = "From accept to the first ReadyForQuery",
                                            .buckets = base::seconds_buckets};

}  // namespace

server_metrics::server_metrics(base::metrics_registry& registry)
    : connections_active(registry.add_gauge(server::connections_active)),
      sessions_active(registry.add_gauge(server::sessions_active)),
      connections_total(registry.add_counter(server::connections_total)),
      rejected_full(registry.add_counter(rejected, "too_many_connections")),
      rejected_descriptors(registry.add_counter(rejected, "no_descriptors")),
      rejected_stopping(registry.add_counter(rejected, "stopping")),
      rejected_startup(registry.add_counter(rejected, "startup")),
      rejected_timeout(registry.add_counter(rejected, "timeout")),
      authentication_failures_total(registry.add_counter(authentication_failures)),
      cancel_requests_total(registry.add_counter(cancel_requests)),
      clients_vanished_total(registry.add_counter(clients_vanished)),
      unanswered_cancels_total(registry.add_counter(unanswered_cancels)),
      session_runs_total(registry.add_counter(session_runs)),
      streaming_backpressure_events(registry.add_counter(backpressure_events)),
      slow_flush_count(registry.add_counter(slow_flushes)),
      flush_timeouts_total(registry.add_counter(flush_timeouts)),
      bytes_received_total(registry.add_counter(bytes_received)),
      bytes_sent_total(registry.add_counter(bytes_sent)),
      tls_failures_total(registry.add_counter(tls_failures)),
      http_requests_total(registry.add_counter(http_requests)),
      startup_seconds(registry.add_histogram(server::startup_seconds)) {}

}  // namespace sluice::server
