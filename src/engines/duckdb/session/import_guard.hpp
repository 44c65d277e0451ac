// import_guard.hpp - checks the scripts of IMPORT DATABASE before DuckDB runs them.
//
// Problem: a folder may contain any statements, which DuckDB runs without showing them to the server.
// Use:     TRY(check_import(connection, "IMPORT DATABASE 'folder'", names));  then run it
// How:     reads both scripts through DuckDB, which knows the files that the session may read; each statement passes
//          statement_guard, and only the kinds that EXPORT DATABASE writes are allowed.
// Errors:  42501 for another statement; those of reading; 0A000 for a folder whose name is a pattern.
#pragma once

#include <duckdb.h>
#include <string_view>

#include "base/core/result.hpp"
#include "engines/duckdb/statement/statement_guard.hpp"

namespace sluice::duckdb {

result<> check_import(duckdb_connection connection, std::string_view sql, const protected_names& names);

}  // namespace sluice::duckdb
