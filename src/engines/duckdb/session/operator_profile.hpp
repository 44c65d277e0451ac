// operator_profile.hpp - DuckDB's profile of the query that a connection ran last, as JSON.
//
// Use:     TRY(link.profile_queries()); ... run and read to the end ...; std::string json = read_profile(connection);
// Format:  what DuckDB measures of each operator, by its names and in its units (seconds, bytes, rows), and `children`.
// Threads: as the connection.
#pragma once

#include <duckdb.h>
#include <string>

namespace sluice::duckdb {

// Empty: the connection was not told to profile.
[[nodiscard]] std::string read_profile(duckdb_connection connection);

}  // namespace sluice::duckdb
