// row_encoder.hpp - turns chunks of an engine's result into the wire messages of their rows.
//
// Problem: formatting rows is most of a server's work for a large result. Values are formatted a column at a time,
//          without a switch per value, for a slice of rows that stays in the cache, and then written row by row.
// Use:     row_encoder encoder({.types = types, .formats = formats, .settings = settings, .zone = zone});
//          TRY_ASSIGN(std::size_t rows, encoder.encode(chunk, first_row, {.bytes_max = 65536}, out));
//          Call again with first_row + rows until the chunk is used up, then with the next chunk.
//          COPY: encoder.write_header(names, out) before, encoder.write_trailer(out) after the rows.
// Bounds:  appends no more than limit.bytes_max and one row; scratch is a few megabytes in all and one row.
// Needs:   flat vectors, as from duckdb_fetch_chunk and duckdb_stream_fetch_chunk.
// Threads: one at a time.
// Errors:  54000 a row longer than 1 GB; 22008 a date or timestamp that binary cannot express; 2202E a ragged nested
//          list in binary; 22003 a BIGNUM of more than 131072 digits; 0A000 an aggregate's state. A failed call has
//          appended no byte.
#pragma once

#include <cstddef>
#include <duckdb.h>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/byte_buffer.hpp"
#include "base/core/result.hpp"
#include "engines/duckdb/encode/encode_column.hpp"
#include "engines/duckdb/encode/encode_copy.hpp"
#include "engines/duckdb/values/time_zone.hpp"
#include "engines/duckdb/values/value_type.hpp"

namespace sluice::duckdb {

enum class row_framing : std::uint8_t { data_row, copy_text, copy_csv, copy_binary };

struct row_encoder_params {
    std::span<const duckdb_logical_type> types;
    std::span<const backend::wire_format> formats;  // one a column, or one for all, or none: text (copy_binary: binary)
    backend::value_settings settings;
    time_zone zone;
    row_framing framing = row_framing::data_row;
    copy_layout copy;  // for copy_text and copy_csv
    std::size_t message_bytes_max = duckdb::message_bytes_max;
};

class row_encoder {
  public:
    explicit row_encoder(row_encoder_params params);
    row_encoder(row_encoder&&) = default;
    row_encoder& operator=(row_encoder&&) = default;

    // Appends rows from `first_row` on as whole messages; returns their number. At least one, unless limit.rows_max is
    // 0 or the chunk has no more.
    result<std::size_t> encode(duckdb_data_chunk chunk, std::size_t first_row, backend::fetch_limit limit,
                               base::byte_buffer& out);

    // In binary the header is no message of its own but the beginning of the first row's message, or of the trailer's,
    // as PostgreSQL sends it and DuckDB's postgres_scanner expects it; unless another buffer came in between.
    void write_header(std::span<const std::string> names, base::byte_buffer& out);
    void write_trailer(base::byte_buffer& out);

    // Memory held for formatted values between calls.
    [[nodiscard]] std::size_t scratch_bytes() const;

  private:
    struct column_plan {
        value_type type;
        column_encoder encode;
        bool escape = false;  // COPY: the formatted values may need escapes or quotes
        vector_view view;
        column_cells cells;
    };

    result<std::size_t> encode_slice(std::size_t first_row, std::size_t rows_max, std::size_t end_bytes,
                                     base::byte_buffer& out);
    [[nodiscard]] std::size_t slice_rows(std::size_t bytes_left) const;
    // Both return the number of rows done, at least one.
    result<std::size_t> format_columns(std::size_t first_row, std::size_t rows);
    result<std::size_t> write_rows(std::size_t rows, std::size_t end_bytes, base::byte_buffer& out);
    [[nodiscard]] char* write_row(std::size_t row, char* out) const;
    [[nodiscard]] char* write_fields(char tag, std::size_t row, char* out) const;
    [[nodiscard]] char* write_line(std::size_t row, char* out) const;
    [[nodiscard]] std::size_t row_overhead() const;
    [[nodiscard]] std::size_t row_bytes(std::size_t row) const;
    void release_large_scratch();
    // True if the header is the last message in `out`; it is asked once.
    [[nodiscard]] bool take_open_header(const base::byte_buffer& out);

    std::vector<column_plan> columns_;
    std::vector<const cell*> heads_;  // of the columns' cells
    encode_context context_;
    row_framing framing_;
    copy_layout copy_;
    std::size_t cells_per_column_;
    std::size_t row_bytes_average_ = 0;  // 0: no row was written yet
    bool header_open_ = false;           // the next message continues it
};

}  // namespace sluice::duckdb
