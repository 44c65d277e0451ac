#include "cli/serve/server_setup.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "base/core/version.hpp"
#include "cli/command/command.hpp"
#include "cli/serve/server_config.hpp"
#include "postgres/query_text/fingerprint.hpp"

namespace sluice::cli {

namespace {

std::size_t count(const base::config& settings, std::string_view name) {
    return static_cast<std::size_t>(settings.integer(name));
}

std::chrono::milliseconds milliseconds(const base::config& settings, std::string_view name) {
    return std::chrono::milliseconds(settings.duration_ms(name));
}

std::chrono::seconds seconds(const base::config& settings, std::string_view name) {
    return std::chrono::ceil<std::chrono::seconds>(milliseconds(settings, name));
}

// Looks beside the program, where the build or a package puts extensions.
std::string find_extension_directory() {
    std::error_code failure;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
    if (!failure) {
        for (const auto* place : {"../deps/extensions", "../lib/sluice/extensions"}) {
            const auto folder = (program.parent_path() / place).lexically_normal();
            if (std::filesystem::is_directory(folder, failure)) {
                return folder.string();
            }
        }
    }
    return {};
}

// Free bytes on the disk that DuckDB will spill to.
std::uint64_t free_disk(const std::string& temp_directory, const std::string& database) {
    std::error_code failure;
    std::filesystem::path folder = temp_directory;
    if (folder.empty()) {
        folder = std::filesystem::absolute(database.empty() ? "." : database, failure).parent_path();
    }
    while (!folder.empty() && folder != folder.parent_path() && !std::filesystem::exists(folder, failure)) {
        folder = folder.parent_path();
    }
    const auto space = std::filesystem::space(folder, failure);
    return failure ? std::numeric_limits<std::uint64_t>::max() : space.available;
}

std::string bracketed(const std::string& host) {
    return host.contains(':') ? "[" + host + "]" : host;
}

// A client cannot connect to an address that means "all addresses".
std::string reachable(const std::string& host) {
    if (host == "0.0.0.0") {
        return "127.0.0.1";
    }
    return host == "::" ? "::1" : host;
}

// DuckDB needs some blocks of 256 kB for each thread before it can sort or join at all.
constexpr std::uint64_t budget_bytes_min = std::uint64_t{64} << 20U;
constexpr std::uint64_t headroom_bytes_min = std::uint64_t{128} << 20U;

result<> check_memory(const std::string& name, std::uint64_t bytes, std::uint64_t bytes_min) {
    if (bytes >= bytes_min) {
        return {};
    }
    return fail(sqlstates::config_file_error, name + ": must be at least " + std::to_string(bytes_min >> 20U) + "MB");
}

// Room for one catalog query beside other statements, even with a small budget.
std::uint64_t high_reserve_of(std::uint64_t budget, std::uint64_t catalog_bytes) {
    return std::min(std::max(budget / 16 * 3, catalog_bytes), budget / 2);
}

}  // namespace

std::uint64_t files_needed(const base::config& settings) {
    constexpr std::uint64_t own = 64;  // databases, their logs, spooled rows, event loops
    return own + count(settings, "max_connections") + count(settings, "max_handshakes") +
           count(settings, "http_max_connections");
}

result<base::log_params> log_params_of(const base::config& settings) {
    TRY_ASSIGN(const auto level, base::parse_log_level(settings.text("log_level")));
    const bool json = settings.text("log_format") == "json";
    return base::log_params{.level = level, .format = json ? base::log_format::json : base::log_format::text};
}

std::size_t io_threads_of(const base::config& settings, const machine_limits& machine) {
    constexpr std::size_t threads_max = 64;
    const auto wanted = count(settings, "io_threads");
    return wanted != 0 ? wanted : std::clamp<std::size_t>(machine.processors, 1, threads_max);
}

base::executor_params executor_params_of(const base::config& settings, const machine_limits& machine) {
    const auto threads_max = count(settings, "executor_threads_max");
    const auto wanted = count(settings, "executor_threads");
    return {.name = "statements",
            .threads_base = wanted != 0 ? wanted : std::min(machine.processors, threads_max),
            .threads_max = threads_max,
            // Each session and each HTTP request has at most one task, so a client never meets this bound.
            .queue_max = count(settings, "max_connections") + count(settings, "max_handshakes") +
                         count(settings, "http_max_connections")};
}

result<duckdb::duckdb_params> engine_params_of(const base::config& settings, const machine_limits& machine) {
    TRY_ASSIGN(const auto attached, attached_databases(settings));
    duckdb::duckdb_params params;
    params.database = settings.text("database");
    for (const auto& each : attached) {
        params.attachments.push_back({.name = each.name, .path = each.path});
    }
    params.read_only = settings.flag("read_only");
    params.create = settings.flag("create");
    params.extension_directory = settings.text("extension_directory");
    if (params.extension_directory.empty()) {
        params.extension_directory = find_extension_directory();
    }
    const auto budget = memory_budget_of(settings, machine);
    TRY(check_memory("memory_budget", budget, budget_bytes_min));
    const auto memory_limit = settings.size_bytes("memory_limit");
    params.memory_limit_bytes = memory_limit != 0 ? memory_limit : budget - budget / 8;
    TRY(check_memory("memory_limit", params.memory_limit_bytes, budget_bytes_min - budget_bytes_min / 8));
    // Each thread has its own buffers; with little memory more threads only cause more spilling.
    constexpr std::uint64_t bytes_per_thread = std::uint64_t{128} << 20U;
    const auto affordable = std::max<std::uint64_t>(params.memory_limit_bytes / bytes_per_thread, 1);
    const auto threads = count(settings, "engine_threads");
    params.threads =
        static_cast<std::uint32_t>(threads != 0 ? threads : std::min<std::uint64_t>(machine.processors, affordable));
    params.temp_directory = settings.text("temp_directory");
    const auto temp_max = settings.size_bytes("temp_directory_size_max");
    params.temp_directory_bytes_max =
        temp_max != 0 ? temp_max : std::min(10 * budget, free_disk(params.temp_directory, params.database) / 10 * 9);
    params.streaming_buffer_size_bytes = settings.size_bytes("streaming_buffer_size");
    params.plan_cache_entries = count(settings, "plan_cache_entries");
    params.cursor_store_bytes_max = settings.size_bytes("cursor_store_size_max");
    params.cursor_batch_rows = count(settings, "cursor_batch_size");
    params.health = {.disk_free_bytes_min = settings.size_bytes("readiness_disk_free_min"),
                     .process_bytes_max = machine.memory_bytes,
                     .trouble_window = milliseconds(settings, "readiness_trouble_window")};
    params.access.closed = is_access_closed(settings);
    params.access.directories = settings.list("allow_files");
    params.access.network = settings.flag("allow_network");
    for (const auto* name : {"users", "tls_cert", "tls_key"}) {
        if (!settings.text(name).empty()) {
            params.access.private_files.push_back(settings.text(name));
        }
    }
    params.connections_min = count(settings, "engine_connections_min");
    params.connections_max = count(settings, "engine_connections_max");
    params.connection_timeout = milliseconds(settings, "engine_connection_timeout");
    params.connection_idle_timeout = milliseconds(settings, "engine_connection_idle_timeout");
    params.connection_lifetime = milliseconds(settings, "engine_connection_lifetime");
    params.connection_leak_after = milliseconds(settings, "engine_connection_leak_threshold");
    return params;
}

std::uint64_t memory_budget_of(const base::config& settings, const machine_limits& machine) {
    const auto budget = settings.size_bytes("memory_budget");
    return budget != 0 ? budget : machine.memory_bytes / 4 * 3;
}

result<std::uint64_t> memory_bound_of(const base::config& settings, const machine_limits& machine) {
    const auto headroom = settings.size_bytes("memory_headroom");
    if (headroom == 0) {
        return 0;
    }
    TRY(check_memory("memory_headroom", headroom, headroom_bytes_min));
    return std::max(memory_budget_of(settings, machine), settings.size_bytes("memory_limit")) + headroom;
}

result<workload::workload_params> workload_params_of(const base::config& settings, const machine_limits& machine) {
    workload::workload_params params;
    TRY_ASSIGN(params.profiles, profiles_of(settings));
    const auto budget = memory_budget_of(settings, machine);
    params.admission = {.memory_bytes = budget,
                        .high_reserve_bytes = high_reserve_of(budget, params.profiles.catalog().memory_bytes),
                        .waiting_max = count(settings, "admission_queue_max"),
                        .timeout = milliseconds(settings, "admission_timeout"),
                        .ageing = milliseconds(settings, "admission_ageing")};
    params.query_memory_bytes = settings.size_bytes("query_memory");
    const auto slow = milliseconds(settings, "slow_query_threshold");
    params.log = {
        .entries_max = count(settings, "query_log_entries"),
        .slow_threshold = settings.duration_us("slow_query_threshold") == 0 ? std::chrono::milliseconds(-1) : slow,
        .normalize = postgres::normalize,
        .fingerprint = postgres::fingerprint};
    params.retry = {.attempts_max = count(settings, "retry_attempts"), .step = milliseconds(settings, "retry_step")};
    params.counts_queries = settings.flag("query_metrics");
    return params;
}

server::server_params server_params_of(const base::config& settings) {
    server::server_params params;
    const auto listen = settings.address("listen").value_or(base::host_port{});
    params.listen = {listen};
    params.http = settings.address("http");
    if (!settings.text("tls_cert").empty()) {
        params.tls =
            server::tls_params{.certificate_path = settings.text("tls_cert"), .key_path = settings.text("tls_key")};
    }
    if (settings.text("auth") == "scram") {
        params.authentication.method = session::authentication_method::scram_sha_256;
    }
    params.authentication.tls_required = !is_loopback(listen.host);

    auto& limits = params.limits;
    limits.connections_max = count(settings, "max_connections");
    limits.handshakes_max = count(settings, "max_handshakes");
    limits.http_connections_max = count(settings, "http_max_connections");
    limits.authentication_timeout = milliseconds(settings, "authentication_timeout");
    limits.message_bytes_max = settings.size_bytes("message_size_max");
    limits.input_bytes_max = settings.size_bytes("input_buffer_size");
    limits.output_bytes_max = settings.size_bytes("output_buffer_size");
    limits.buffered_bytes_max = settings.size_bytes("buffered_bytes_max");
    limits.write_buffer_bytes = settings.size_bytes("write_buffer_size");
    limits.write_buffers_kept_max = count(settings, "write_buffers_kept");
    limits.flush_bytes = settings.size_bytes("flush_threshold_bytes");
    limits.flush_rows = static_cast<std::uint64_t>(settings.integer("flush_threshold_rows"));
    limits.flush = {.slow_after = milliseconds(settings, "slow_client_threshold"),
                    .timeout = milliseconds(settings, "flush_timeout")};
    limits.cancel_timeout = milliseconds(settings, "cancel_timeout");
    limits.statements_max = count(settings, "statements_max");
    limits.session_rest_after = milliseconds(settings, "engine_connection_idle_timeout");
    limits.housekeeping_interval = milliseconds(settings, "cursor_sweep_interval");
    params.cursors = {.cursors_per_session_max = count(settings, "max_cursors"),
                      .cursors_max = count(settings, "max_cursors_total"),
                      .idle_timeout = milliseconds(settings, "cursor_idle_timeout")};

    params.keepalive = {.idle = seconds(settings, "tcp_keepalives_idle"),
                        .interval = seconds(settings, "tcp_keepalives_interval"),
                        .count = static_cast<std::int32_t>(settings.integer("tcp_keepalives_count")),
                        .user_timeout = milliseconds(settings, "tcp_user_timeout")};
    for (const auto* name : {"statement_timeout", "idle_in_transaction_session_timeout"}) {
        // A plain number is in ms. 0 is not passed on: it is the default, but would override the timeouts of profiles.
        if (const auto value_ms = settings.duration_ms(name); value_ms != 0) {
            params.session_defaults.emplace_back(name, std::to_string(value_ms));
        }
    }
    params.drain_timeout = milliseconds(settings, "drain_timeout");
    params.handle_signals = true;
    return params;
}

result<postgres::user_table> load_users(const base::config& settings) {
    postgres::user_table users;
    if (settings.text("auth") == "scram") {
        TRY(users.load(settings.text("users")));
        if (users.size() == 0) {
            return fail(sqlstates::config_file_error,
                        "there is no user in " + settings.text("users") + ": add one with sluice user add");
        }
    }
    return users;
}

std::string ready_lines(const serving_at& where) {
    const auto host = reachable(where.listen.host);
    const auto port = std::to_string(where.listen.port);
    std::string lines = "Sluice " + std::string(version()) + " is ready. Ctrl-C drains and stops.\n";
    lines += "  psql -h " + host + " -p " + port + " -U " + where.user + " -d main\n";
    lines += "  postgresql://" + where.user + "@" + bracketed(host) + ":" + port + "/main" +
             (where.tls ? "?sslmode=require" : "") + "\n";
    if (where.http.port != 0) {
        lines += "  http://" + bracketed(where.http.host) + ":" + std::to_string(where.http.port) + "/metrics\n";
    }
    return lines;
}

}  // namespace sluice::cli
