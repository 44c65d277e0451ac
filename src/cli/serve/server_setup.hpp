// server_setup.hpp - turns the settings into the parameters of engine, executor and server.
//
// Use:     serve.cpp calls it, in the order: settings → users → server bound → database opened → served.
// Errors:  one line each, for the user of the command line.
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

// Number of open files with the largest number of connections that the settings allow.
[[nodiscard]] std::uint64_t files_needed(const base::config& values);
result<base::log_params> log_params_of(const base::config& values);
[[nodiscard]] std::size_t io_threads_of(const base::config& values, const machine_limits& machine);
[[nodiscard]] base::executor_params executor_params_of(const base::config& values, const machine_limits& machine);
result<duckdb::duckdb_params> engine_params_of(const base::config& values, const machine_limits& machine);
// The setting, or 75 % of the machine's memory.
[[nodiscard]] std::uint64_t memory_budget_of(const base::config& values, const machine_limits& machine);
// Memory that the process may use before statements are refused; 0: no bound. F0000 if the headroom is too small.
result<std::uint64_t> memory_bound_of(const base::config& values, const machine_limits& machine);
result<workload::workload_params> workload_params_of(const base::config& values, const machine_limits& machine);
// Without the borrowed objects: executor, backend, clock, metrics and users.
[[nodiscard]] server::server_params server_params_of(const base::config& values);
// Empty with auth=trust.
result<postgres::user_table> load_users(const base::config& values);

// The addresses of a running server, for a psql line, a URI and the HTTP address.
struct serving_at {
    base::host_port listen;  // with the port assigned by the system
    base::host_port http;    // port 0: none
    std::string user;
    bool tls = false;
};
[[nodiscard]] std::string ready_lines(const serving_at& where);

}  // namespace sluice::cli
