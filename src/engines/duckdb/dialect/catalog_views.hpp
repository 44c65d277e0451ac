// catalog_views.hpp - the parts of PostgreSQL's catalog that DuckDB lacks or has wrong, as views and macros in DuckDB's
// SQL.
//
// Problem: tools find tables, columns, types and keys in pg_class, pg_attribute and others. DuckDB's own views contain
//          the numbers of its own types, list every attached database, and miss many names.
// Use:     engine: once, when a database is opened, attach both catalogs, hidden and in memory, and run
//          catalog_definitions(); translate(): FROM pg_class and pg_catalog.pg_class become sluice_catalog.pg_class.
// Names:   oids are DuckDB's; they are valid until the server ends. Types have PostgreSQL's.
// Why:     docs/decisions/0008-catalog-views.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::duckdb {

inline constexpr std::string_view catalog_name = "sluice_catalog";
// Another hidden catalog. Every connection has its schema of the same name in its search path, behind the client's:
// DuckDB's functions that have other contents here. Not in catalog_name, which would then mean that schema.
inline constexpr std::string_view functions_catalog = "sluice_functions";
// A schema there. In a search path it marks that no entry before it is the client's.
inline constexpr std::string_view no_schema = "no schema";

// The number of rows in a page of a table, for relpages and ctid; see translate_ctid.cpp.
inline constexpr std::uint64_t rows_per_page = 256;

// Names in lower case.
[[nodiscard]] bool is_catalog_view(std::string_view lower);
[[nodiscard]] bool is_catalog_macro(std::string_view lower);

// CREATE statements in the order in which they must run.
[[nodiscard]] std::vector<std::string> catalog_definitions();
// The names of all macros, those for clients and those that translated statements call.
[[nodiscard]] std::vector<std::string> catalog_functions();

}  // namespace sluice::duckdb
