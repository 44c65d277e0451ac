// params.hpp - all parameters of a server; the command line fills them from the configuration.
//
// Units:   bytes and std::chrono durations. Zero durations switch a timeout off where the comment says so.
// Threads: constant once the server is made.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "base/config/setting_facts.hpp"
#include "base/config/units.hpp"
#include "base/core/clock.hpp"
#include "base/observe/metrics.hpp"
#include "base/run/executor.hpp"
#include "server/clients/flush_watch.hpp"
#include "server/net/tls.hpp"
#include "session/handshake/handshake.hpp"
#include "session/state/cursor_registry.hpp"
#include "settings/client_settings.hpp"
#include "settings/resource_settings.hpp"
#include "workload/workload.hpp"

namespace sluice::server {

struct authentication_params {
    session::authentication_method method = session::authentication_method::trust;
    const postgres::user_table* users = nullptr;  // for SCRAM
    bool tls_required = false;
    std::vector<std::string> databases;  // accepted names
};

struct limit_params {
    // authenticated or in a handshake; beyond: 53300
    std::size_t connections_max = base::default_of(settings::max_connections);
    // connections without a startup packet; beyond: they wait to be accepted
    std::size_t handshakes_max = base::default_of(settings::max_handshakes);
    std::size_t http_connections_max = base::default_of(settings::http_max_connections);
    std::chrono::milliseconds authentication_timeout = base::default_of(settings::authentication_timeout);
    std::size_t preauthentication_bytes_max = 10'000;  // of one message
    std::size_t message_bytes_max = base::default_of(settings::message_size_max);
    // received while a statement runs, before reading pauses
    std::size_t input_bytes_max = base::default_of(settings::input_buffer_size);
    // encoded and not yet sent, for each session
    std::size_t output_bytes_max = base::default_of(settings::output_buffer_size);
    // prepared statements, and portals, of one session
    std::size_t statements_max = base::default_of(settings::statements_max);
    // as output_bytes_max, for all sessions together
    std::size_t buffered_bytes_max = base::default_of(settings::buffered_bytes_max);
    // at most a quarter of buffered_bytes_max
    std::size_t write_buffer_bytes = base::default_of(settings::write_buffer_size);
    std::size_t write_buffers_kept_max = base::default_of(settings::write_buffers_kept);
    // encoded rows handed over at a time
    std::size_t flush_bytes = base::default_of(settings::flush_threshold_bytes);
    // the same, while the client waits for them
    std::uint64_t flush_rows = base::default_of(settings::flush_threshold_rows);
    flush_watch_params flush;
    // A reply of at most this size is sent by the thread that made it, if nothing waits before it.
    std::size_t direct_send_bytes_max = std::size_t{32} * 1024;
    // when idle for longer, it gives its engine connection back
    std::chrono::milliseconds session_rest_after = base::default_of(settings::engine_connection_idle_timeout);
    // interval of the check for idle sessions and cursors
    std::chrono::milliseconds housekeeping_interval = base::default_of(settings::cursor_sweep_interval);
    // then a client is answered without its statement; 0: never
    std::chrono::milliseconds cancel_timeout = base::default_of(settings::cancel_timeout);
    std::chrono::milliseconds linger{2'000};  // time for a refused client to read the reason
};

// TCP keepalive of client connections; 0 leaves the system's default.
struct keepalive_params {
    std::chrono::milliseconds idle = base::default_of(settings::tcp_keepalives_idle);
    std::chrono::milliseconds interval = base::default_of(settings::tcp_keepalives_interval);
    std::size_t count = base::default_of(settings::tcp_keepalives_count);
    std::chrono::milliseconds user_timeout = base::default_of(settings::tcp_user_timeout);
};

struct server_params {
    std::vector<base::host_port> listen{
        {.host = "127.0.0.1", .port = 5433}};  // port 0: the system chooses, see server::ports()
    std::optional<base::host_port> http;
    std::optional<tls_params> tls;
    authentication_params authentication;
    limit_params limits;
    session::cursor_limits cursors;
    keepalive_params keepalive;
    std::size_t io_threads = 1;
    std::vector<std::pair<std::string, std::string>> session_defaults;  // settings that apply before the client's own
    // time for running statements after the first stop
    std::chrono::milliseconds drain_timeout = base::default_of(settings::drain_timeout);
    bool handle_signals = false;  // SIGTERM and SIGINT call request_stop()

    // Borrowed; they outlive the server.
    base::executor* executor = nullptr;
    backend::engine* backend = nullptr;
    base::clock* clock = nullptr;
    base::metrics_registry* metrics = nullptr;
    workload::governor* load = nullptr;                                 // null: the server makes one, with the defaults
    const std::vector<base::setting_facts>* server_settings = nullptr;  // shown to sessions; null: none
};

}  // namespace sluice::server
