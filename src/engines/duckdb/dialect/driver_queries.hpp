// driver_queries.hpp - other answers for catalog queries of drivers that DuckDB's pg_catalog cannot answer.
//
// Problem: asyncpg looks up an array's element type with a recursive query over pg_type, with columns of types that
//          DuckDB does not have; without the answer it asks for ever. psql's \d asks for publications with a table's
//          alias for its only column's value, which DuckDB takes for a struct.
// Use:     if (auto known = find_driver_query(text)) { prepare(known->sql, known->parameter_types) }
// Source:  asyncpg 0.30 to 0.32, introspection queries; psql 15, -E; PostgreSQL 15's pg_type for the rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::duckdb {

struct driver_query {
    std::string sql;                             // DuckDB's dialect
    std::vector<std::uint32_t> parameter_types;  // the types that the driver expects
};

[[nodiscard]] std::optional<driver_query> find_driver_query(std::string_view text);

}  // namespace sluice::duckdb
