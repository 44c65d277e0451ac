// backend.hpp - the one seam between the PostgreSQL side and the engine that runs the statements.
//
// Problem: sessions and sockets must not know whether an in-process DuckDB, a worker or a cluster runs a statement.
// Use:     engine.open_session(params) → session; session.prepare(sql) → statement; session.execute(statement, values)
//          → execution; execution.rows->next(out, limit) until finished; drop it to close it.
// Rows:    arrive as encoded wire messages (DataRow, or CopyData for copy_out), encoded once, never looked at again.
// Threads: one thread at a time for a session and everything that it made (the thread may change between calls); calls
//          block while the engine works, so make them on threads that may block. cancel_token is the exception: any
//          thread.
// Errors:  SQLSTATE as PostgreSQL would choose it. After a failed call inside a transaction block, call rollback()
//          before any other function of the session.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/setting_facts.hpp"
#include "base/core/byte_buffer.hpp"
#include "base/core/cancel.hpp"
#include "base/core/result.hpp"
#include "postgres/lex/lexer.hpp"
#include "postgres/sql/copy_command.hpp"
#include "postgres/types/types.hpp"

namespace sluice::backend {

using oid = postgres::oid;

enum class wire_format : std::int16_t { text = 0, binary = 1 };

// A column as RowDescription describes it.
struct column {
    std::string name;
    oid type = 0;
    std::int16_t type_size_bytes = -1;  // negative: variable
    std::int32_t type_modifier = -1;
};

// A parameter as Bind brought it. The bytes belong to the caller and live as long as the call.
struct parameter {
    wire_format format = wire_format::text;
    std::optional<std::string_view> value;  // nullopt: NULL
};

// Session settings that change how values are read or written as text.
struct value_settings {
    std::string time_zone = "UTC";
    std::int32_t extra_float_digits = 1;
    bool bytea_output_escape = false;
    enum class interval_style : std::uint8_t { postgres, postgres_verbose, sql_standard, iso_8601 };
    interval_style intervals = interval_style::postgres;

    friend bool operator==(const value_settings&, const value_settings&) = default;
};

// A change of a setting by set_config().
struct setting_change {
    std::string name;                  // empty: it cannot be known before the statement runs
    std::optional<std::string> value;  // nullopt: value_parameter says which; neither: it cannot be known beforehand
    int value_parameter = 0;           // n of $n
    bool local = false;                // until the end of the transaction
};

// A statement that was parsed and planned, perhaps re-planned behind the scenes before it is executed again.
class prepared_statement {
  public:
    prepared_statement() = default;
    prepared_statement(const prepared_statement&) = delete;
    prepared_statement& operator=(const prepared_statement&) = delete;
    virtual ~prepared_statement() = default;

    [[nodiscard]] virtual std::span<const oid> parameter_types() const = 0;
    // Empty when the statement returns no rows (INSERT without RETURNING, DDL, ...).
    [[nodiscard]] virtual std::span<const column> columns() const = 0;
    // False: running it any number of times is the same as not running it.
    [[nodiscard]] virtual bool may_have_effect() const { return true; }
    // Calls of set_config() in the statement. The conversation makes these changes when it executes the statement.
    [[nodiscard]] virtual std::span<const setting_change> setting_changes() const { return {}; }
};

struct fetch_limit {
    std::uint64_t rows_max = std::numeric_limits<std::uint64_t>::max();
    std::size_t bytes_max = std::size_t{64} * 1024;  // a soft limit: stop behind the row that passes it
};

struct fetched {
    std::uint64_t rows = 0;
    bool finished = false;  // there are no more rows; never an empty "not finished" unless a limit was 0
};

// Rows that are produced while they are read. Destroying it ends the execution.
class row_stream {
  public:
    row_stream() = default;
    row_stream(const row_stream&) = delete;
    row_stream& operator=(const row_stream&) = delete;
    virtual ~row_stream() = default;

    // Appends whole messages to `out`. Returns after about one engine chunk even when the limits would allow more.
    // `finished` may come with the last rows or in a call of its own with rows == 0.
    virtual result<fetched> next(base::byte_buffer& out, fetch_limit limit) = 0;
    // Passes over up to `rows_max` rows, about one engine chunk at a time.
    virtual result<fetched> skip(std::uint64_t rows_max);
};

// Rows that can be read back and forth; read rows are kept.
class scroll_stream : public row_stream {
  public:
    // Appends the rows in front of the position, the nearest one first. `finished`: the position is the first row.
    virtual result<fetched> prior(base::byte_buffer& out, fetch_limit limit) = 0;
    // next() goes on with this row, the first one being 0; not beyond the rows that were read or skipped before.
    virtual void seek(std::uint64_t row) = 0;
};

struct execute_options {
    bool scroll = false;   // rows that can be scrolled
    bool profile = false;  // for take_profile()
};

struct execution {
    std::unique_ptr<row_stream> rows;  // null: nothing to fetch; the statement is done
    scroll_stream* scroll = nullptr;   // the same, if it was asked for
    std::uint64_t rows_affected = 0;   // of INSERT, UPDATE, DELETE without RETURNING, CREATE TABLE AS
};

struct copy_out_execution {
    std::unique_ptr<row_stream>
        rows;  // CopyData messages, one row each, with header and trailer where the format has them
    std::vector<wire_format> column_formats;  // for CopyOutResponse
};

// Takes the data of COPY ... FROM STDIN. Destroyed without finish(), nothing stays inserted.
class copy_sink {
  public:
    copy_sink() = default;
    copy_sink(const copy_sink&) = delete;
    copy_sink& operator=(const copy_sink&) = delete;
    virtual ~copy_sink() = default;

    [[nodiscard]] virtual std::span<const wire_format> column_formats() const = 0;  // for CopyInResponse
    // The payload of a CopyData message; rows may be split over messages anywhere.
    virtual result<> write(std::string_view bytes) = 0;
    // The number of rows inserted. Outside a transaction block they are durable when this returns.
    virtual result<std::uint64_t> finish() = 0;
};

// A row of pg_cursors.
struct cursor_facts {
    std::string name;
    std::string statement;
    bool is_holdable = false;
    bool is_binary = false;
    bool is_scrollable = false;
    std::int64_t created_us = 0;     // since 1970, UTC
    std::uint64_t rows_fetched = 0;  // from here on: columns that PostgreSQL does not have
    std::uint64_t fetches = 0;
    std::int64_t used_us = 0;  // by the latest FETCH
};

// Facts about the conversation, for statements that ask for them (current_user, pg_settings). The functions are called
// while a statement of the session runs, perhaps on another thread.
struct conversation_facts {
    std::string user;             // current_user, session_user
    std::int32_t process_id = 0;  // pg_backend_pid()
    // current_setting(name); nullopt: the conversation has none of that name.
    std::function<std::optional<std::string>(std::string_view name)> setting;
    std::function<std::vector<base::setting_facts>()> settings;  // pg_settings
    std::function<std::vector<cursor_facts>()> cursors;          // pg_cursors
};

// How a statement's text is to be read where PostgreSQL and the engine differ.
struct dialect {
    bool postgres_operators = false;  // 7 / 2 is 3, not 3.5
    bool postgres = false;            // all of PostgreSQL's grammar, types and functions

    friend bool operator==(const dialect&, const dialect&) = default;
};

enum class setting_scope : std::uint8_t { session, local };

enum class discarded : std::uint8_t { temporary, all };

struct begin_options {
    bool read_only = false;
};

class session {
  public:
    session() = default;
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    virtual ~session() = default;

    // Call it before the first statement; without it such statements get the engine's own answers.
    // NOLINTNEXTLINE(performance-unnecessary-value-param): engines keep it
    virtual void set_facts(conversation_facts /*facts*/) {}

    // Plans one statement, as the client wrote it. `declared` are the types that Parse named, 0 for unspecified;
    // missing ones count as 0. Unspecified types that the engine cannot infer become text, as in PostgreSQL. A cache of
    // plans may serve the same text. Positions in errors count from the statement's first character.
    virtual result<std::shared_ptr<prepared_statement>> prepare(const postgres::lexed_text& sql,
                                                                std::span<const oid> declared) = 0;
    // `formats` has one entry per column of the statement. Open streams of this session stay readable. 0A000 "cached
    // plan must not change result type" when a re-plan gave other columns.
    virtual result<execution> execute(const std::shared_ptr<prepared_statement>& statement,
                                      std::span<const parameter> parameters, std::span<const wire_format> formats,
                                      execute_options options) = 0;
    // Sets how the stream's rows are written from the next one on, by the current settings. For streams of execute()
    // that read a query; others keep their format.
    virtual result<> set_formats(row_stream& rows, std::span<const wire_format> formats) = 0;
    // Before commit(): lets this stream outlive the transaction, with the rows of its snapshot.
    virtual result<> hold(row_stream& rows) = 0;

    virtual result<std::unique_ptr<copy_sink>> copy_in(const postgres::copy_command& command) = 0;
    virtual result<copy_out_execution> copy_out(const postgres::copy_command& command) = 0;

    // A transaction block of several statements. Without one, every statement is a transaction of its own.
    // Streams opened inside the block must be gone, or held, before commit() or rollback() is called.
    virtual result<> begin(begin_options options) = 0;
    virtual result<> commit() = 0;
    virtual result<> rollback() = 0;

    // 22023 for an unknown time zone; no setting has changed then. Applies to statements executed from now on.
    virtual result<> set_value_settings(const value_settings& settings) = 0;
    // Schemas in the order in which names without one are looked up, as in search_path: `public`, pg_catalog and
    // pg_temp may be among them, and schemas that do not exist. Applies from the next statement on.
    virtual void set_search_path(std::span<const std::string> /*schemas*/) {}
    // Applies from the next statement on.
    virtual void set_dialect(const dialect& /*how*/) {}

    // Settings of the engine itself, which the conversation does not know. 42704 unknown, 42501 a setting of the
    // server, 0A000 a scope that the engine does not have for it.
    virtual result<> set_setting(std::string_view name, std::string_view value, setting_scope scope) = 0;
    virtual result<> reset_setting(std::string_view name) = 0;
    // RESET ALL: resets the settings that were set in this session.
    virtual result<> reset_settings() = 0;
    // DISCARD: `temporary` drops temporary tables, views and the like; `all` also forgets settings.
    virtual result<> discard(discarded what) = 0;

    // Call it before a statement, to wait outside of it. False: no connection is free; session_params::wake is called
    // when asking again is worthwhile. 53300 after too long a wait; other errors are left to the statement.
    virtual result<bool> connect() { return true; }
    // Urgent: the work of this session goes before that of other sessions from now on.
    virtual void set_urgent(bool /*urgent*/) {}
    // Between two statements: outside of a transaction, other sessions may have the resources that this session does
    // not need now.
    virtual void park() {}
    // The same after a long idle time: gives back everything that the next statement can acquire again.
    virtual void rest() = 0;

    // The engine below has failed and waits until this session lets go of it; the running statement is cancelled
    // already. Drop all streams and copies, then call leave_engine(), in a transaction or not. The engine's next call
    // reports a loss (08006), or goes on with the engine that has been opened meanwhile.
    [[nodiscard]] virtual bool engine_lost() const { return false; }
    virtual void leave_engine() {}

    // The engine's profile, as JSON, of the statement that was executed with execute_options::profile and has been read
    // to its end; empty if there is none. Call it before the next statement runs.
    [[nodiscard]] virtual std::string take_profile() { return {}; }

    // Stops the statement that this session runs; calls then fail with the token's error. Any thread. A query named
    // there (cancel_token::name_query) appears in errors and leak reports.
    [[nodiscard]] virtual base::cancel_token& cancel() = 0;
};

struct session_params {
    std::uint64_t session_id = 0;  // for logs and errors
    std::string user;
    std::string database;
    // Asks the session's owner to check engine_lost() soon, between two calls. Any thread, perhaps after the session's
    // end. It does not wait.
    std::function<void()> recall;
    // Tells that asking session::connect() again is worthwhile. Any thread, also a moment after the session's end.
    std::function<void()> wake;
};

struct engine_usage {
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_limit_bytes = 0;
    std::uint64_t spilled_bytes = 0;  // in temporary files now
};

class engine {
  public:
    engine() = default;
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;
    virtual ~engine() = default;

    // Cheap: the first statement opens expensive parts (an engine connection). 3D000 for an unknown database.
    virtual result<std::unique_ptr<session>> open_session(const session_params& params) = 0;
    // Checks that it can run a statement now. For /readyz. The error's message has a line for each fault.
    virtual result<> check_ready() = 0;
    // The usage of all sessions together. Takes as long as a short statement.
    virtual result<engine_usage> usage() { return engine_usage{}; }
    // Call it about once a second: closes connections that were unused for long.
    virtual void housekeep() {}
};

// The values of expressions, each as text in the format of its type; nullopt: NULL. `types` has one for each, as
// written in SQL. Errors are those of prepare() and execute().
result<std::vector<std::optional<std::string>>> evaluate(session& engine, std::span<const std::string_view> expressions,
                                                         std::span<const std::string> types);
// The OID of a type by its name in SQL. 42704 if there is no such type.
result<oid> find_type(session& engine, std::string_view name);

}  // namespace sluice::backend
