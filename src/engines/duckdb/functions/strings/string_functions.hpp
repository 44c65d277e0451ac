// string_functions.hpp - PostgreSQL's functions on strings, binary strings and bit strings, but for regular expressions.
//
// Use:     TRY(add_string_functions(functions));   // functions: native_functions
// Source:  PostgreSQL 15 manual, 9.4, 9.5, 9.6, 9.7.1 (LIKE), 8.3, 8.10 (lengths), 9.19 (arrays and strings).
// Errors:  22001, 22011, 22021, 22023, 22025, 22026, 2202E, 22P02, 22P05, 54000 and others, with PostgreSQL's words.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_string_functions(native_functions& functions);

}  // namespace sluice::duckdb
