// storage_type.hpp - how a result's column is declared in a table that keeps it, and how much its values weigh.
//
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <duckdb.h>
#include <string>

#include "base/core/result.hpp"

namespace sluice::duckdb {

// The type in DuckDB's SQL, e.g. DECIMAL(18,3)[], such that a vector of `type` can be appended as it is. 0A000 for the
// few that no table can hold (states of aggregates).
result<std::string> storage_type(duckdb_logical_type type);

// About how many bytes `rows` values take, strings and children included. The vector must be flat.
[[nodiscard]] std::size_t vector_bytes(duckdb_logical_type type, duckdb_vector vector, idx_t rows);

}  // namespace sluice::duckdb
