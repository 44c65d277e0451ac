// server_facts.hpp - the settings of a running `sluice serve`, for SHOW, pg_settings, sluice.settings and --check.
//
// Use:     auto facts = server_facts(settings, machine, engine);  params.server_settings = &facts;
//          engine.system_tables.push_back(settings_table(facts));  print(changed_settings(facts));
// How:     a setting whose default depends on the machine (memory_budget, engine_threads, ...) shows the derived value.
// Threads: plain functions; the table refers to `facts`, which must outlive the engine.
#pragma once

#include <string>
#include <vector>

#include "base/config/setting_facts.hpp"
#include "cli/serve/machine.hpp"
#include "engines/duckdb/database/duckdb_backend.hpp"

namespace sluice::cli {

using setting_list = std::vector<base::setting_facts>;

[[nodiscard]] setting_list server_facts(const base::config& values, const machine_limits& machine,
                                        const duckdb::duckdb_params& engine);
// The system table sluice.settings.
[[nodiscard]] backend::system_table settings_table(const setting_list& facts);
// A line for each changed setting, with its origin; empty if all have their defaults.
[[nodiscard]] std::string changed_settings(const setting_list& facts);

}  // namespace sluice::cli
