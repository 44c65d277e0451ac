// operator_profile.hpp - DuckDB's profile of a connection's last query, as JSON.
//
// Use:     TRY(link.profile_queries()); ... run and read to the end ...; std::string json = read_profile(connection);
// Format:  DuckDB's measurements of each operator, by its names and in its units (seconds, bytes, rows), and
//          `children`.
// Threads: as for the connection.
#pragma once

#include <duckdb.h>
#include <string>

namespace sluice::duckdb {

// Empty:   the connection does not profile.
[[nodiscard]] std::string read_profile(duckdb_connection connection);

}  // namespace sluice::duckdb
