// types.hpp - the PostgreSQL types in which DuckDB's types are shown.
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

#include "backend/backend.hpp"
#include "postgres/types/types.hpp"

namespace sluice::duckdb {

namespace type_oids = postgres::type_oids;

struct type_description {
    backend::oid type = type_oids::text;
    std::int16_t size_bytes = -1;  // negative: variable
    std::int32_t modifier = -1;
    backend::oid element = 0;  // of an array: the type of its elements; else 0
};

[[nodiscard]] type_description describe_type(duckdb_logical_type type);
[[nodiscard]] backend::column describe_column(std::string name, duckdb_logical_type type);

}  // namespace sluice::duckdb
