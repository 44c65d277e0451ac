#include "engines/duckdb/rows/duckdb_stream.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "base/run/memory_wall.hpp"

namespace sluice::duckdb {

std::size_t message_bytes(const char* message) {
    std::uint32_t length = 0;
    std::memcpy(&length, message + 1, sizeof length);
    return std::size_t{std::byteswap(length)} + 1;
}

duckdb_stream::~duckdb_stream() {
    if (params_.encoders) {
        params_.encoders->give_back(std::move(params_.encoder));
    }
}

void duckdb_stream::write_as(const stream_style& style) {
    if (params_.encoders && !params_.encoder->fits(style)) {
        params_.encoder = params_.encoders->take(style);
    }
}

result<bool> duckdb_stream::ensure_chunk() {
    if (row_ == chunk_rows_) {
        TRY_ASSIGN(chunk_, source_.next());
        row_ = 0;
        chunk_rows_ = chunk_ ? duckdb_data_chunk_get_size(chunk_.get()) : 0;
    }
    return chunk_rows_ > 0;
}

// A wide value exists twice here: encoded, and in DuckDB's chunk.
result<std::size_t> duckdb_stream::encode(backend::fetch_limit limit, base::byte_buffer& out) {
    const std::size_t start = out.size();
    try {
        const base::memory_wall::statement_scope counted(&source_.link()->cancel());
        return params_.encoder->rows.encode(chunk_.get(), row_, limit, out);
    } catch (const std::bad_alloc&) {
        out.truncate(start);
        return fail(source_.link()->cancelled_or(base::memory_wall::out_of_memory_error()));
    }
}

// About one chunk, in slices within the limit.
result<backend::fetched> duckdb_stream::next(base::byte_buffer& out, backend::fetch_limit limit) {
    backend::fetched got;
    if (limit.rows_max == 0) {
        return got;
    }
    const std::size_t start = out.size();
    if (params_.header && !started_) {
        params_.encoder->rows.write_header(params_.names, out);
    }
    started_ = true;
    TRY_ASSIGN(const bool more, ensure_chunk());
    if (!more) {
        if (params_.copy_frame) {
            params_.encoder->rows.write_trailer(out);
        }
        got.finished = true;
        return got;
    }
    while (row_ < chunk_rows_ && got.rows < limit.rows_max && out.size() - start < limit.bytes_max) {
        const backend::fetch_limit left{.rows_max = limit.rows_max - got.rows,
                                        .bytes_max = limit.bytes_max - (out.size() - start)};
        TRY_ASSIGN(const std::size_t rows, encode(left, out));
        row_ += rows;
        got.rows += rows;
    }
    if (row_ == chunk_rows_) {
        // Frees it before the client reads: the strings of wide rows are as large as their encoded copies.
        chunk_.reset();
    }
    return got;
}

result<backend::fetched> duckdb_stream::skip(std::uint64_t rows_max) {
    backend::fetched got;
    TRY_ASSIGN(const bool more, ensure_chunk());
    if (!more) {
        got.finished = true;
        return got;
    }
    got.rows = std::min<std::uint64_t>(rows_max, chunk_rows_ - row_);
    row_ += got.rows;
    if (row_ == chunk_rows_) {
        chunk_.reset();
    }
    return got;
}

result<backend::fetched> kept_rows::next(base::byte_buffer& out, backend::fetch_limit limit) {
    backend::fetched got;
    const std::size_t start = out.size();
    while (read_bytes_ < messages_.size() && got.rows < limit.rows_max && out.size() - start < limit.bytes_max) {
        const std::size_t size = message_bytes(messages_.data() + read_bytes_);
        out.append(messages_.view().substr(read_bytes_, size));
        read_bytes_ += size;
        ++got.rows;
    }
    got.finished = read_bytes_ == messages_.size();
    return got;
}

}  // namespace sluice::duckdb
