// catalog_lookups.hpp - functions that look up one value in the catalog, as macros in DuckDB's SQL.
//
// Problem: DuckDB puts the caller's text in place of a macro's parameter. Inside of a sub-query a column of the
//          sub-query's own tables captures a name in that text: pg_get_constraintdef(oid) compared pg_constraint.oid
//          with itself, and every row got the first row's definition.
// Use:     CREATE what lookup_definitions() returns; catalog_call("pg_get_indexdef", {"i.indexrelid"}) is the text of a
//          call, catalog_call("relation_name", {"conrelid"}) that of a cast to regclass.
// How:     every lookup is made from one row of a table (source, keys, value) in two forms. The first evaluates the
//          arguments in a sub-select that has no FROM and stands first in the FROM of the lookup, where no inner name
//          can capture them; DuckDB runs it as a hash join. Windows, count(*) and functions of sets have another
//          meaning inside of a sub-select, so the second form has the arguments outside: it searches a map of all
//          values. The map is slower for tens of thousands of rows; only arguments with a parenthesis in them get it.
// Threads: plain functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::duckdb {

// Names of the lookups that replace functions of PostgreSQL, in lower case.
[[nodiscard]] bool is_client_lookup(std::string_view lower);

// A call of any macro of the catalog, in the form that its arguments need.
[[nodiscard]] std::string catalog_call(std::string_view name, std::span<const std::string> arguments);

// CREATE MACRO statements.
[[nodiscard]] std::vector<std::string> lookup_definitions();
// The names of all macros, in both forms.
[[nodiscard]] std::vector<std::string> lookup_functions();

}  // namespace sluice::duckdb
