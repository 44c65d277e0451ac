// engine_connection.hpp - a connection to DuckDB as the pool keeps it, with what is worth keeping beside it.
//
// Bounds:  a fresh one is 8 kB and 10 us, its settings another 200 us.
// Order:   only what no session has left a trace on goes back to the pool; see duckdb_link.
// Threads: as the pool.
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
    std::array<owned_statement, 5> commands;  // BEGIN and its like, parsed once: 100 us less than their text
    std::string time_zone = "UTC";            // as DuckDB was told
    std::string search_path;                  // as DuckDB was told
    std::uint64_t id = 0;                     // never used for another one
    idx_t client = 0;                         // as DuckDB's functions know it
    cursor_lists::entry cursors;              // of the session that has it
    mutable bool suspect = false;             // DuckDB has failed on it in a way that it should not
};

using connection_pool = base::pool<engine_connection>;

}  // namespace sluice::duckdb
