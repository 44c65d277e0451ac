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
#include "settings/server_settings.hpp"

namespace sluice::cli {

namespace {

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

result<> check_memory(const base::property& known, std::uint64_t bytes, std::uint64_t bytes_min) {
    if (bytes >= bytes_min) {
        return {};
    }
    return fail(sqlstates::config_file_error,
                std::string(known.name) + ": must be at least " + std::to_string(bytes_min >> 20U) + "MB");
}

// Room for one catalog query beside other statements, even with a small budget.
std::uint64_t high_reserve_of(std::uint64_t budget, std::uint64_t catalog_bytes) {
    return std::min(std::max(budget / 16 * 3, catalog_bytes), budget / 2);
}

}  // namespace

std::uint64_t files_needed(const base::config& values) {
    constexpr std::uint64_t own = 64;  // databases, their logs, spooled rows, event loops
    return own + values[settings::max_connections] + values[settings::max_handshakes] +
           values[settings::http_max_connections];
}

result<base::log_params> log_params_of(const base::config& values) {
    TRY_ASSIGN(const auto level, base::parse_log_level(values[settings::log_level]));
    const bool json = values[settings::log_format] == "json";
    return base::log_params{.level = level, .format = json ? base::log_format::json : base::log_format::text};
}

std::size_t io_threads_of(const base::config& values, const machine_limits& machine) {
    constexpr std::size_t threads_max = 64;
    const auto wanted = values[settings::io_threads];
    return wanted != 0 ? wanted : std::clamp<std::size_t>(machine.processors, 1, threads_max);
}

base::executor_params executor_params_of(const base::config& values, const machine_limits& machine) {
    const auto threads_max = values[settings::executor_threads_max];
    const auto wanted = values[settings::executor_threads];
    return {.name = "statements",
            .threads_base = wanted != 0 ? wanted : std::min(machine.processors, threads_max),
            .threads_max = threads_max,
            // Each session and each HTTP request has at most one task, so a client never meets this bound.
            .queue_max = values[settings::max_connections] + values[settings::max_handshakes] +
                         values[settings::http_max_connections]};
}

result<duckdb::duckdb_params> engine_params_of(const base::config& values, const machine_limits& machine) {
    TRY_ASSIGN(const auto attached, attached_databases(values));
    duckdb::duckdb_params params;
    params.database = values[settings::database];
    for (const auto& each : attached) {
        params.attachments.push_back({.name = each.name, .path = each.path});
    }
    params.read_only = values[settings::read_only];
    params.create = values[settings::create];
    params.extension_directory = values[settings::extension_directory];
    if (params.extension_directory.empty()) {
        params.extension_directory = find_extension_directory();
    }
    const auto budget = memory_budget_of(values, machine);
    TRY(check_memory(settings::memory_budget, budget, budget_bytes_min));
    const auto memory_limit = values[settings::memory_limit];
    params.memory_limit_bytes = memory_limit != 0 ? memory_limit : budget - budget / 8;
    TRY(check_memory(settings::memory_limit, params.memory_limit_bytes, budget_bytes_min - budget_bytes_min / 8));
    // Each thread has its own buffers; with little memory more threads only cause more spilling.
    constexpr std::uint64_t bytes_per_thread = std::uint64_t{128} << 20U;
    const auto affordable = std::max<std::uint64_t>(params.memory_limit_bytes / bytes_per_thread, 1);
    const auto threads = values[settings::engine_threads];
    params.threads =
        static_cast<std::uint32_t>(threads != 0 ? threads : std::min<std::uint64_t>(machine.processors, affordable));
    params.temp_directory = values[settings::temp_directory];
    const auto temp_max = values[settings::temp_directory_size_max];
    params.temp_directory_bytes_max =
        temp_max != 0 ? temp_max : std::min(10 * budget, free_disk(params.temp_directory, params.database) / 10 * 9);
    params.streaming_buffer_size_bytes = values[settings::streaming_buffer_size];
    params.plan_cache_entries = values[settings::plan_cache_entries];
    params.cursor_store_bytes_max = values[settings::cursor_store_size_max];
    params.cursor_batch_rows = values[settings::cursor_batch_size];
    params.health = {.disk_free_bytes_min = values[settings::readiness_disk_free_min],
                     .process_bytes_max = machine.memory_bytes,
                     .trouble_window = values[settings::readiness_trouble_window]};
    params.access.closed = is_access_closed(values);
    params.access.directories = values[settings::allow_files];
    params.access.network = values[settings::allow_network];
    for (const base::path_setting& each : {settings::users, settings::tls_cert, settings::tls_key}) {
        if (!values[each].empty()) {
            params.access.private_files.push_back(values[each]);
        }
    }
    params.connections_min = values[settings::engine_connections_min];
    params.connections_max = values[settings::engine_connections_max];
    params.connection_timeout = values[settings::engine_connection_timeout];
    params.connection_idle_timeout = values[settings::engine_connection_idle_timeout];
    params.connection_lifetime = values[settings::engine_connection_lifetime];
    params.connection_leak_after = values[settings::engine_connection_leak_threshold];
    return params;
}

std::uint64_t memory_budget_of(const base::config& values, const machine_limits& machine) {
    const auto budget = values[settings::memory_budget];
    return budget != 0 ? budget : machine.memory_bytes / 4 * 3;
}

result<std::uint64_t> memory_bound_of(const base::config& values, const machine_limits& machine) {
    const auto headroom = values[settings::memory_headroom];
    if (headroom == 0) {
        return 0;
    }
    TRY(check_memory(settings::memory_headroom, headroom, headroom_bytes_min));
    return std::max(memory_budget_of(values, machine), values[settings::memory_limit]) + headroom;
}

result<workload::workload_params> workload_params_of(const base::config& values, const machine_limits& machine) {
    workload::workload_params params;
    TRY_ASSIGN(params.profiles, profiles_of(values));
    const auto budget = memory_budget_of(values, machine);
    params.admission = {.memory_bytes = budget,
                        .high_reserve_bytes = high_reserve_of(budget, params.profiles.catalog().memory_bytes),
                        .waiting_max = values[settings::admission_queue_max],
                        .timeout = values[settings::admission_timeout],
                        .ageing = values[settings::admission_ageing]};
    params.query_memory_bytes = values[settings::query_memory];
    const auto slow = values[settings::slow_query_threshold];
    params.log = {.entries_max = values[settings::query_log_entries],
                  .slow_threshold = slow.count() == 0 ? std::chrono::milliseconds(-1) : slow,
                  .normalize = postgres::normalize,
                  .fingerprint = postgres::fingerprint};
    params.retry = {.attempts_max = values[settings::retry_attempts], .step = values[settings::retry_step]};
    params.counts_queries = values[settings::query_metrics];
    return params;
}

server::server_params server_params_of(const base::config& values) {
    server::server_params params;
    const auto listen = values[settings::listen].value_or(base::host_port{});
    params.listen = {listen};
    params.http = values[settings::http];
    if (!values[settings::tls_cert].empty()) {
        params.tls =
            server::tls_params{.certificate_path = values[settings::tls_cert], .key_path = values[settings::tls_key]};
    }
    if (values[settings::auth] == "scram") {
        params.authentication.method = session::authentication_method::scram_sha_256;
    }
    params.authentication.tls_required = !is_loopback(listen.host);

    auto& limits = params.limits;
    limits.connections_max = values[settings::max_connections];
    limits.handshakes_max = values[settings::max_handshakes];
    limits.http_connections_max = values[settings::http_max_connections];
    limits.authentication_timeout = values[settings::authentication_timeout];
    limits.message_bytes_max = values[settings::message_size_max];
    limits.input_bytes_max = values[settings::input_buffer_size];
    limits.output_bytes_max = values[settings::output_buffer_size];
    limits.buffered_bytes_max = values[settings::buffered_bytes_max];
    limits.write_buffer_bytes = values[settings::write_buffer_size];
    limits.write_buffers_kept_max = values[settings::write_buffers_kept];
    limits.flush_bytes = values[settings::flush_threshold_bytes];
    limits.flush_rows = values[settings::flush_threshold_rows];
    limits.flush = {.slow_after = values[settings::slow_client_threshold], .timeout = values[settings::flush_timeout]};
    limits.cancel_timeout = values[settings::cancel_timeout];
    limits.statements_max = values[settings::statements_max];
    limits.session_rest_after = values[settings::engine_connection_idle_timeout];
    limits.housekeeping_interval = values[settings::cursor_sweep_interval];
    params.cursors = {.cursors_per_session_max = values[settings::max_cursors],
                      .cursors_max = values[settings::max_cursors_total],
                      .idle_timeout = values[settings::cursor_idle_timeout]};

    params.keepalive = {.idle = values[settings::tcp_keepalives_idle],
                        .interval = values[settings::tcp_keepalives_interval],
                        .count = values[settings::tcp_keepalives_count],
                        .user_timeout = values[settings::tcp_user_timeout]};
    for (const base::duration_setting& each :
         {settings::statement_timeout, settings::idle_in_transaction_session_timeout}) {
        // A plain number is in ms. 0 is not passed on: it is the default, but would override the timeouts of profiles.
        if (const auto value = values[each]; value.count() != 0) {
            params.session_defaults.emplace_back(each.name, std::to_string(value.count()));
        }
    }
    params.drain_timeout = values[settings::drain_timeout];
    params.handle_signals = true;
    return params;
}

result<postgres::user_table> load_users(const base::config& values) {
    postgres::user_table users;
    if (values[settings::auth] == "scram") {
        TRY(users.load(values[settings::users]));
        if (users.size() == 0) {
            return fail(sqlstates::config_file_error,
                        "there is no user in " + values[settings::users] + ": add one with sluice user add");
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
