// system_tables.hpp - makes table functions of DuckDB from system tables.
//
// Use:     TRY(install_system_table(connection, table));        // once for a database; then FROM table_name()
// How:     DuckDB gives a function the connection that calls it when it binds, so a plan belongs to its connection. All
//          rows are read when the query begins, and returned in chunks. Plans over table functions are never reused
//          (find_reuse()), and none of them writes (effect_of()).
// Threads: any.
// Errors:  XX000 when DuckDB refuses. It does not refuse a second one of the same name: names must differ.
#pragma once

#include <duckdb.h>

#include "backend/system_table.hpp"
#include "base/core/result.hpp"

namespace sluice::duckdb {

result<> install_system_table(duckdb_connection connection, backend::system_table table);

// The number of a connection in DuckDB's functions.
[[nodiscard]] backend::system_caller client_id(duckdb_connection connection);

}  // namespace sluice::duckdb
