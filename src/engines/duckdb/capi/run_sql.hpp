// run_sql.hpp - runs the server's own statements, which return a few short texts or no rows.
//
// Threads: as for the connection: one at a time.
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
