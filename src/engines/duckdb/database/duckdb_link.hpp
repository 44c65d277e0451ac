// duckdb_link.hpp - one of a session's connections to DuckDB, borrowed from the pool when a statement needs it.
//
// Problem: ten thousand idle sessions must not hold ten thousand connections; DuckDB ends an open stream when another
//          statement runs on its connection; a session's settings must never reach another session.
// Use:     TRY(link.open()); ... link.connection() ...; link.close()
// Order:   code that opens a stream registers it (stream_opened). Before the next statement runs on the connection, the
//          session makes way for it (duckdb_session): the stream keeps the link and the session takes another, or the
//          rest of the stream's rows is put aside.
// Ends:    close() rolls back an open transaction and gives the connection back; a connection with traces of its
//          session (SET, temporary tables, PREPARE) is closed for good.
// Threads: one at a time; a cancel may come at any time from any thread (interrupts.hpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/database/duckdb_instance.hpp"
#include "engines/duckdb/threads/interrupts.hpp"
#include "engines/duckdb/threads/write_epoch.hpp"

namespace sluice::duckdb {

// A reader of a connection, which must be put aside before another statement runs on it.
class open_stream {
  public:
    open_stream() = default;
    open_stream(const open_stream&) = delete;
    open_stream& operator=(const open_stream&) = delete;
    virtual ~open_stream() = default;

    virtual result<> put_aside() = 0;
};

class duckdb_link {
  public:
    // Shared: sessions, streams and statements may outlive one another; see open_instance(). Null: a link that is never
    // opened, for a session that has no engine yet.
    duckdb_link(std::shared_ptr<duckdb_instance> instance, std::shared_ptr<interrupts> stops)
        : instance_(std::move(instance)), interrupts_(std::move(stops)) {}
    duckdb_link(const duckdb_link&) = delete;
    duckdb_link& operator=(const duckdb_link&) = delete;
    ~duckdb_link() { close(); }

    [[nodiscard]] bool has_instance() const { return instance_ != nullptr; }
    [[nodiscard]] duckdb_instance& instance() const { return *instance_; }
    [[nodiscard]] const std::shared_ptr<duckdb_instance>& shared_instance() const { return instance_; }
    [[nodiscard]] interrupts& stops() const { return *interrupts_; }
    [[nodiscard]] const std::shared_ptr<interrupts>& shared_stops() const { return interrupts_; }
    [[nodiscard]] base::cancel_token& cancel() const { return interrupts_->token(); }

    // Waits for a connection, holding this thread; 53300 when none became free in time.
    result<> open();
    // False: no connection is free.
    result<bool> try_open();
    void adopt(connection_pool::lease lease);
    [[nodiscard]] base::pool_holder holder() const;
    // Between two statements, if no stream, transaction or trace needs the connection: lends it to other sessions.
    bool park();
    // For sluice.connections and leak reports: whether a statement of the session uses it now.
    void note_rest() {
        if (connection_) {
            connection_.note(stream_ != nullptr ? base::pool_state::streaming : base::pool_state::held);
        }
    }
    void note_work() {
        connection_.name(holder());
        connection_.note(base::pool_state::executing);
    }
    [[nodiscard]] bool is_parked() const { return connection_.is_parked(); }
    // False: it was not parked, or is gone, with all plans that were prepared on it.
    [[nodiscard]] bool resume();
    [[nodiscard]] bool is_open() const { return static_cast<bool>(connection_); }
    [[nodiscard]] duckdb_connection connection() const { return connection_->handle.get(); }
    // For interrupts; null when it is not open.
    [[nodiscard]] duckdb_connection target() const { return connection_ ? connection_->handle.get() : nullptr; }
    [[nodiscard]] idx_t client() const { return connection_->client; }
    // The connection's number; plans of another number are void. 0: not open.
    [[nodiscard]] std::uint64_t id() const { return connection_ ? connection_->id : 0; }
    void close();

    [[nodiscard]] open_stream* stream() const { return stream_; }
    void stream_opened(open_stream* stream) {
        stream_ = stream;
        connection_.note(base::pool_state::streaming);
    }
    void stream_closed(const open_stream* stream) {
        if (stream_ == stream) {
            stream_ = nullptr;
        }
    }

    // The session has left a trace on the connection that other sessions must not see. State exists on this connection
    // only (temporary tables, PREPARE); settings can be made again on another one.
    enum class trace : std::uint8_t { none, settings, state };
    void leave_trace(trace left) { trace_ = std::max(trace_, left); }
    [[nodiscard]] bool has_state() const { return trace_ == trace::state; }

    // By DuckDB's name; has no effect if it is the current one. No stream may be open.
    result<> set_time_zone(const std::string& name);
    result<> set_search_path(const std::string& value);
    // Another statement has changed the search path.
    void forget_search_path() { connection_->search_path.clear(); }

    // A cancel may hit these, too. A call that fails never leaves a transaction open.
    result<> begin(bool read_only);
    result<> commit();
    result<> rollback();

    // Ends a statement whose result was dropped before its end. Otherwise DuckDB's threads would go on with it, and its
    // buffers and snapshot would be kept, until the next statement comes and waits for them.
    void drop_unfinished();

    // From now on DuckDB collects the metrics for EXPLAIN ANALYZE and profiles, as it does by default. No stream may be
    // open.
    result<> collect_metrics();
    // The same, to be read by read_profile().
    result<> profile_queries();
    [[nodiscard]] bool profiles() const { return profiles_; }

    // A failed call's error: the cancel token's if it was asked to stop, else DuckDB's.
    [[nodiscard]] error to_error(const char* text, const error_source& source = {}) const;
    // The cancel token's error if `error` is the result of its interrupt or of a lost engine; else `error`. Reports it
    // to the instance.
    [[nodiscard]] error cancelled_or(const error& error) const;

  private:
    enum prepared_command : std::uint8_t {
        begin_write,
        begin_read_only,
        commit_transaction,
        rollback_transaction,
        do_nothing
    };

    result<> run_prepared(prepared_command command);

    std::shared_ptr<duckdb_instance> instance_;
    std::shared_ptr<interrupts> interrupts_;
    connection_pool::lease connection_;
    bool in_transaction_ = false;  // begun by begin()
    trace trace_ = trace::none;
    bool collects_metrics_ = false;
    bool profiles_ = false;
    open_stream* stream_ = nullptr;
};

}  // namespace sluice::duckdb
