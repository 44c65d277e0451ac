// engine_connection.hpp - a pooled connection to DuckDB, with the state that is kept beside it.
//
// Bounds:  a fresh one is 8 kB and 10 us, its settings another 200 us.
// Order:   only a connection without a session's trace goes back to the pool; see duckdb_link.
// Threads: as for the pool.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/run/pool.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/tables/cursor_list.hpp"

namespace sluice::duckdb {

struct engine_connection {
    owned_connection handle;
    std::array<owned_statement, 5> commands;  // BEGIN and others, parsed once: saves 100 us
    std::string time_zone = "UTC";            // as last set in DuckDB
    std::string search_path;                  // as last set in DuckDB
    std::uint64_t id = 0;                     // never reused
    idx_t client = 0;                         // its number in DuckDB's functions
    cursor_lists::entry cursors;              // of the session that has it
    mutable bool suspect = false;             // DuckDB has failed on it with an error that points to a defect
};

using connection_pool = base::pool<engine_connection>;

}  // namespace sluice::duckdb
