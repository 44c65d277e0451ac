// sqlite_lists.hpp - tables, columns, keys and indexes of the served or attached SQLite files.
//
// Problem: DuckDB's lists (duckdb_indexes(), duckdb_views(), ...) cover all databases and fail completely if its SQLite
//          extension cannot read one object: a partial index, one with COLLATE NOCASE, a view with SQL that only SQLite
//          has. Then no object of any database could be listed.
// Use:     lists.add(...) for each file, which is attached with HIDDEN, so that DuckDB's own lists leave it out;
//          for (auto& table : sqlite_lists::tables(lists)) install_system_table(...);
//          engines/duckdb/dialect/catalog_views.cpp joins both.
// How:     asks SQLite itself (sqlite_master and pragmas, through sqlite_query) and DuckDB for the types of each table
//          and view, on a connection of its own. A question that fails for all objects at once is repeated for each
//          alone; an object that cannot be read is listed without columns. The lists are read again when SQLite's
//          schema_version has changed. A second copy of SQLite in the process must never open the file: closing it
//          would release the locks of the first one.
// Limits:  changes of a transaction are shown only after its commit.
// Threads: any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "backend/system_table.hpp"
#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {

class sqlite_lists {
  public:
    struct database {
        std::string name;
        std::string path;
        bool read_only = false;
    };
    using connector = std::function<result<owned_connection>()>;

    explicit sqlite_lists(connector connect) : connect_(std::move(connect)) {}

    void add(database attached);
    // The tables share the lists, which therefore keep no connection between two calls: it would keep the database
    // open.
    [[nodiscard]] static std::vector<backend::system_table> tables(const std::shared_ptr<sqlite_lists>& lists);

  private:
    struct contents {
        std::vector<backend::system_row> relations;
        std::vector<backend::system_row> columns;
        std::vector<backend::system_row> constraints;
        std::vector<backend::system_row> indexes;
    };
    struct entry {
        database what;
        std::int64_t oid = 0;
        std::string version;  // SQLite's schema_version at the last reading
        contents read;
    };

    [[nodiscard]] std::vector<backend::system_row> rows(std::vector<backend::system_row> contents::* list);
    [[nodiscard]] std::vector<backend::system_row> databases();
    static void refresh(entry& each, duckdb_connection connection);

    connector connect_;
    std::mutex mutex_;
    std::vector<entry> entries_;
};

}  // namespace sluice::duckdb
