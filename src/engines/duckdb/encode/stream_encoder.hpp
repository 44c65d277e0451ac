// stream_encoder.hpp - the encoder of a statement's rows, kept from one execution to the next.
//
// Problem: making an encoder costs as much as a `SELECT 1`.
// Use:     the statement holds a shared encoder_cache and gives it the types of its columns; a stream takes an encoder
//          when it begins and gives it back when it ends. The cache is shared because a stream may outlive its
//          statement.
// Threads: one at a time, as for the session.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/encode/row_encoder.hpp"

namespace sluice::duckdb {

struct stream_style {
    std::span<const backend::wire_format> formats;
    const backend::value_settings& settings;
    const time_zone& zone;
};

// An encoder and the style that it was made for.
struct stream_encoder {
    row_encoder rows;
    std::vector<backend::wire_format> formats;
    backend::value_settings settings;

    [[nodiscard]] bool fits(const stream_style& style) const {
        return std::ranges::equal(formats, style.formats) && settings == style.settings;
    }
};

class encoder_cache {
  public:
    [[nodiscard]] std::span<const owned_type> columns() const { return columns_; }
    // The kept encoder stays: a new plan usually has the same types.
    void set_columns(std::vector<owned_type> columns) { columns_ = std::move(columns); }
    // A new one unless the kept one fits.
    [[nodiscard]] std::unique_ptr<stream_encoder> take(const stream_style& style);
    void give_back(std::unique_ptr<stream_encoder> encoder) { kept_ = std::move(encoder); }
    // Called when names in enums and structs may have changed.
    void forget() { kept_.reset(); }

  private:
    std::vector<owned_type> columns_;
    std::unique_ptr<stream_encoder> kept_;
};

}  // namespace sluice::duckdb
