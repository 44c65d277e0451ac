// numeric_aggregates.hpp - sum, avg, variance and deviation of numbers as text, exact to the last digit.
//
// Use:     sluice_numeric_sum(x), sluice_numeric_avg(x), sluice_numeric_var_pop(x), ... with x as VARCHAR
// How:     a state is the count, the sum and the sum of squares.
// Source:  PostgreSQL 15 manual, 9.21 (Aggregate Functions).
// Threads: as for aggregates of DuckDB: a state belongs to one thread at a time.
#pragma once

#include <duckdb.h>

#include "base/core/result.hpp"

namespace sluice::duckdb {

result<> add_numeric_aggregates(duckdb_connection connection);

}  // namespace sluice::duckdb
