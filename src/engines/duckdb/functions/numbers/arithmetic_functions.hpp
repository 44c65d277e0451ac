// arithmetic_functions.hpp - operators on integers and floats where DuckDB's differ: division by zero, overflow, shifts.
//
// Source:  PostgreSQL 15 manual, 9.3.
// Errors:  22012, 22003, 2201E, 2201F, 2201G.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_arithmetic_functions(native_functions& functions);

}  // namespace sluice::duckdb
