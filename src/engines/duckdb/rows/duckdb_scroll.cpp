#include "engines/duckdb/rows/duckdb_scroll.hpp"

#include <algorithm>
#include <ranges>
#include <utility>
#include <vector>

namespace sluice::duckdb {
namespace {

constexpr std::uint64_t backward_rows_max = 256;  // encoded forward, then reversed

// Appends whole messages, the last one first.
void append_reversed(std::string_view messages, base::byte_buffer& out) {
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < messages.size();) {
        starts.push_back(at);
        at += message_bytes(messages.data() + at);
    }
    std::size_t end = messages.size();
    for (const std::size_t start : starts | std::views::reverse) {
        out.append(messages.substr(start, end - start));
        end = start;
    }
}

}  // namespace

duckdb_scroll::duckdb_scroll(chunk_source_params from, std::shared_ptr<encoder_cache> encoders,
                             const stream_style& style)
    : source_(std::move(from)),
      store_(source_.store_params()),
      encoders_(std::move(encoders)),
      encoder_(encoders_->take(style)) {}

void duckdb_scroll::write_as(const stream_style& style) {
    if (!encoder_->fits(style)) {
        encoder_ = encoders_->take(style);
    }
}

result<bool> duckdb_scroll::produce() {
    if (row_ < store_.rows()) {
        return true;
    }
    TRY_ASSIGN(auto chunk, source_.next());
    if (!chunk) {
        return false;
    }
    TRY(store_.append(std::move(chunk)));
    return true;
}

result<backend::fetched> duckdb_scroll::next(base::byte_buffer& out, backend::fetch_limit limit) {
    backend::fetched got;
    if (limit.rows_max == 0) {
        return got;
    }
    TRY_ASSIGN(const bool more, produce());
    if (!more) {
        got.finished = true;
        return got;
    }
    TRY_ASSIGN(const auto* held, store_.find(row_));
    const std::size_t start = out.size();
    while (row_ < held->first + held->rows && got.rows < limit.rows_max && out.size() - start < limit.bytes_max) {
        const backend::fetch_limit left{.rows_max = limit.rows_max - got.rows,
                                        .bytes_max = limit.bytes_max - (out.size() - start)};
        TRY_ASSIGN(const std::size_t rows, encoder_->rows.encode(held->chunk.get(), row_ - held->first, left, out));
        row_ += rows;
        got.rows += rows;
    }
    return got;
}

result<backend::fetched> duckdb_scroll::skip(std::uint64_t rows_max) {
    backend::fetched got;
    TRY_ASSIGN(const bool more, produce());
    if (more) {
        got.rows = std::min(rows_max, store_.rows() - row_);
        row_ += got.rows;
    } else {
        got.finished = true;
    }
    return got;
}

result<backend::fetched> duckdb_scroll::prior(base::byte_buffer& out, backend::fetch_limit limit) {
    backend::fetched got;
    if (row_ > 0 && limit.rows_max > 0) {
        TRY_ASSIGN(const auto* held, store_.find(row_ - 1));
        const std::uint64_t fitting = std::max<std::uint64_t>(limit.bytes_max / row_bytes_, 1);
        const std::uint64_t wanted = std::min({limit.rows_max, backward_rows_max, fitting, row_ - held->first});
        scratch_.clear();
        for (std::uint64_t row = row_ - wanted; row < row_;) {
            TRY_ASSIGN(const std::size_t rows,
                       encoder_->rows.encode(held->chunk.get(), row - held->first, {.rows_max = row_ - row}, scratch_));
            row += rows;
        }
        append_reversed(scratch_.view(), out);
        row_bytes_ = scratch_.size() / wanted;
        row_ -= wanted;
        got.rows = wanted;
    }
    got.finished = row_ == 0;
    return got;
}

}  // namespace sluice::duckdb
