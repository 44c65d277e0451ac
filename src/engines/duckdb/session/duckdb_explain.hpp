// duckdb_explain.hpp - EXPLAIN in PostgreSQL's form: one column of text, a row a line.
#pragma once

#include <duckdb.h>

#include "base/core/byte_buffer.hpp"

namespace sluice::duckdb {

// DataRow messages; text has the same bytes in both formats. Uses the last column of a stored result.
[[nodiscard]] base::byte_buffer explain_lines(duckdb_result* result);

}  // namespace sluice::duckdb
