// run_sql.hpp - statements of the server's own, whose answers are short texts or nothing.
//
// Threads: as the connection: one at a time.
// Errors:  DuckDB's, translated.
#pragma once

#include <duckdb.h>
#include <string>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::duckdb {

// Runs one or several statements and drops their rows.
result<> run_sql(duckdb_connection connection, const std::string& sql);

// The text of a statement's first value.
result<std::string> read_text(duckdb_connection connection, const std::string& sql);

// The texts of a statement's first column.
result<std::vector<std::string>> read_texts(duckdb_connection connection, const std::string& sql);

}  // namespace sluice::duckdb
