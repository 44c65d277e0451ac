// sqlite_lists.hpp - tables, columns, keys and indexes of the SQLite files that are served or attached.
//
// Problem: DuckDB's lists (duckdb_indexes(), duckdb_views(), ...) go over all databases and fail as a whole where its
//          SQLite extension cannot read one object: a partial index, one with COLLATE NOCASE, a view with SQL that only
//          SQLite has. Then nothing of any database could be listed.
// Use:     lists.add(...) for each file, which is attached with HIDDEN, so that DuckDB's own lists leave it out;
//          for (auto& table : sqlite_lists::tables(lists)) install_system_table(...); engines/duckdb/dialect/catalog_views.cpp joins both.
// How:     asks SQLite itself (sqlite_master and pragmas, through sqlite_query) and DuckDB for the types of each table and
//          view, on a connection of its own. What fails for all objects at once is asked for each alone; an object that
//          cannot be read is listed without columns. It is done again when SQLite's schema_version has changed. A
//          second copy of SQLite in the process must never open the file: closing it would end the first one's locks.
// Limits:  changes of a transaction are not shown before its commit.
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
    // Each holds the lists, which therefore keep no connection between two questions: that would hold the database.
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
        std::string version;  // SQLite's, when it was read
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
