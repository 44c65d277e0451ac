// input_functions.hpp - the values that PostgreSQL reads from texts, and the texts that it prints.
//
// Use:     sluice_int4_in(' 42 '), sluice_text_of(1.5::DOUBLE)
// Source:  PostgreSQL 15 manual, chapter 8.
// Errors:  22P02, 22003, 22007, 22008.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_input_functions(native_functions& functions);

}  // namespace sluice::duckdb
