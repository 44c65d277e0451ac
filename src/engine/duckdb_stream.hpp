// duckdb_stream.hpp - the rows of a DuckDB result, encoded while they are fetched.
//
// Use:     duckdb_stream::make({.link = link, .result = result, .encoder = encoder, ...}) → row_stream
// How:     holds one chunk of the engine at a time and encodes slices of it. When the connection is needed for another
//          statement, the rest is encoded into a spool and read from there.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/backend.hpp"
#include "engine/duckdb_link.hpp"
#include "engine/row_encoder.hpp"
#include "engine/spooled_rows.hpp"

namespace sluice::engine {

// Keeps an encoder for the next execution of the same statement; making one costs as much as `select 1`.
struct encoder_slot {
    std::unique_ptr<row_encoder> idle;
    std::vector<wire_format> formats;
    value_settings settings;
};

struct duckdb_stream_params {
    std::shared_ptr<duckdb_link> link;  // shared: a portal may be dropped after its session
    owned_result result;
    std::unique_ptr<row_encoder> encoder;
    std::shared_ptr<encoder_slot> encoder_home;  // shared: a portal may outlive its statement; may be null
    bool reads_connection = false;               // a streaming result
    bool ends_transaction = false;               // commits when it is done
    write_epoch::writing writing;                // until then
    // COPY TO
    bool copy_frame = false;  // header and trailer, as the format has them
    std::vector<std::string> names;
    bool header = false;
};

class duckdb_stream final : public row_stream, private open_stream {
  public:
    explicit duckdb_stream(duckdb_stream_params params);
    ~duckdb_stream() override;

    [[nodiscard]] core::result<fetched> next(core::byte_buffer& out, fetch_limit limit) override;

  private:
    [[nodiscard]] core::result<> put_aside() override;
    [[nodiscard]] core::result<fetched> encode(core::byte_buffer& out, fetch_limit limit);
    void fetch_chunk();
    // False when there are no more rows.
    [[nodiscard]] core::result<bool> ensure_chunk();
    [[nodiscard]] core::result<> finish();
    void release();

    duckdb_stream_params params_;
    std::uint64_t link_generation_;
    owned_chunk chunk_;
    std::size_t chunk_rows_ = 0;
    std::size_t row_ = 0;
    bool started_ = false;
    bool drained_ = false;              // DuckDB has no more rows
    bool finished_ = false;             // and has been told so
    std::optional<core::error> error_;  // every call after a failed one fails alike
    std::unique_ptr<spooled_rows> spool_;
};

// Rows that were encoded before somebody asked for them.
class kept_rows final : public row_stream {
  public:
    explicit kept_rows(std::unique_ptr<spooled_rows> rows) : rows_(std::move(rows)) {}
    [[nodiscard]] core::result<fetched> next(core::byte_buffer& out, fetch_limit limit) override {
        return rows_->next(out, limit);
    }

  private:
    std::unique_ptr<spooled_rows> rows_;
};

[[nodiscard]] spool_params spool_params_of(const duckdb_instance& instance);

}  // namespace sluice::engine
