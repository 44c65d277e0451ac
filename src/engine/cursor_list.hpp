// cursor_list.hpp - the table function pg_cursors(): the cursors of whichever session asks.
//
// Problem: cursors are the session's, but whoever looks for them does so in SQL, with joins and conditions.
// Use:     lists.install(connection) once; lists.set(client, list) when a session takes a connection, remove(client)
//          when it gives it back. `FROM pg_cursors` becomes `FROM pg_cursors()` in sql/translate.
// How:     DuckDB tells the function which connection calls; the rows are asked for when the query begins.
// Threads: any. A list is called on one of DuckDB's threads while its session waits for the query.
#pragma once

#include <duckdb.h>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"
#include "engine/backend.hpp"

namespace sluice::engine {

class cursor_lists {
  public:
    using list = std::function<std::vector<cursor_facts>()>;

    [[nodiscard]] core::result<> install(duckdb_connection connection);
    void set(idx_t client, list what);
    void remove(idx_t client);
    // Empty for a connection that no session has.
    [[nodiscard]] std::vector<cursor_facts> of(idx_t client) const;

  private:
    mutable std::mutex mutex_;
    std::unordered_map<idx_t, list> lists_;
};

// The number by which DuckDB's functions know a connection.
[[nodiscard]] idx_t client_id(duckdb_connection connection);

}  // namespace sluice::engine
