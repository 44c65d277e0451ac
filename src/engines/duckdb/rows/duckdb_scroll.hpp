// duckdb_scroll.hpp - the rows of a scrollable cursor: a DuckDB result that is readable back and forth.
//
// How:     rows are produced up to the farthest row read, and kept in a row_store.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "backend/backend.hpp"
#include "engines/duckdb/rows/chunk_source.hpp"
#include "engines/duckdb/rows/duckdb_stream.hpp"
#include "engines/duckdb/rows/row_store.hpp"

namespace sluice::duckdb {

class duckdb_scroll final : public backend::scroll_stream, public reads_chunks {
  public:
    duckdb_scroll(chunk_source_params from, std::shared_ptr<encoder_cache> encoders, const stream_style& style);

    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit limit) override;
    result<backend::fetched> skip(std::uint64_t rows_max) override;
    result<backend::fetched> prior(base::byte_buffer& out, backend::fetch_limit limit) override;
    void seek(std::uint64_t row) override { row_ = row; }

    [[nodiscard]] chunk_source& source() override { return source_; }
    void write_as(const stream_style& style) override;

  private:
    // False: there are no rows from row_ on.
    result<bool> produce();

    chunk_source source_;
    row_store store_;
    std::shared_ptr<encoder_cache> encoders_;
    std::unique_ptr<stream_encoder> encoder_;
    std::uint64_t row_ = 0;  // the next row of next()
    base::byte_buffer scratch_;
    std::size_t row_bytes_ = 4096;  // of the last rows read backward; a guess at first
};

}  // namespace sluice::duckdb
