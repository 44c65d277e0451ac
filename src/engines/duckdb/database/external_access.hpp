// external_access.hpp - what statements may reach outside of the database: files, URLs, extensions.
//
// Problem: DuckDB reads and writes every file that the server's account can, for each client that may send a statement.
// Use:     params.access = {.closed = true, .directories = {"/srv/exchange"}};
//          TRY_ASSIGN(params.fence, make_fence(params));   // before threads that run statements start
//          open_instance(): access_options() → load_readers() → ... views and attachments ... → close_access()
// How:     three walls. DuckDB's switches close its own file system. thread_fence has the kernel refuse files and sockets
//          to the threads that run statements, which holds readers inside extensions as well. file_guard tells the
//          engine's own files (database, log, spilled rows) from those of statements.
// Order:   close_access() comes last: nothing can be loaded, and no switch can be changed back, after it.
// Threads: as open_instance(). With closed = false nothing here does anything.
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

// Where DuckDB spills if the settings do not say.
[[nodiscard]] std::string temp_directory_of(const duckdb_params& params, const database_source& source);

// For duckdb_set_config().
[[nodiscard]] std::vector<std::pair<const char*, std::string>> access_options(const duckdb_params& params);

// The extensions that statements may use on what --allow-files and --allow-network name.
void load_readers(const duckdb_params& params, duckdb_connection connection);

result<> close_access(const duckdb_params& params, const database_source& source, duckdb_connection connection);

// ATTACH of another kind of database than DuckDB's opens nothing before the first use, and what is attached is there for
// all sessions: a path that cannot be opened is refused here. Of other databases DuckDB takes care itself.
result<> check_attach(const access_params& access, std::string_view sql);

}  // namespace sluice::duckdb
