// time_functions.hpp - dates, times and intervals as PostgreSQL counts, reads and prints them; to_char and its like.
//
// Use:     sluice_extract_timestamp('epoch', t), sluice_to_char_timestamp(t, 'YYYY-MM-DD')
// Zones:   a function whose result depends on the session's time zone takes its name as the last argument.
// Source:  PostgreSQL 15 manual, 8.5, 9.8 and 9.9.
// Errors:  22007, 22008, 22009, 22012, 22023, 22003, 22P02, 42601, 0A000, 54000.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_time_functions(native_functions& functions);

}  // namespace sluice::duckdb
