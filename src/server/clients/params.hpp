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
#include "base/config/config.hpp"
#include "base/config/setting_facts.hpp"
#include "base/core/clock.hpp"
#include "base/observe/metrics.hpp"
#include "base/run/executor.hpp"
#include "server/clients/flush_watch.hpp"
#include "server/net/tls.hpp"
#include "session/handshake/handshake.hpp"
#include "session/state/cursor_registry.hpp"
#include "workload/workload.hpp"

namespace sluice::server {

struct authentication_params {
    session::authentication_method method = session::authentication_method::trust;
    const postgres::user_table* users = nullptr;  // for SCRAM
    bool tls_required = false;
    std::vector<std::string> databases;  // accepted names
};

struct limit_params {
    std::size_t connections_max = 100;  // authenticated or in a handshake; beyond: 53300
    std::size_t handshakes_max = 100;   // connections without a startup packet; beyond: they wait to be accepted
    std::size_t http_connections_max = 64;
    std::chrono::milliseconds authentication_timeout{60'000};
    std::size_t preauthentication_bytes_max = 10'000;  // of one message
    std::size_t message_bytes_max = std::size_t{1} << 30U;
    std::size_t input_bytes_max = std::size_t{1} << 20U;       // received while a statement runs, before reading pauses
    std::size_t output_bytes_max = std::size_t{1} << 20U;      // encoded and not yet sent, for each session
    std::size_t statements_max = 10'000;                       // prepared statements, and portals, of one session
    std::size_t buffered_bytes_max = std::size_t{256} << 20U;  // as output_bytes_max, for all sessions together
    std::size_t write_buffer_bytes = std::size_t{128} * 1024;  // at most a quarter of buffered_bytes_max
    std::size_t write_buffers_kept_max = 64;
    std::size_t flush_bytes = std::size_t{64} * 1024;  // encoded rows handed over at a time
    std::uint64_t flush_rows = 100;                    // the same, while the client waits for them
    flush_watch_params flush;
    // A reply of at most this size is sent by the thread that made it, if nothing waits before it.
    std::size_t direct_send_bytes_max = std::size_t{32} * 1024;
    std::chrono::milliseconds session_rest_after{30'000};  // when idle for longer, it gives its engine connection back
    std::chrono::milliseconds housekeeping_interval{60'000};  // interval of the check for idle sessions and cursors
    std::chrono::milliseconds cancel_timeout{5'000};  // then a client is answered without its statement; 0: never
    std::chrono::milliseconds linger{2'000};          // time for a refused client to read the reason
};

// TCP keepalive of client connections; 0 leaves the system's default.
struct keepalive_params {
    std::chrono::milliseconds idle{60'000};
    std::chrono::milliseconds interval{10'000};
    std::size_t count = 6;
    std::chrono::milliseconds user_timeout{0};
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
    std::chrono::milliseconds drain_timeout{30'000};  // time for running statements after the first stop
    bool handle_signals = false;                      // SIGTERM and SIGINT call request_stop()

    // Borrowed; they outlive the server.
    base::executor* executor = nullptr;
    backend::engine* backend = nullptr;
    base::clock* clock = nullptr;
    base::metrics_registry* metrics = nullptr;
    workload::governor* load = nullptr;                                 // null: the server makes one, with the defaults
    const std::vector<base::setting_facts>* server_settings = nullptr;  // shown to sessions; null: none
};

}  // namespace sluice::server
