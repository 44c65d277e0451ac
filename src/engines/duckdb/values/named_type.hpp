// named_type.hpp - types of PostgreSQL that DuckDB lacks, as names (aliases) of the DuckDB type that holds their values.
//
// Problem: DuckDB has no varchar(10), jsonb or oid; a table's column must still be one for PostgreSQL's clients.
// Use:     type_alias(typed{varchar, 14}) → "varchar(10)"; parse_alias("varchar(10)") → typed{varchar, 14}
// How:     a logical type of DuckDB may have any name; it is stored with the column, and any DuckDB shows it.
// Why:     docs/decisions/0023-postgresql-by-analysis.md
// Threads: plain functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analysis/tree/query_tree.hpp"

namespace sluice::duckdb {

[[nodiscard]] std::string type_alias(analysis::typed type);
// nullopt: no name of this kind.
[[nodiscard]] std::optional<analysis::typed> parse_alias(std::string_view alias);

}  // namespace sluice::duckdb
