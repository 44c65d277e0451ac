// catalog_query.hpp - does a query ask for nothing but what the catalog knows?
//
// Problem: tools look up tables and columns while people wait, with queries that cost next to nothing; they should not
//          queue behind the ones that read data.
// Use:     if (reads_only_catalog(statement)) ...                       // once for a text: it costs microseconds
// Rule:    a SELECT, WITH or FROM in which every table behind FROM, JOIN or a comma is one of pg_catalog,
//          information_schema, the names that PostgreSQL and DuckDB give their catalogs, or Sluice's own (sluice.*),
//          and at least one is; subqueries, names of WITH, and functions that make rows of their arguments (unnest,
//          generate_series) may stand between them. DESCRIBE and SHOW of a name do too.
// Doubt:   false. Not looked at are views and macros of the user's that scalar functions' names may hide.
// Threads: plain functions.
#pragma once

#include <string_view>

namespace sluice::postgres {

[[nodiscard]] bool reads_only_catalog(std::string_view statement);

}  // namespace sluice::postgres
