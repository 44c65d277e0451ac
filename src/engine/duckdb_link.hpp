// duckdb_link.hpp - a session's connection to DuckDB, opened by the first statement that needs it.
//
// Problem: ten thousand idle sessions must not hold ten thousand connections; DuckDB ends an open stream when another
//          statement runs on its connection; a cancel may come at any time from any thread.
// Use:     TRY(link.open()); TRY(link.make_way()); duckdb_prepare(link.connection(), ...)
// Order:   make_way() before anything else runs on the connection: it puts the rest of the open stream aside.
//          To be cancelled for certain, check cancel().requested() between creating a pending result and executing it:
//          DuckDB forgets interrupts that come before.
// Threads: one at a time; cancel() any.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/cancel.hpp"
#include "core/result.hpp"
#include "engine/duckdb_instance.hpp"
#include "engine/handles.hpp"
#include "engine/write_epoch.hpp"

namespace sluice::engine {

// What reads from the connection and must be put aside before another statement runs on it.
class open_stream {
  public:
    open_stream() = default;
    open_stream(const open_stream&) = delete;
    open_stream& operator=(const open_stream&) = delete;
    virtual ~open_stream() = default;

    [[nodiscard]] virtual core::result<> put_aside() = 0;
};

class duckdb_link {
  public:
    explicit duckdb_link(std::shared_ptr<duckdb_instance> instance) : instance_(std::move(instance)) {}
    duckdb_link(const duckdb_link&) = delete;
    duckdb_link& operator=(const duckdb_link&) = delete;
    ~duckdb_link() { close(); }

    [[nodiscard]] duckdb_instance& instance() const { return *instance_; }
    [[nodiscard]] core::cancel_token& cancel() { return cancel_; }

    [[nodiscard]] core::result<> open();
    [[nodiscard]] bool is_open() const { return static_cast<bool>(connection_); }
    [[nodiscard]] duckdb_connection connection() const { return connection_.get(); }
    // Counts connections: what was prepared on an earlier one is void.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }
    void close();

    [[nodiscard]] core::result<> make_way();
    void stream_opened(open_stream* stream) { stream_ = stream; }
    void stream_closed(const open_stream* stream) {
        if (stream_ == stream) {
            stream_ = nullptr;
        }
    }

    // A cancel may hit these, too. Whatever it does, no transaction is left open by one that fails.
    [[nodiscard]] core::result<> begin(bool read_only);
    [[nodiscard]] core::result<> commit();
    [[nodiscard]] core::result<> rollback();

    // Ends the statement whose result was dropped before its end: DuckDB's threads go on with it, and its buffers and
    // snapshot are kept, until the next one comes, which waits for them.
    void drop_unfinished();

    // From here on DuckDB measures what EXPLAIN ANALYZE and profiles tell, as it does by default. Call make_way()
    // first.
    [[nodiscard]] core::result<> collect_metrics();

    // A failed call's error: the cancel token's if it was asked to stop, else DuckDB's.
    [[nodiscard]] core::error to_error(const char* text, const error_source& source = {}) const;
    // The cancel token's error where `error` came of its interrupt.
    [[nodiscard]] core::error cancelled_or(const core::error& error) const;

  private:
    enum prepared_command : std::uint8_t {
        begin_write,
        begin_read_only,
        commit_transaction,
        rollback_transaction,
        do_nothing
    };

    [[nodiscard]] core::result<> run_prepared(prepared_command command);

    std::shared_ptr<duckdb_instance> instance_;  // shared: see open_instance()
    owned_connection connection_;
    std::array<owned_statement, 5> commands_;  // parsed once: 100 µs less a transaction than their text
    std::uint64_t generation_ = 0;
    bool collects_metrics_ = false;
    open_stream* stream_ = nullptr;
    core::cancel_token cancel_;
};

}  // namespace sluice::engine
