#include "engines/duckdb/rows/chunk_source.hpp"

#include <utility>

#include "base/run/memory_wall.hpp"

namespace sluice::duckdb {

chunk_source::chunk_source(chunk_source_params params) : params_(std::move(params)) {
    if (params_.streams) {
        params_.link->stream_opened(this);
    }
}

chunk_source::~chunk_source() {
    if (!finished_) {
        // The statement's writes were done when it started; the rest of its rows is not needed.
        (void)finish();
    }
}

result<> chunk_source::finish() {
    finished_ = true;
    const interrupts::scope here(params_.link->stops(), params_.link->target());
    params_.result.reset();
    params_.link->stream_closed(this);
    if (params_.streams && !drained_) {
        params_.link->drop_unfinished();
    }
    auto committed = std::exchange(params_.ends_transaction, false) ? params_.link->commit() : result<>();
    params_.writing.end();
    return committed;
}

row_store_params chunk_source::store_params() {
    row_store_params params{
        .instance = params_.link->shared_instance(), .stops = params_.link->shared_stops(), .types = {}};
    for (idx_t i = 0; i < duckdb_column_count(params_.result.get()); ++i) {
        params.types.emplace_back(duckdb_column_logical_type(params_.result.get(), i));
    }
    return params;
}

result<owned_chunk> chunk_source::fetch() {
    const interrupts::scope here(params_.link->stops(), params_.link->target());
    for (;;) {
        if (params_.link->cancel().requested()) {
            return fail(params_.link->cancel().to_error());
        }
        params_.link->stops().let_urgent_pass();
        owned_chunk chunk;
        {
            const engine_threads::call lasting(instance().threads());
            const base::memory_wall::statement_scope counted(&params_.link->cancel());
            chunk = owned_chunk(duckdb_fetch_chunk(*params_.result.get()));
        }
        if (!chunk) {
            const char* failure = duckdb_result_error(params_.result.get());
            if (failure != nullptr && *failure != '\0') {
                return fail(params_.link->to_error(failure));
            }
            drained_ = true;
            TRY(finish());
            return owned_chunk();
        }
        if (duckdb_data_chunk_get_size(chunk.get()) > 0) {
            return chunk;
        }
    }
}

result<owned_chunk> chunk_source::next_stored() {
    if (taken_ == store_->rows()) {
        store_.reset();
        return error_ ? result<owned_chunk>(fail(*error_)) : owned_chunk();
    }
    TRY_ASSIGN(auto chunk, store_->take(taken_));
    taken_ += duckdb_data_chunk_get_size(chunk.get());
    return chunk;
}

result<owned_chunk> chunk_source::next() {
    if (store_) {
        return next_stored();
    }
    if (error_) {
        return fail(*error_);
    }
    if (finished_) {
        return owned_chunk();
    }
    auto chunk = fetch();
    if (!chunk) {
        error_ = chunk.error();
        if (!finished_) {
            (void)finish();
        }
    }
    return chunk;
}

result<> chunk_source::put_aside() {
    instance().metrics().streams_stored_total.add();
    auto store = std::make_unique<row_store>(store_params());
    result<> kept;
    while (kept && !error_) {
        auto chunk = next();
        if (!chunk || !*chunk) {
            break;
        }
        kept = store->append(*std::move(chunk));
    }
    if (!kept) {
        error_ = kept.error();
        (void)finish();
    }
    store_ = std::move(store);
    taken_ = 0;
    const bool stopped = !kept || (error_ && params_.link->cancel().requested());
    return stopped ? result<>(fail(*error_)) : result<>();
}

}  // namespace sluice::duckdb
