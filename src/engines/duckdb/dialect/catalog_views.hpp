// catalog_views.hpp - what PostgreSQL's catalog has and DuckDB's lacks or has wrong, as views and macros in DuckDB's
// SQL.
//
// Problem: tools find tables, columns, types and keys in pg_class, pg_attribute and their like. DuckDB's own views have
//          the numbers of its own types in them, list every attached database, and miss many names.
// Use:     engine: once, when a database is opened, attach both catalogs, hidden and in memory, and run
//          catalog_definitions(); translate(): FROM pg_class and pg_catalog.pg_class become sluice_catalog.pg_class.
// Names:   oids are DuckDB's; they hold until the server ends, and types have PostgreSQL's.
// Why:     docs/decisions/0008-catalog-views.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::duckdb {

inline constexpr std::string_view catalog_name = "sluice_catalog";
// Another one of the kind. Every connection has its schema of the same name in its search path, behind the client's:
// functions of DuckDB that have other content here. Not in catalog_name, whose name would then mean that schema.
inline constexpr std::string_view functions_catalog = "sluice_functions";
// A schema there. In a search path it says that nothing in front of it is the client's.
inline constexpr std::string_view no_schema = "no schema";

// Rows that a page of a table would have, so that relpages and ctid can be told; see translate_ctid.cpp.
inline constexpr std::uint64_t rows_per_page = 256;

// Names in lower case.
[[nodiscard]] bool is_catalog_view(std::string_view lower);
[[nodiscard]] bool is_catalog_macro(std::string_view lower);

// CREATE statements in the order in which they must run.
[[nodiscard]] std::vector<std::string> catalog_definitions();
// Of all macros, those for clients and those that translated statements call.
[[nodiscard]] std::vector<std::string> catalog_functions();

}  // namespace sluice::duckdb
