// type_names.hpp - PostgreSQL's names and numbers of types, and the DuckDB type behind a name that DuckDB lacks.
//
// Use:     duckdb_type_name("jsonb") → "JSON"; type_oid_of_name("integer[]") → 1007; format_type_sql("t.oid", "-1")
// Source:  PostgreSQL 15's pg_type and format_type(); the types are those that Sluice can send,
//          see engines/duckdb/values/types.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::postgres {

// nullopt: DuckDB knows the name itself, or nobody does. `lower` without pg_catalog in front.
[[nodiscard]] std::optional<std::string> duckdb_type_name(std::string_view lower);
// Is this the name of a built-in type, so that pg_catalog.NAME means it?
[[nodiscard]] bool is_type_name(std::string_view lower);

// What 'name'::regtype::oid gives; also for SQL's own names (character varying) and arrays (x[], _x).
[[nodiscard]] std::optional<std::uint32_t> type_oid_of_name(std::string_view name);
// What oid::regtype::text gives.
[[nodiscard]] std::optional<std::string> type_name_of_oid(std::uint32_t oid);

// DuckDB expressions over two, or one, expressions given as text.
[[nodiscard]] std::string format_type_sql(std::string_view oid, std::string_view modifier);
[[nodiscard]] std::string to_regtype_sql(std::string_view name);

// "(oid, typname, typlen, typcategory, typelem, typarray), ..." of all these types and their arrays.
[[nodiscard]] std::string type_rows_sql();

}  // namespace sluice::postgres
