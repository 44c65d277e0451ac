// duckdb_stream.hpp - the rows of a DuckDB result, encoded while they are fetched.
//
// How:     it holds one chunk of the engine at a time and encodes slices of it.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "engines/duckdb/encode/stream_encoder.hpp"
#include "engines/duckdb/rows/chunk_source.hpp"

namespace sluice::duckdb {

// The part of its streams that the session needs.
class reads_chunks {
  public:
    reads_chunks() = default;
    reads_chunks(const reads_chunks&) = delete;
    reads_chunks& operator=(const reads_chunks&) = delete;
    virtual ~reads_chunks() = default;

    [[nodiscard]] virtual chunk_source& source() = 0;
    // Applies from the next row on.
    virtual void write_as(const stream_style& style) = 0;
};

struct duckdb_stream_params {
    std::unique_ptr<stream_encoder> encoder;
    std::shared_ptr<encoder_cache> encoders;  // of the statement; null for COPY
    // COPY TO
    bool copy_frame = false;  // with the format's header and trailer
    std::vector<std::string> names;
    bool header = false;
};

class duckdb_stream final : public backend::row_stream, public reads_chunks {
  public:
    duckdb_stream(chunk_source_params from, duckdb_stream_params params)
        : source_(std::move(from)), params_(std::move(params)) {}
    ~duckdb_stream() override;

    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit limit) override;
    result<backend::fetched> skip(std::uint64_t rows_max) override;

    [[nodiscard]] chunk_source& source() override { return source_; }
    void write_as(const stream_style& style) override;

  private:
    // False when there are no more rows.
    result<bool> ensure_chunk();
    result<std::size_t> encode(backend::fetch_limit limit, base::byte_buffer& out);

    chunk_source source_;
    duckdb_stream_params params_;
    owned_chunk chunk_;
    std::size_t chunk_rows_ = 0;
    std::size_t row_ = 0;
    bool started_ = false;
};

// The size of a whole message: its type byte, and its length, which counts itself but not the type.
[[nodiscard]] std::size_t message_bytes(const char* message);

// Rows that were encoded before a fetch asks for them; whole messages, one row each.
class kept_rows final : public backend::row_stream {
  public:
    explicit kept_rows(base::byte_buffer messages) : messages_(std::move(messages)) {}
    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit limit) override;

  private:
    base::byte_buffer messages_;
    std::size_t read_bytes_ = 0;
};

}  // namespace sluice::duckdb
