// bit_functions.hpp - functions and operators on bit strings, their lengths, and bit strings of numbers and texts.
//
// Source:  PostgreSQL 15 manual, 9.6, 8.10.
// Errors:  22001, 22003, 22011, 22023, 22026, 2202E, 22P02.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_bit_functions(native_functions& functions);

}  // namespace sluice::duckdb
