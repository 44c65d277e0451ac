#include "settings/server_settings.hpp"

namespace sluice::settings {

namespace {

constexpr base::property properties[] = {
    // databases and addresses
    database,
    attach,
    create,
    read_only,
    listen,
    http,

    // access
    auth,
    users,
    tls_cert,
    tls_key,
    external_access,
    allow_files,
    allow_network,

    // connections and timeouts
    max_connections,
    max_handshakes,
    http_max_connections,
    authentication_timeout,
    statement_timeout,
    idle_in_transaction_session_timeout,
    drain_timeout,
    tcp_keepalives_idle,
    tcp_keepalives_interval,
    tcp_keepalives_count,
    tcp_user_timeout,

    // each session
    message_size_max,
    input_buffer_size,
    output_buffer_size,
    flush_threshold_bytes,
    flush_threshold_rows,
    flush_timeout,
    cancel_timeout,
    slow_client_threshold,
    statements_max,
    plan_cache_entries,

    // cursors
    max_cursors,
    max_cursors_total,
    cursor_batch_size,
    cursor_idle_timeout,
    cursor_sweep_interval,
    cursor_store_size_max,

    // readiness
    readiness_disk_free_min,
    readiness_trouble_window,

    // connections to the engine
    engine_connections_min,
    engine_connections_max,
    engine_connection_timeout,
    engine_connection_idle_timeout,
    engine_connection_lifetime,
    engine_connection_leak_threshold,

    // memory and limits of statements
    memory_budget,
    memory_headroom,
    query_memory,
    profile,
    profile_user,
    profile_application,
    user_limits,
    admission_timeout,
    admission_queue_max,
    admission_ageing,
    retry_attempts,
    retry_step,

    // threads, memory and disk
    io_threads,
    executor_threads,
    executor_threads_max,
    engine_threads,
    memory_limit,
    streaming_buffer_size,
    buffered_bytes_max,
    write_buffer_size,
    write_buffers_kept,
    temp_directory,
    temp_directory_size_max,
    extension_directory,

    // logs
    log_level,
    log_format,
    slow_query_threshold,
    query_log_entries,
    query_metrics,
};

}  // namespace

std::span<const base::property> table() {
    return properties;
}

}  // namespace sluice::settings
