// metrics.hpp - the metrics of the server, in one struct.
//
// Use:     server_metrics numbers(registry);  numbers.connections_total.add();
// Threads: any. Lives as long as the registry at most.
#pragma once

#include "base/observe/metrics.hpp"

namespace sluice::server {

struct server_metrics {
    explicit server_metrics(base::metrics_registry& registry);

    base::gauge& connections_active;  // sockets of PostgreSQL clients, from accept to close
    base::gauge& sessions_active;     // connections that hold one of connections_max
    base::counter& connections_total;
    base::counter& rejected_full;  // connections_rejected_total by reason
    base::counter& rejected_descriptors;
    base::counter& rejected_stopping;
    base::counter& rejected_startup;
    base::counter& rejected_timeout;
    base::counter& authentication_failures_total;
    base::counter& cancel_requests_total;
    base::counter& clients_vanished_total;
    base::counter& unanswered_cancels_total;  // statements that went on for a second after a cancel
    base::counter& session_runs_total;
    base::counter& streaming_backpressure_events;
    base::counter& slow_flush_count;
    base::counter& flush_timeouts_total;
    base::counter& bytes_received_total;
    base::counter& bytes_sent_total;
    base::counter& tls_failures_total;
    base::counter& http_requests_total;
    base::histogram& startup_seconds;
};

}  // namespace sluice::server
