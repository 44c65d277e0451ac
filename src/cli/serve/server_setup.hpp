// server_setup.hpp - turns the settings into what engine, executor and server are told.
//
// Use:     serve.cpp, in the order: settings → users → server bound → database opened → served.
// Errors:  one line each, for the person who typed the command.
#pragma once

#include <cstdint>
#include <string>

#include "base/config/config.hpp"
#include "base/core/result.hpp"
#include "base/observe/log.hpp"
#include "base/run/executor.hpp"
#include "cli/serve/machine.hpp"
#include "engines/duckdb/database/duckdb_backend.hpp"
#include "postgres/auth/users.hpp"
#include "server/clients/params.hpp"
#include "workload/workload.hpp"

namespace sluice::cli {

// Files that are open when all connections are there that the settings allow.
[[nodiscard]] std::uint64_t files_needed(const base::config& settings);
result<base::log_params> log_params_of(const base::config& settings);
[[nodiscard]] base::executor_params executor_params_of(const base::config& settings, const machine_limits& machine);
result<duckdb::duckdb_params> engine_params_of(const base::config& settings, const machine_limits& machine);
// From the settings, or 75 % of the machine.
[[nodiscard]] std::uint64_t memory_budget_of(const base::config& settings, const machine_limits& machine);
// Memory that the process may use before statements are refused; 0: no bound. F0000 for too small a headroom.
result<std::uint64_t> memory_bound_of(const base::config& settings, const machine_limits& machine);
result<workload::workload_params> workload_params_of(const base::config& settings, const machine_limits& machine);
// Without what is borrowed: executor, backend, clock, metrics and users.
[[nodiscard]] server::server_params server_params_of(const base::config& settings);
// Empty with auth=trust.
result<postgres::user_table> load_users(const base::config& settings);

// Where to paste: a psql line, a URI, the HTTP address.
struct serving_at {
    base::host_port listen;  // with the port that the system chose
    base::host_port http;    // port 0: none
    std::string user;
    bool tls = false;
};
[[nodiscard]] std::string ready_lines(const serving_at& where);

}  // namespace sluice::cli
