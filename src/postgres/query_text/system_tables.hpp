// system_tables.hpp - the names of Sluice's own tables, such as sluice.query_log.
//
// Use:     translate(): FROM sluice.query_log becomes sluice_query_log(), a function of
//          engines/duckdb/tables/system_tables.hpp.
// Threads: constants.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace sluice::postgres {

inline constexpr std::string_view system_schema = "sluice";
inline constexpr auto system_table_names = std::to_array<std::string_view>(
    {"admission", "connections", "profiles", "query_log", "running_queries", "settings"});

// In lower case. A user's own schema of that name keeps its other tables.
[[nodiscard]] constexpr bool is_system_table(std::string_view lower) {
    return std::ranges::binary_search(system_table_names, lower);
}

// The table function behind it.
[[nodiscard]] inline std::string system_function(std::string_view table) {
    return std::string(system_schema) + "_" + std::string(table);
}

}  // namespace sluice::postgres
