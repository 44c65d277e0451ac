// catalog_query.hpp - tells whether a query reads only the catalog.
//
// Problem: tools look up tables and columns while people wait, with queries that cost very little; they should not
//          queue behind queries that read data.
// Use:     if (reads_only_catalog(statement)) ...                       // once for a text: it costs microseconds
// Rule:    a SELECT, WITH or FROM in which every table behind FROM, JOIN or a comma is one of pg_catalog,
//          information_schema, the names that PostgreSQL and DuckDB give their catalogs, or Sluice's own (sluice.*),
//          and at least one is; subqueries, names of WITH, and functions that make rows of their arguments (unnest,
//          generate_series) may stand between them. DESCRIBE and SHOW of a name do too.
// Doubt:   false. Views are not checked, nor a user's macros that hide the names of scalar functions.
// Threads: plain functions.
#pragma once

#include "postgres/lex/lexer.hpp"

namespace sluice::postgres {

[[nodiscard]] bool reads_only_catalog(const lexed_text& statement);

}  // namespace sluice::postgres
