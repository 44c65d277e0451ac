// types.hpp - which PostgreSQL type a DuckDB type is shown as.
//
// Use:     column c = describe_column("price", logical_type);   // c.type == type_oids::numeric
// Maps:    BOOLEAN bool; TINYINT UTINYINT SMALLINT int2; USMALLINT INTEGER int4; UINTEGER BIGINT int8; UBIGINT HUGEINT
//          UHUGEINT BIGNUM numeric; FLOAT float4; DOUBLE float8; DECIMAL(p,s) numeric(p,s); VARCHAR ENUM and NULL text;
//          BLOB and GEOMETRY (as WKB) bytea; DATE date; TIME TIME_NS time; TIMETZ timetz; TIMESTAMP of all precisions
//          timestamp; TIMESTAMPTZ timestamptz; INTERVAL interval; UUID uuid; BIT varbit; JSON STRUCT MAP UNION VARIANT
//          json; LIST and ARRAY the array of their innermost element.
// Source:  PostgreSQL 15, pg_type.dat for object identifiers and sizes.
#pragma once

#include <duckdb.h>
#include <string>
#include <string_view>

#include "backend/backend.hpp"

namespace sluice::duckdb {

namespace type_oids {
inline constexpr backend::oid boolean = 16;
inline constexpr backend::oid bytea = 17;
inline constexpr backend::oid int8 = 20;
inline constexpr backend::oid int2 = 21;
inline constexpr backend::oid int4 = 23;
inline constexpr backend::oid text = 25;
inline constexpr backend::oid json = 114;
inline constexpr backend::oid float4 = 700;
inline constexpr backend::oid float8 = 701;
inline constexpr backend::oid date = 1082;
inline constexpr backend::oid time = 1083;
inline constexpr backend::oid timestamp = 1114;
inline constexpr backend::oid timestamptz = 1184;
inline constexpr backend::oid interval = 1186;
inline constexpr backend::oid timetz = 1266;
inline constexpr backend::oid varbit = 1562;
inline constexpr backend::oid numeric = 1700;
inline constexpr backend::oid uuid = 2950;
}  // namespace type_oids

struct type_description {
    backend::oid type = type_oids::text;
    std::int16_t size_bytes = -1;  // negative: variable
    std::int32_t modifier = -1;
    backend::oid element = 0;  // of an array: its element's type; else 0
};

[[nodiscard]] type_description describe_type(duckdb_logical_type type);
[[nodiscard]] backend::column describe_column(std::string name, duckdb_logical_type type);

// The array type of an element type above; 0 when there is none.
[[nodiscard]] backend::oid array_type_of(backend::oid element);
// The name that PostgreSQL's format_type() gives, e.g. "double precision", "bigint[]"; empty for types not above.
[[nodiscard]] std::string type_name(backend::oid type);

}  // namespace sluice::duckdb
