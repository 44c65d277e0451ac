// copy_reader.hpp - the row side of COPY ... FROM STDIN: bytes in, rows in a DuckDB table.
//
// Problem: rows come in three formats, cut at any byte, several million a second; an error must name its line, and no
//          row of a failed COPY may stay.
// Use:     TRY_ASSIGN(auto reader, copy_reader::open({.connection = ..., .table = "main.t", .columns = ...}));
//          TRY(reader->write(bytes)) ...;  TRY_ASSIGN(const std::uint64_t rows, reader->finish());
// How:     a tokenizer (postgres/copy/decode_copy.hpp) finds the fields of up to 2,048 rows, each column turns its
//          fields into a DuckDB vector, and a batch of 60 chunks (a row group) is inserted by INSERT ... SELECT from a
//          table function that returns the chunks uncopied: so defaults, generated columns, casts and constraints work
//          as usual. While DuckDB's threads insert one batch, the next is read. No thread waits between two calls.
// Order:   the caller's transaction must be open before open() and stay so until finish() or the end of the reader; the
//          caller commits, or rolls back after a failure. Destroyed without finish(), the reader drops the rows that it
//          holds, but earlier batches are in the transaction: only a rollback removes them. No other statement may run
//          on the connection in the meantime.
// Bounds:  two batches, each of at most 122,880 rows or about batch_bytes_max of long strings, and one incomplete row
//          at the end of a message, of at most row_bytes_max.
// Errors:  22P04 and others with CONTEXT, see decode_copy.hpp and parameter_decoder_wire.hpp. Constraints fail when a
//          batch is inserted; the line is not known then.
// Threads: one at a time.
#pragma once

#include <array>
#include <duckdb.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/copy/copy_reader_column.hpp"
#include "engines/duckdb/tables/copy_reader_source.hpp"
#include "engines/duckdb/threads/engine_threads.hpp"
#include "engines/duckdb/values/time_zone.hpp"
#include "postgres/copy/decode_copy.hpp"
#include "postgres/sql/copy_command.hpp"

namespace sluice::duckdb {

struct copy_reader_params {
    struct column {
        std::string name;          // in the table's spelling
        duckdb_logical_type type;  // needed during open() only
    };
    duckdb_connection connection = nullptr;
    const copy_sources& sources;  // installed in the connection's database
    engine_threads& threads;
    std::string table;            // quoted, for SQL
    std::vector<column> columns;  // the columns of a row, in its order
    const postgres::copy_command& command;
    const time_zone& zone;  // copied
    std::size_t row_bytes_max = std::size_t{1} << 30U;
    std::size_t batch_bytes_max = std::size_t{16} << 20U;
};

class copy_reader {
  public:
    // 42P10 for a column in FORCE_NULL or FORCE_NOT_NULL that is not copied; the engine's error for a table that does
    // not accept INSERT.
    static result<std::unique_ptr<copy_reader>> open(const copy_reader_params& params);
    copy_reader(const copy_reader&) = delete;
    copy_reader& operator=(const copy_reader&) = delete;
    ~copy_reader();

    [[nodiscard]] std::span<const backend::wire_format> column_formats() const { return formats_; }
    result<> write(std::string_view bytes);
    result<std::uint64_t> finish();

  private:
    copy_reader(const copy_reader_params& params, postgres::copy_layout layout);

    result<> prepare(const copy_reader_params& params);
    result<> take_rows();
    result<> convert(std::size_t first, std::size_t count);
    [[nodiscard]] error in_context(bad_field bad, std::size_t column, std::size_t first) const;
    void use_next_chunk();
    void end_chunk();
    result<> start_insert();
    result<> finish_insert();
    [[nodiscard]] error insert_error(const char* text) const;

    duckdb_connection connection_;
    std::string relation_;  // for messages
    backend::wire_format format_;
    std::vector<backend::wire_format> formats_;
    std::vector<std::unique_ptr<copy_column_reader>> columns_;
    std::unique_ptr<postgres::copy_tokenizer> tokenizer_;
    postgres::copy_rows rows_;
    std::size_t batch_bytes_max_;

    std::array<copy_batch, 2> batches_;  // one is filled while the other is inserted
    std::size_t filled_ = 0;             // index of the batch being filled
    std::size_t chunk_rows_ = 0;         // of the chunk being filled
    std::uint64_t rows_inserted_ = 0;

    std::vector<owned_type> types_;  // of the chunks' vectors
    std::unique_ptr<copy_sources::lease> source_;
    owned_statement insert_;
    engine_threads& threads_;
    owned_pending inserting_;
    std::optional<engine_threads::demand> helped_;  // while a batch is inserted
};

}  // namespace sluice::duckdb
