// copy_reader_source.hpp - a table function from which DuckDB inserts the rows of a COPY.
//
// Problem: DuckDB's appender copies every row once more and burns a second core while it waits for its own threads.
// Use:     once a database: copy_sources sources; TRY(sources.install(connection));
//          each COPY:       copy_sources::lease source(sources, types);  INSERT INTO t SELECT ... FROM + source.sql()
//                           source.offer(batch); run the statement; the batch may be filled again; source.offer(other)
//                           ...
// Safety:  the function takes a number that only a lease has; any other number is an error, so a call by a user neither
//          shows rows nor disturbs a COPY.
// Memory:  DuckDB's vectors point into the batch while the statement runs: no row is copied.
// Threads: a lease one at a time; DuckDB reads the batch on threads of its own while the statement runs.
#pragma once

#include <cstdint>
#include <duckdb.h>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "postgres/copy/decode_copy_arena.hpp"

namespace sluice::duckdb {

// Chunks of rows, and the strings that they point to.
struct copy_batch {
    std::vector<owned_chunk> chunks;  // the first `used` hold rows; the others are kept for reuse
    std::size_t used = 0;
    postgres::copy_arena strings;
};

// Copies of the types.
[[nodiscard]] std::vector<owned_type> copy_types(std::vector<duckdb_logical_type> types);

class copy_sources {
  public:
    copy_sources();

    // Registers the function in the connection's database. Once each; outside a transaction.
    result<> install(duckdb_connection connection) const;

    class lease;

  private:
    struct source;
    struct registry;
    struct callbacks;

    std::shared_ptr<registry> registry_;  // shared with the function, which lives as long as its database
};

class copy_sources::lease {
  public:
    // The types are those of the chunks of every batch.
    lease(const copy_sources& sources, std::vector<owned_type> types);
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease();

    // The table function's call, for a FROM clause; its columns are c0, c1, ...
    [[nodiscard]] std::string sql() const;
    // Sets the batch for the next execution. It must not change until that has ended.
    void offer(const copy_batch& batch);

  private:
    std::shared_ptr<registry> registry_;
    std::shared_ptr<source> source_;
    std::int64_t key_ = 0;
};

}  // namespace sluice::duckdb
