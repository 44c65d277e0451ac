// all_functions.hpp - PostgreSQL's functions that DuckDB lacks or has with another meaning.
//
// Use:     TRY(add_all_functions(connection)), once for each database that is opened.
// Names:   sluice_...; only the writer of DuckDB's SQL (engines/duckdb/writer) calls them.
#pragma once

#include <duckdb.h>

#include "base/core/result.hpp"

namespace sluice::duckdb {

result<> add_all_functions(duckdb_connection connection);

}  // namespace sluice::duckdb
