// metrics.hpp - the metrics of the server, in one struct.
//
// Use:     server_metrics numbers{registry};  numbers.connections_total.add();
// Threads: any. Lives as long as the registry at most.
#pragma once

#include <string_view>

#include "base/observe/metrics.hpp"

namespace sluice::server {

struct server_metrics {
    base::metrics_registry& registry;
    base::gauge& connections_active =
        registry.add_gauge({"connections_active", "connections", "Client connections, from accept to close"});
    base::gauge& sessions_active =
        registry.add_gauge({"sessions_active", "sessions", "Connections that count against max_connections"});
    base::counter& connections_total =
        registry.add_counter({"connections_total", "connections", "Client connections accepted"});
    base::counter& rejected_full = rejected("too_many_connections");
    base::counter& rejected_descriptors = rejected("no_descriptors");
    base::counter& rejected_stopping = rejected("stopping");
    base::counter& rejected_startup = rejected("startup");
    base::counter& rejected_timeout = rejected("timeout");
    base::counter& authentication_failures_total = registry.add_counter(
        {"authentication_failures_total", "connections", "Connections that failed to authenticate"});
    base::counter& cancel_requests_total = registry.add_counter(
        {"cancel_requests_total", "requests", "Cancel requests received, with a right or a wrong key"});
    base::counter& clients_vanished_total =
        registry.add_counter({"clients_vanished_total", "connections", "Clients that went away while a statement ran"});
    base::counter& unanswered_cancels_total = registry.add_counter(
        {"unanswered_cancels_total", "statements", "Statements that still ran a second after they were cancelled"});
    base::counter& session_runs_total =
        registry.add_counter({"session_runs_total", "runs", "Times that a session was given a thread"});
    base::counter& streaming_backpressure_events =
        registry.add_counter({"streaming_backpressure_events", "events",
                              "Times that a statement stopped pulling rows because too many bytes waited for clients"});
    base::counter& slow_flush_count = registry.add_counter(
        {"slow_flush_count", "stalls", "Times that a client read nothing for slow_client_threshold"});
    base::counter& flush_timeouts_total =
        registry.add_counter({"flush_timeouts_total", "connections",
                              "Connections closed because the client read nothing for flush_timeout"});
    base::counter& bytes_received_total = registry.add_counter({"bytes_received_total", "bytes", "Bytes from clients"});
    base::counter& bytes_sent_total =
        registry.add_counter({"bytes_sent_total", "bytes", "Bytes of replies to clients, before encryption"});
    base::counter& tls_failures_total =
        registry.add_counter({"tls_failures_total", "connections", "TLS handshakes that failed"});
    base::counter& http_requests_total =
        registry.add_counter({"http_requests_total", "requests", "HTTP requests answered"});
    base::histogram& startup_seconds =
        registry.add_histogram({"connection_startup_seconds", "seconds", "From accept to the first ReadyForQuery"});

  private:
    [[nodiscard]] base::counter& rejected(std::string_view reason) const {
        return registry.add_counter({"connections_rejected_total",
                                     "connections",
                                     "Client connections refused before a session began",
                                     {"reason", reason}});
    }
};

}  // namespace sluice::server
