// metrics.hpp - the numbers of the gateway, one struct for the subsystem.
//
// Use:     gateway_metrics numbers(registry);  numbers.connections_total.add();
// Threads: any. Lives as long as the registry at most.
#pragma once

#include "base/observe/metrics.hpp"

namespace sluice::gateway {

struct gateway_metrics {
    explicit gateway_metrics(core::metrics_registry& registry);

    core::gauge& connections_active;  // sockets of PostgreSQL clients, from accept to close
    core::gauge& sessions_active;     // connections that hold one of connections_max
    core::counter& connections_total;
    core::counter& rejected_full;  // connections_rejected_total by reason
    core::counter& rejected_descriptors;
    core::counter& rejected_stopping;
    core::counter& rejected_startup;
    core::counter& rejected_timeout;
    core::counter& authentication_failures_total;
    core::counter& cancel_requests_total;
    core::counter& clients_vanished_total;
    core::counter& unanswered_cancels_total;  // statements that went on for a second after a cancel
    core::counter& session_runs_total;
    core::counter& streaming_backpressure_events;
    core::counter& slow_flush_count;
    core::counter& flush_timeouts_total;
    core::counter& bytes_received_total;
    core::counter& bytes_sent_total;
    core::counter& tls_failures_total;
    core::counter& http_requests_total;
    core::histogram& startup_seconds;
};

}  // namespace sluice::gateway
