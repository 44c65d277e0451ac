// row_store.hpp - rows that a cursor keeps, readable in any order: the last ones in memory, the others in temporary
// tables that DuckDB may spill.
//
// Problem: a scrollable cursor must go back to rows that the engine has produced long ago, and the rest of a half-read
//          result must be kept when its connection is needed; neither may fill the memory.
// Use:     TRY(store.append(std::move(chunk))); ...; TRY_ASSIGN(auto* held, store.find(row)); held->chunk, held->first
// How:     chunks wait in memory until there are batch_rows of them or batch_bytes; then they move into a table on the
//          store's own connection. A table takes one row group, so that any row is found in the same time. The rows
//          that were read last stay in memory, as steps of one row back and forth are usual.
// Bounds:  two batches in memory; bytes_max in all, 53400 beyond; DuckDB's own limits (53200, 53100) for the tables.
// Threads: as for the session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/database/duckdb_link.hpp"

namespace sluice::duckdb {

struct row_store_params {
    std::shared_ptr<duckdb_instance> instance;
    std::shared_ptr<interrupts> stops;
    std::vector<owned_type> types;  // of the columns
};

class row_store {
  public:
    struct held_chunk {
        owned_chunk chunk;
        std::uint64_t first = 0;  // row
        std::uint64_t rows = 0;
    };

    explicit row_store(row_store_params params);
    row_store(const row_store&) = delete;
    row_store& operator=(const row_store&) = delete;
    ~row_store();

    // Rows appended, forgotten ones included.
    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    result<> append(owned_chunk chunk);
    // The chunk that holds `row`, which is below rows() and was not forgotten. Valid until the next call.
    result<const held_chunk*> find(std::uint64_t row);
    // Removes and returns the rows from `row` on to the end of a chunk: no row up to them can be read afterwards.
    result<owned_chunk> take(std::uint64_t row);

  private:
    struct segment {
        std::string table;  // quoted
        std::uint64_t first = 0;
        std::uint64_t rows = 0;
    };

    [[nodiscard]] bool batch_is_full() const;
    result<> flush();
    result<> add_segment();
    result<> load(const segment& from, std::uint64_t first, std::uint64_t count);
    result<> load_around(std::uint64_t row);
    [[nodiscard]] std::uint64_t window_rows() const;
    result<> forget_before(std::uint64_t row);
    [[nodiscard]] const segment& segment_of(std::uint64_t row) const;

    const row_store_params params_;
    duckdb_link link_;  // opened by the first flush
    std::uint64_t rows_ = 0;
    std::uint64_t stored_rows_ = 0;  // of them, in tables
    std::uint64_t bytes_ = 0;
    std::deque<held_chunk> tail_;  // not yet in a table
    std::uint64_t tail_rows_ = 0;
    std::size_t tail_bytes_ = 0;
    std::deque<held_chunk> window_;  // read from a table, or just written to one
    std::deque<segment> segments_;
    std::uint64_t segments_made_ = 0;
    owned_appender appender_;  // to the last segment
};

}  // namespace sluice::duckdb
