// duckdb_explain.hpp - EXPLAIN as PostgreSQL shows it: one column of text, a row a line.
#pragma once

#include <duckdb.h>

#include "base/core/byte_buffer.hpp"

namespace sluice::duckdb {

// DataRow messages; text looks the same in both formats. Takes the last column of a stored result.
[[nodiscard]] base::byte_buffer explain_lines(duckdb_result* result);

}  // namespace sluice::duckdb
