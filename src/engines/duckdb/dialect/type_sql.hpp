// type_sql.hpp - DuckDB's names for PostgreSQL's types, and SQL expressions over their names and numbers.
//
// Use:     duckdb_type_name("jsonb") → "JSON"; cast_type_of(1007) → "INTEGER[]"; format_type_sql("t.oid", "-1")
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "postgres/types/types.hpp"

namespace sluice::duckdb {

// nullopt: DuckDB knows the name itself, or the type does not exist. `lower` has no pg_catalog in front.
[[nodiscard]] std::optional<std::string> duckdb_type_name(std::string_view lower);
// True for the name of a built-in type: pg_catalog.NAME then means the type.
[[nodiscard]] bool is_type_name(std::string_view lower);
// The type for casting a parameter that was declared so; empty: none. Not for numeric, whose scale is not declared.
[[nodiscard]] std::string cast_type_of(postgres::oid type);

// DuckDB expressions over two, or one, expressions given as text.
[[nodiscard]] std::string format_type_sql(std::string_view oid, std::string_view modifier);
[[nodiscard]] std::string to_regtype_sql(std::string_view name);

// "(oid, typname, typlen, typcategory, typelem, typarray), ..." of all these types and their arrays.
[[nodiscard]] std::string type_rows_sql();
// "(oid, typname, element's oid, element's name in SQL), ..." of the arrays.
[[nodiscard]] std::string array_rows_sql();

}  // namespace sluice::duckdb
