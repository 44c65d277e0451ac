#include "engine/duckdb_stream.hpp"

#include <utility>

namespace sluice::engine {
namespace {

constexpr std::size_t spool_slice_bytes = std::size_t{256} * 1024;

}  // namespace

spool_params spool_params_of(const duckdb_instance& instance) {
    return {.directory = instance.params().temp_directory, .bytes_max = instance.params().portal_spool_bytes_max};
}

duckdb_stream::duckdb_stream(duckdb_stream_params params)
    : params_(std::move(params)), link_generation_(params_.link->generation()) {
    if (params_.reads_connection) {
        params_.link->stream_opened(this);
    }
}

duckdb_stream::~duckdb_stream() {
    if (!finished_) {
        // What the statement wrote was written when it started; nobody waits for the rest of its rows.
        (void)finish();
    }
    if (params_.encoder_home) {
        params_.encoder_home->idle = std::move(params_.encoder);
    }
}

void duckdb_stream::release() {
    chunk_.reset();
    params_.result.reset();
    params_.link->stream_closed(this);
}

core::result<> duckdb_stream::finish() {
    finished_ = true;
    release();
    const bool same_connection = params_.link->is_open() && params_.link->generation() == link_generation_;
    if (params_.reads_connection && !drained_ && same_connection) {
        params_.link->drop_unfinished();
    }
    const bool commits = std::exchange(params_.ends_transaction, false) && same_connection;
    auto committed = commits ? params_.link->commit() : core::result<>();
    params_.writing.end();
    return committed;
}

void duckdb_stream::fetch_chunk() {
    const engine_threads::call lasting(params_.link->instance().threads());
    chunk_ = owned_chunk(duckdb_fetch_chunk(*params_.result.get()));
}

core::result<bool> duckdb_stream::ensure_chunk() {
    while (row_ == chunk_rows_) {
        if (params_.link->cancel().requested()) {
            return core::fail(params_.link->cancel().to_error());
        }
        fetch_chunk();
        row_ = 0;
        chunk_rows_ = chunk_ ? duckdb_data_chunk_get_size(chunk_.get()) : 0;
        if (!chunk_) {
            const char* failure = duckdb_result_error(params_.result.get());
            if (failure != nullptr && *failure != '\0') {
                return core::fail(params_.link->to_error(failure));
            }
            drained_ = true;
            return false;
        }
    }
    return true;
}

// About one chunk, in slices that keep to the limit.
core::result<fetched> duckdb_stream::encode(core::byte_buffer& out, fetch_limit limit) {
    fetched got;
    const std::size_t start = out.size();
    if (params_.header && !started_) {
        params_.encoder->write_header(params_.names, out);
    }
    started_ = true;
    TRY_ASSIGN(const bool more, ensure_chunk());
    if (!more) {
        if (params_.copy_frame) {
            params_.encoder->write_trailer(out);
        }
        TRY(finish());
        got.finished = true;
        return got;
    }
    while (row_ < chunk_rows_ && got.rows < limit.rows_max && out.size() - start < limit.bytes_max) {
        const fetch_limit left{.rows_max = limit.rows_max - got.rows,
                               .bytes_max = limit.bytes_max - (out.size() - start)};
        TRY_ASSIGN(const std::size_t rows, params_.encoder->encode(chunk_.get(), row_, left, out));
        row_ += rows;
        got.rows += rows;
    }
    if (row_ == chunk_rows_) {
        // Before the client reads: the strings of wide rows are as large as their encoded copies.
        chunk_.reset();
    }
    return got;
}

core::result<fetched> duckdb_stream::next(core::byte_buffer& out, fetch_limit limit) {
    if (spool_) {
        auto got = spool_->next(out, limit);
        if (!got || !got->finished || !error_) {
            return got;
        }
        // The rows before the failure were good; the failure comes in a call of its own.
        if (got->rows > 0) {
            got->finished = false;
            return got;
        }
        return core::fail(*error_);
    }
    if (error_) {
        return core::fail(*error_);
    }
    if (finished_) {
        return fetched{.rows = 0, .finished = true};
    }
    if (limit.rows_max == 0) {
        return fetched{};
    }
    auto got = encode(out, limit);
    if (!got) {
        error_ = got.error();
        if (!finished_) {
            (void)finish();
        }
    }
    return got;
}

core::result<> duckdb_stream::put_aside() {
    auto spool = std::make_unique<spooled_rows>(spool_params_of(params_.link->instance()));
    core::byte_buffer slice;
    while (!finished_) {
        slice.clear();
        auto got = encode(slice, {.bytes_max = spool_slice_bytes});
        auto kept = spool->append(slice.view());
        if (!got || !kept) {
            error_ = !got ? got.error() : kept.error();
            if (!finished_) {
                (void)finish();
            }
            spool_ = std::move(spool);
            // The statement that needs the connection is not to blame for a query that fails half-way, but it must
            // not run when it was cancelled or when the rows could not be kept.
            const bool stopped = !kept || params_.link->cancel().requested();
            return stopped ? core::result<>(core::fail(*error_)) : core::result<>();
        }
    }
    spool_ = std::move(spool);
    return {};
}

}  // namespace sluice::engine
