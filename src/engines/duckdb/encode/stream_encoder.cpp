#include "engines/duckdb/encode/stream_encoder.hpp"

namespace sluice::duckdb {

std::unique_ptr<stream_encoder> encoder_cache::take(const stream_style& style) {
    if (kept_ && kept_->fits(style)) {
        return std::move(kept_);
    }
    std::vector<duckdb_logical_type> types;
    types.reserve(columns_.size());
    for (const owned_type& type : columns_) {
        types.push_back(type.get());
    }
    row_encoder rows({.types = types, .formats = style.formats, .settings = style.settings, .zone = style.zone});
    return std::make_unique<stream_encoder>(stream_encoder{
        .rows = std::move(rows), .formats = {style.formats.begin(), style.formats.end()}, .settings = style.settings});
}

}  // namespace sluice::duckdb
