// duckdb_backend.hpp - serves a DuckDB file, a SQLite file, a folder of data files, or memory, by a DuckDB in this
// process.
//
// Use:     TRY_ASSIGN(auto backend, open_duckdb({.database = "shop.duckdb", .extension_directory = dir}));
// Takes:   DATABASE is looked at, not believed: a DuckDB file (made when it is missing and named as one), a SQLite
//          file, a folder whose files and tables become views (served_folder.hpp), or nothing.
// Names:   the database is known as its stem ("shop"), as "main" and as "postgres"; others get 3D000.
// Threads: open it before threads start; the backend then serves any thread.
// Errors:  one line each, for the person who typed the command: 58P01 missing, 55006 locked, 22023 no database,
//          42501 unreadable.
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

namespace sluice::duckdb {

struct duckdb_attachment {
    std::string name;
    std::string path;  // a DuckDB or a SQLite file
};

// What statements may reach outside of the database; see external_access.hpp.
struct access_params {
    bool closed = false;                     // nothing but what is served, and the following
    std::vector<std::string> directories;    // that statements may read and write
    bool network = false;                    // URLs
    std::vector<std::string> private_files;  // of the server, wherever they are
};

class thread_fence;

// What a statement has of the memory, by its number.
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
    std::uint32_t threads = 0;                        // 0: one a core
    std::uint64_t memory_limit_bytes = 0;             // 0: DuckDB's own, 80 % of the memory it sees
    std::uint64_t temp_directory_bytes_max = 0;       // 0: DuckDB's own, 90 % of the free disk
    std::string temp_directory;                       // for what does not fit into memory; empty: beside the database
    std::size_t streaming_buffer_size_bytes = 1'000;  // at least a chunk is held; more of wide rows would be too much
    std::size_t plan_cache_entries = 64;              // a session
    std::size_t connections_min = 0;                  // to DuckDB, kept ready
    std::size_t connections_max = 1'000;
    std::chrono::milliseconds connection_timeout{30'000};       // how long a statement waits for one
    std::chrono::milliseconds connection_idle_timeout{30'000};  // then an unused one is closed
    std::chrono::milliseconds connection_lifetime{0};           // then it is replaced between two statements; 0: never
    std::chrono::milliseconds connection_leak_after{0};         // then whoever has it is logged; 0: never
    std::function<std::string(std::uint64_t query_id)> query_text;             // for that; may be empty
    std::function<std::map<std::uint64_t, query_memory>()> memory_of_queries;  // of those that run; may be empty
    std::uint64_t cursor_batch_rows = 10'000;  // that a scrollable cursor holds in memory at a time
    std::uint64_t cursor_store_bytes_max = std::uint64_t{1} << 30;  // of one cursor or portal, on disk if need be
    std::vector<backend::system_table> system_tables;               // sluice_query_log and its like
    base::metrics_registry* metrics = nullptr;                      // outlives the backend; null: nobody looks
    health_params health;
    access_params access;
    std::shared_ptr<const thread_fence> fence;  // by make_fence(); null: threads are free
    bool check_only = false;                    // look whether it could be opened; create and change nothing
};

result<std::unique_ptr<backend::engine>> open_duckdb(duckdb_params params);

// The names that clients may connect to, without what DuckDB itself makes of a strange file name.
[[nodiscard]] std::vector<std::string> database_names(const duckdb_params& params);

}  // namespace sluice::duckdb
