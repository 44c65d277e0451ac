// chunk_source.hpp - the chunks of a DuckDB result, from its stream or from a store.
//
// Problem: DuckDB closes a connection's open stream when another statement runs on it, but a portal or cursor must stay
//          readable with the rows of its own snapshot.
// Use:     TRY_ASSIGN(owned_chunk chunk, source.next());  // null: no more
// How:     it streams while it is the only one on its connection. When the session needs the connection, either the
//          session takes another one (duckdb_session::make_way) and this source goes on, or put_aside() reads the rest
//          into a row_store and continues from there.
// Ends:    at the last row, or in the destructor: a transaction of its own is committed, an unfinished statement ended,
//          and with the last owner of its link the connection is free.
// Threads: as for the session.
#pragma once

#include <memory>
#include <optional>

#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/database/duckdb_link.hpp"
#include "engines/duckdb/rows/row_store.hpp"
#include "engines/duckdb/threads/write_epoch.hpp"

namespace sluice::duckdb {

struct chunk_source_params {
    std::shared_ptr<duckdb_link> link;  // shared: a portal may be dropped after its session
    owned_result result;
    bool streams = false;           // reads from the connection until its last row
    bool ends_transaction = false;  // commits at its end
    bool has_effect = false;        // reading it may have an effect, e.g. by nextval()
    write_epoch::writing writing;   // until its end
};

class chunk_source final : private open_stream {
  public:
    explicit chunk_source(chunk_source_params params);
    ~chunk_source() override;

    // Null at the end. After a failure every call returns the same error.
    result<owned_chunk> next();

    [[nodiscard]] const std::shared_ptr<duckdb_link>& link() const { return params_.link; }
    [[nodiscard]] duckdb_instance& instance() const { return params_.link->instance(); }
    // True: no other statement can run on the connection.
    [[nodiscard]] bool holds_connection() const { return params_.streams && !finished_; }
    [[nodiscard]] bool has_effect() const { return params_.has_effect; }
    // An error means that the session's statement must not go on, because it was cancelled or there is no room. If the
    // query itself fails half-way, next() returns its error behind the good rows.
    result<> put_aside() override;
    // For a store that takes its chunks; call it before the first of them.
    [[nodiscard]] row_store_params store_params();

  private:
    result<owned_chunk> fetch();
    result<owned_chunk> next_stored();
    result<> finish();

    chunk_source_params params_;
    bool drained_ = false;        // DuckDB has no more rows
    bool finished_ = false;       // and the result is closed
    std::optional<error> error_;  // behind the stored rows, if there are any
    std::unique_ptr<row_store> store_;
    std::uint64_t taken_ = 0;  // of the store's rows
};

}  // namespace sluice::duckdb
