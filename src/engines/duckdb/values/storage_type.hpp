// storage_type.hpp - the type of a table's column that stores a result's column, and the size of its values.
//
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <duckdb.h>
#include <string>

#include "base/core/result.hpp"

namespace sluice::duckdb {

// The type in DuckDB's SQL, e.g. DECIMAL(18,3)[], such that a vector of `type` can be appended unchanged. 0A000 for the
// few that no table can hold (states of aggregates).
result<std::string> storage_type(duckdb_logical_type type);

// The approximate size of `rows` values, strings and children included. The vector must be flat.
[[nodiscard]] std::size_t vector_bytes(duckdb_logical_type type, duckdb_vector vector, idx_t rows);

}  // namespace sluice::duckdb
