// catalog_names.hpp - the names by which clients ask for the catalog, also those of objects that Sluice does not have.
//
// Use:     is_catalog_table("pg_class")                                 // names in lower case
// Threads: plain functions.
#pragma once

#include <string_view>

namespace sluice::postgres {

// Tables and views of PostgreSQL's pg_catalog, and DuckDB's own.
[[nodiscard]] bool is_catalog_table(std::string_view lower);
// Functions in the place of a table that read the catalog: duckdb_tables(), pg_get_keywords(), Sluice's own.
[[nodiscard]] bool is_catalog_table_function(std::string_view lower);
// Functions that make rows of their arguments alone: unnest().
[[nodiscard]] bool only_makes_rows(std::string_view lower);

}  // namespace sluice::postgres
