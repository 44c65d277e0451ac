// numeric_functions.hpp - PostgreSQL's numeric as text, and arithmetic on it, for values that DECIMAL cannot hold.
//
// Use:     numeric_div("10", "3") → "3.3333333333333333"
// How:     a number is an integer and a scale. The scale of a result is chosen as PostgreSQL does: the larger one of a
//          sum, both together for a product, at least 16 significant digits for a quotient.
// Source:  PostgreSQL 15 manual, 8.1.2 and 9.3; the rules for scales were measured.
// Errors:  22012, 22003 beyond 131,072 digits, 2201E, 2201F.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_numeric_functions(native_functions& functions);

}  // namespace sluice::duckdb
