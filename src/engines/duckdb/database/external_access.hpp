// external_access.hpp - limits what statements may reach outside of the database: files, URLs, extensions.
//
// Problem: DuckDB reads and writes every file of the server's account, for each client that may send a statement.
// Use:     params.access = {.closed = true, .directories = {"/srv/exchange"}};
//          TRY_ASSIGN(params.fence, make_fence(params));   // before threads that run statements start
//          open_instance(): access_options() → load_readers() → ... views and attachments ... → close_access()
// How:     three walls. DuckDB's switches close its own file system. thread_fence lets the kernel refuse files and
//          sockets to the threads that run statements, which stops readers inside extensions as well. file_guard tells
//          the engine's own files (database, log, spilled rows) from those of statements.
// Order:   close_access() comes last: afterwards no extension can be loaded, and no switch can be changed back.
// Threads: as open_instance(). With closed = false these functions have no effect.
// Errors:  58P01 for a directory that does not exist, 22023 for one that holds a served database.
#pragma once

#include <duckdb.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/database/duckdb_backend.hpp"
#include "engines/duckdb/fence/thread_fence.hpp"
#include "engines/duckdb/folder/duckdb_source.hpp"

namespace sluice::duckdb {

// Null if access is not closed.
result<std::shared_ptr<const thread_fence>> make_fence(const duckdb_params& params);

// DuckDB's directory for spilled data, if the settings name none.
[[nodiscard]] std::string temp_directory_of(const duckdb_params& params, const database_source& source);

// For duckdb_set_config().
[[nodiscard]] std::vector<std::pair<const char*, std::string>> access_options(const duckdb_params& params);

// Loads the extensions with which statements may read the places of --allow-files and --allow-network.
void load_readers(const duckdb_params& params, duckdb_connection connection);

result<> close_access(const duckdb_params& params, const database_source& source, duckdb_connection connection);

// ATTACH of a database of another kind opens no file before the first use, and is visible to all sessions: so a path
// that cannot be opened is refused here. DuckDB itself checks its own databases.
result<> check_attach(const access_params& access, std::string_view sql);

}  // namespace sluice::duckdb
