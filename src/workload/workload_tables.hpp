// workload_tables.hpp - the tables sluice.running_queries, query_log, profiles and admission.
//
// Use:     params.system_tables = workload_tables(load);
// Threads: the tables are read on any thread; the workload outlives the backend.
#pragma once

#include <vector>

#include "backend/system_table.hpp"
#include "workload/workload.hpp"

namespace sluice::workload {

[[nodiscard]] std::vector<backend::system_table> workload_tables(governor& load);

}  // namespace sluice::workload
