// duckdb_backend.hpp - serves a DuckDB file, a SQLite file, a folder of data files, or memory, by a DuckDB in this
// process.
//
// Use:     TRY_ASSIGN(auto backend, open_duckdb({.database = "shop.duckdb", .extension_directory = dir}));
// Takes:   the contents of DATABASE decide, not its name: a DuckDB file (made when it is missing and has such a name),
//          a SQLite file, a folder whose files and tables become views (served_folder.hpp), or no path.
// Names:   clients reach the database by its stem ("shop"), by "main" and by "postgres"; other names get 3D000.
// Threads: open it before threads start; the backend then serves any thread.
// Errors:  one line each, for a user at a terminal: 58P01 missing, 55006 locked, 22023 no database, 42501 unreadable.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "backend/system_table.hpp"
#include "base/core/result.hpp"
#include "base/observe/metrics.hpp"
#include "engines/duckdb/database/engine_health.hpp"
#include "settings/client_settings.hpp"
#include "settings/resource_settings.hpp"

namespace sluice::duckdb {

struct duckdb_attachment {
    std::string name;
    std::string path;  // a DuckDB or a SQLite file
};

// The access that statements have outside of the database; see external_access.hpp.
struct access_params {
    bool closed = false;                     // only the served databases and the following
    std::vector<std::string> directories;    // open to statements for reading and writing
    bool network = false;                    // URLs
    std::vector<std::string> private_files;  // of the server, in any directory
};

class thread_fence;

// A statement's memory, by the statement's number.
struct query_memory {
    std::uint64_t reserved_bytes = 0;
    std::uint64_t peak_bytes = 0;
};

struct duckdb_params {
    std::string database;  // path; empty: in memory
    std::vector<duckdb_attachment> attachments;
    bool read_only = false;
    bool create = false;  // a missing file of any name is made; else only x.duckdb, x.db and x.ddb
    std::string extension_directory;
    std::uint32_t threads = 0;                   // 0: one a core
    std::uint64_t memory_limit_bytes = 0;        // 0: DuckDB's own, 80 % of the memory it sees
    std::uint64_t temp_directory_bytes_max = 0;  // 0: DuckDB's own, 90 % of the free disk
    std::string temp_directory;                  // for data that does not fit into memory; empty: beside the database
    // a chunk is held at least; more would be too much for wide rows
    std::size_t streaming_buffer_size_bytes = base::default_of(settings::streaming_buffer_size);
    std::size_t plan_cache_entries = base::default_of(settings::plan_cache_entries);   // for each session
    std::size_t connections_min = base::default_of(settings::engine_connections_min);  // to DuckDB, kept ready
    std::size_t connections_max = base::default_of(settings::engine_connections_max);
    // time for which a statement waits for one
    std::chrono::milliseconds connection_timeout = base::default_of(settings::engine_connection_timeout);
    // then an unused one is closed
    std::chrono::milliseconds connection_idle_timeout = base::default_of(settings::engine_connection_idle_timeout);
    // then it is replaced, between two statements; 0: never
    std::chrono::milliseconds connection_lifetime = base::default_of(settings::engine_connection_lifetime);
    // then its holder is logged; 0: never
    std::chrono::milliseconds connection_leak_after = base::default_of(settings::engine_connection_leak_threshold);
    std::function<std::string(std::uint64_t query_id)> query_text;             // for that log line; may be empty
    std::function<std::map<std::uint64_t, query_memory>()> memory_of_queries;  // of running statements; may be empty
    // rows of a scrollable cursor in memory at a time
    std::uint64_t cursor_batch_rows = base::default_of(settings::cursor_batch_size);
    // of one cursor or portal, on disk if need be
    std::uint64_t cursor_store_bytes_max = base::default_of(settings::cursor_store_size_max);
    std::vector<backend::system_table> system_tables;  // such as sluice_query_log
    base::metrics_registry* metrics = nullptr;         // outlives the backend; null: no metrics
    health_params health;
    access_params access;
    std::shared_ptr<const thread_fence> fence;  // made by make_fence(); null: threads are free
    bool check_only = false;                    // checks whether it could be opened; creates and changes nothing
};

result<std::unique_ptr<backend::engine>> open_duckdb(duckdb_params params);

// The names that clients may connect to, without DuckDB's own name for a strange file name.
[[nodiscard]] std::vector<std::string> database_names(const duckdb_params& params);

}  // namespace sluice::duckdb
