#include "engines/duckdb/rows/row_store.hpp"

#include <algorithm>
#include <utility>

#include "engines/duckdb/values/storage_type.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::uint64_t row_group_rows = 122'880;  // DuckDB's
constexpr std::size_t batch_bytes = std::size_t{256} * 1024;

const row_store::held_chunk* find_in(const std::deque<row_store::held_chunk>& chunks, std::uint64_t row) {
    if (chunks.empty() || row < chunks.front().first || row >= chunks.back().first + chunks.back().rows) {
        return nullptr;
    }
    const auto behind = std::ranges::upper_bound(chunks, row, {}, &row_store::held_chunk::first);
    return &*std::prev(behind);
}

}  // namespace

row_store::row_store(row_store_params params) : params_(std::move(params)), link_(params_.instance, params_.stops) {}

row_store::~row_store() {
    appender_.reset();
    params_.instance->metrics().rows_stored.subtract(static_cast<std::int64_t>(rows_));
}

bool row_store::batch_is_full() const {
    return tail_rows_ >= params_.instance->params().cursor_batch_rows || tail_bytes_ >= batch_bytes;
}

result<> row_store::append(owned_chunk chunk) {
    const idx_t rows = duckdb_data_chunk_get_size(chunk.get());
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < params_.types.size(); ++i) {
        bytes += vector_bytes(params_.types[i].get(), duckdb_data_chunk_get_vector(chunk.get(), i), rows);
    }
    if (bytes_ + bytes > params_.instance->params().cursor_store_bytes_max) {
        return fail(error{.code = sqlstates::configuration_limit_exceeded,
                          .message = "a cursor or portal has too many rows to keep",
                          .hint = "Read it to its end or close it before the next statement, or raise "
                                  "cursor_store_size_max."});
    }
    tail_.push_back({.chunk = std::move(chunk), .first = rows_, .rows = rows});
    rows_ += rows;
    bytes_ += bytes;
    tail_rows_ += rows;
    tail_bytes_ += bytes;
    params_.instance->metrics().rows_stored.add(static_cast<std::int64_t>(rows));
    return batch_is_full() ? flush() : result<>();
}

result<> row_store::flush() {
    TRY(link_.open());
    link_.leave_trace(duckdb_link::trace::state);  // the tables go with the connection
    const interrupts::scope here(link_.stops(), link_.connection());
    const engine_threads::call lasting(link_.instance().threads());
    if (segments_.empty() || segments_.back().rows + tail_rows_ > row_group_rows) {
        TRY(add_segment());
    }
    for (const held_chunk& each : tail_) {
        if (duckdb_append_data_chunk(appender_.get(), each.chunk.get()) == DuckDBError) {
            return fail(link_.to_error(duckdb_appender_error(appender_.get())));
        }
    }
    if (duckdb_appender_flush(appender_.get()) == DuckDBError) {
        return fail(link_.to_error(duckdb_appender_error(appender_.get())));
    }
    segments_.back().rows += tail_rows_;
    stored_rows_ += tail_rows_;
    window_ = std::exchange(tail_, {});
    tail_rows_ = 0;
    tail_bytes_ = 0;
    return {};
}

result<> row_store::add_segment() {
    std::string columns;
    for (std::size_t i = 0; i < params_.types.size(); ++i) {
        TRY_ASSIGN(const std::string type, storage_type(params_.types[i].get()));
        columns += (i == 0 ? "c" : ", c") + std::to_string(i) + " " + type;
    }
    const std::string name = "cursor_rows_" + std::to_string(++segments_made_);
    TRY(run_sql(link_.connection(), "CREATE TEMP TABLE " + name + "(" + columns + ")"));
    if (duckdb_appender_create_ext(link_.connection(), "temp", "main", name.c_str(), appender_.out()) == DuckDBError) {
        return fail(link_.to_error(duckdb_appender_error(appender_.get())));
    }
    segments_.push_back({.table = "temp.main." + name, .first = stored_rows_, .rows = 0});
    return {};
}

const row_store::segment& row_store::segment_of(std::uint64_t row) const {
    return *std::prev(std::ranges::upper_bound(segments_, row, {}, &segment::first));
}

// Fewer rows if they are wide.
std::uint64_t row_store::window_rows() const {
    const std::uint64_t fitting = rows_ * batch_bytes / std::max<std::uint64_t>(bytes_, 1);
    return std::clamp<std::uint64_t>(fitting, 1, params_.instance->params().cursor_batch_rows);
}

result<> row_store::load(const segment& from, std::uint64_t first, std::uint64_t count) {
    window_.clear();
    const interrupts::scope here(link_.stops(), link_.connection());
    if (link_.cancel().requested()) {
        return fail(link_.cancel().to_error());
    }
    // One row group is read by one thread, so the rows come in order.
    const std::string sql = "SELECT * FROM " + from.table + " WHERE rowid >= " + std::to_string(first - from.first) +
                            " AND rowid < " + std::to_string(first - from.first + count);
    owned_result result;
    if (duckdb_query(link_.connection(), sql.c_str(), result.out()) == DuckDBError) {
        return fail(link_.to_error(duckdb_result_error(result.get())));
    }
    for (std::uint64_t row = first;;) {
        owned_chunk chunk(duckdb_fetch_chunk(*result.get()));
        const idx_t rows = chunk ? duckdb_data_chunk_get_size(chunk.get()) : 0;
        if (rows == 0) {
            return {};
        }
        window_.push_back({.chunk = std::move(chunk), .first = row, .rows = rows});
        row += rows;
    }
}

result<> row_store::load_around(std::uint64_t row) {
    const segment& from = segment_of(row);
    const std::uint64_t step = window_rows();
    const std::uint64_t first = from.first + (row - from.first) / step * step;
    return load(from, first, std::min(step, from.first + from.rows - first));
}

result<const row_store::held_chunk*> row_store::find(std::uint64_t row) {
    if (const auto* held = find_in(tail_, row)) {
        return held;
    }
    if (find_in(window_, row) == nullptr) {
        TRY(load_around(row));
    }
    const auto* held = find_in(window_, row);
    if (held == nullptr) {
        return fail(sqlstates::internal_error, "a row that a cursor had stored is missing");
    }
    return held;
}

result<owned_chunk> row_store::take(std::uint64_t row) {
    if (row >= stored_rows_) {
        window_.clear();
        while (tail_.front().first < row) {
            tail_.pop_front();
        }
        owned_chunk chunk = std::move(tail_.front().chunk);
        tail_.pop_front();
        return chunk;
    }
    while (!window_.empty() && window_.front().first < row) {
        window_.pop_front();
    }
    if (window_.empty() || window_.front().first > row) {
        TRY(forget_before(row));
        const segment& from = segment_of(row);
        TRY(load(from, row, std::min(window_rows(), from.first + from.rows - row)));
    }
    if (window_.empty()) {
        return fail(sqlstates::internal_error, "a row that a portal had stored is missing");
    }
    owned_chunk chunk = std::move(window_.front().chunk);
    window_.pop_front();
    return chunk;
}

result<> row_store::forget_before(std::uint64_t row) {
    while (segments_.size() > 1 && segments_.front().first + segments_.front().rows <= row) {
        const interrupts::scope here(link_.stops(), link_.connection());
        TRY(run_sql(link_.connection(), "DROP TABLE " + segments_.front().table));
        segments_.pop_front();
    }
    return {};
}

}  // namespace sluice::duckdb
