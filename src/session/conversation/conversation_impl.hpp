// session_impl.hpp - the conversation itself; session.hpp shows the little of it that others need.
//
// What a session is doing between two frames, and what moves it on:
//
//          ┌────────────────────────────── ReadyForQuery ─────────────────────────────┐
//          ▼                                                                          │
//        idle ── Query ──► simple_query_: statement after statement ── all done ──────┤
//          │                  │        ▲                                              │
//          │                  ▼        │ finished                                     │
//          │               fetching_ (rows leave until the outbox is full → blocked)  │
//          │                  ▲        │ finished, or max_rows reached                │
//          │                  │        ▼                                              │
//          └── Parse, Bind, Describe, Execute, Close, Flush ── Sync ──────────────────┘
//                             │                                 ▲
//                             └── error ──► skip_to_sync_ ──────┘
//
//        copying_in_ takes CopyData from either protocol until CopyDone or CopyFail, then goes on where it came from.
//
// One statement runs in four steps, the same for both protocols: prepare_statement() → a portal → start_portal(), where
// the kinds of statements part (the engine's, the session's own, COPY, cursors) → fetch() in slices → complete().
// Every failure ends in report(): the error is sent, the transaction undone, and the protocol's way of recovery begins.
//
// Files:   session.cpp loop and errors · simple_query.cpp · extended_query.cpp · execution.cpp running portals ·
//          running_statement.cpp admission, time, retries, records ·
//          columns.cpp · session_commands.cpp SET and others · prepare_commands.cpp · transaction_commands.cpp · cursors.cpp · copy.cpp
// Threads: as session.hpp says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "base/flow/outbox.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "postgres/wire/frame.hpp"
#include "postgres/wire/frontend.hpp"
#include "session/conversation/conversation.hpp"
#include "session/settings/settings.hpp"
#include "session/state/parsed_query.hpp"
#include "session/state/portal.hpp"
#include "session/state/prepared.hpp"
#include "session/state/transaction.hpp"

namespace sluice::session {

class session::impl {
  public:
    explicit impl(session_params params);
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl();

    step start(base::outbox& out);
    step run(postgres::frame_reader& input, base::outbox& out);
    void terminate(const error& cause, base::outbox& out);
    [[nodiscard]] bool lose_client(sqlstate cause);
    void housekeep();
    void give_way();

    [[nodiscard]] bool waits() const { return params_.watch->waiting.load(std::memory_order_relaxed) != 0; }
    [[nodiscard]] postgres::transaction_status status() const { return transaction_.status(); }
    [[nodiscard]] bool idle() const { return !busy_ && !closed_; }

  private:
    // A simple query under way.
    struct simple_query {
        std::shared_ptr<const parsed_query> text;
        std::size_t next = 0;  // statement to run

        [[nodiscard]] bool done() const { return next == text->statements.size(); }
        [[nodiscard]] bool several() const { return text->statements.size() > 1; }
    };
    // Rows under way, perhaps waiting for room in the outbox.
    struct fetching {
        std::shared_ptr<portal> answered;   // the portal that the client runs
        std::shared_ptr<portal> source;     // whose stream is read; differs for FETCH and MOVE
        std::uint64_t rows_max = all_rows;  // of this Execute
        std::uint64_t rows_sent = 0;
        std::int64_t started_ns = 0;  // of a FETCH
        bool exhausted = false;       // there are no more rows in its direction

        [[nodiscard]] bool by_fetch() const { return answered != source; }
        [[nodiscard]] bool backward() const { return by_fetch() && answered->fetch->backward; }
        [[nodiscard]] std::optional<std::uint64_t> apart() const {
            return by_fetch() ? answered->fetch->apart : std::nullopt;
        }
        [[nodiscard]] std::uint64_t rows_left() const {
            const std::uint64_t left = rows_max - rows_sent;
            return by_fetch() ? std::min(left, answered->fetch->rows_left) : left;
        }
    };
    struct copying_in {
        std::unique_ptr<backend::copy_sink> sink;
        std::shared_ptr<portal> answered;
    };

    // A portal that is to be started as soon as it may.
    struct start_waiting {
        std::shared_ptr<portal> entry;
        std::uint64_t rows_max = all_rows;
        std::int64_t retry_at_ns = 0;  // 0: it waits for its permit
    };

    enum class motion : std::uint8_t { idle, moved, blocked };

    // session.cpp
    step run_frames(postgres::frame_reader& input, base::outbox& out);
    result<> apply_startup_options();
    [[nodiscard]] motion advance(base::outbox& out);
    result<> handle(const postgres::frame& frame, const postgres::frame_reader& input, base::outbox& out);
    void begin_activity(char type);
    void report(error cause, base::outbox& out);
    result<> undo();
    void ready(base::outbox& out);
    void close_with(error cause, base::outbox& out);
    void note_next_housekeeping(bool may_rest);
    void leave_lost_engine();
    void start_statement_timer();
    void stop_statement_timer();
    result<> check_cancel() const;
    void warn(sqlstate code, std::string_view message, base::outbox& out) const;

    // simple_query.cpp
    result<> on_query(std::string_view body, base::outbox& out);
    result<> run_next_statement(base::outbox& out);
    result<> finish_simple_query(base::outbox& out);

    // extended_query.cpp
    result<> on_parse(std::string_view body, base::outbox& out);
    result<> on_bind(std::string_view body, base::outbox& out);
    result<> bind_portal(postgres::bind_message message, const std::shared_ptr<const prepared>& source);
    result<> on_describe(std::string_view body, base::outbox& out);
    result<> on_execute(std::string_view body, bool sync_follows, base::outbox& out);
    result<> on_close(std::string_view body, base::outbox& out);
    result<> on_sync(std::string_view body, base::outbox& out);

    // execution.cpp
    result<std::shared_ptr<const prepared>> prepare_statement(std::shared_ptr<const parsed_query> query,
                                                              std::size_t index,
                                                              std::span<const backend::oid> declared);
    result<> start_portal(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out);
    result<> start_admitted(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out);
    result<> start_rows(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out);
    // Runs a bound portal up to its first row; the number is that of rows affected when there are none to fetch.
    result<std::uint64_t> open_portal(portal& entry);
    // What current_setting() means here; nullopt: the engine's, if it has one.
    [[nodiscard]] std::optional<std::string> current_setting(std::string_view name) const;
    // The changes that SELECT set_config(...) asks for.
    result<> make_setting_changes(const portal& entry);
    result<> set_in_engine(std::string_view name, std::string_view value, backend::setting_scope scope);
    void start_reading(const std::shared_ptr<portal>& answered, const std::shared_ptr<portal>& source,
                       std::uint64_t rows_max);
    // True when the outbox is full and there is more to come.
    result<bool> fetch(fetching& run, base::outbox& out);
    static void note_passed(const fetching& run, std::uint64_t rows);
    static void note_finished(portal& source);
    static void settle_position(const fetching& run);
    void count_fetched(const fetching& run) const;
    void note_latency(std::int64_t started_ns) const;
    [[nodiscard]] static std::vector<backend::wire_format> wanted_formats(const portal& entry);
    result<> finish_fetch(const fetching& run, base::outbox& out);
    result<> complete(std::string_view tag, base::outbox& out);

    // columns.cpp
    [[nodiscard]] std::span<const backend::column> columns_of(const prepared& source) const;
    void write_columns(std::span<const backend::column> columns, std::span<const std::int16_t> formats,
                       base::outbox& out);

    // transaction_commands.cpp
    result<> check_not_failed(const postgres::statement& statement) const;
    result<> refuse_late_writes(const postgres::statement& statement) const;
    // Outside a block: decides whether the statement is a transaction of its own or one of `several`.
    void enter_transaction(const postgres::statement& statement, bool several);
    result<> commit_transaction();
    result<> roll_back_transaction();
    result<std::string_view> run_begin(const postgres::statement& statement, base::outbox& out);
    result<std::string_view> run_end(const postgres::statement& statement, base::outbox& out);
    result<> run_set_transaction(const postgres::set_command& command, base::outbox& out);
    // SET transaction_isolation = ... is SET TRANSACTION by another name.
    [[nodiscard]] static bool is_transaction_setting(std::string_view name);
    result<> set_in_transaction(std::string_view name, const std::string& value);
    result<> apply_modes(const postgres::begin_command& modes);
    result<std::string_view> refuse_savepoint(const postgres::statement& statement) const;

    // session_commands.cpp
    // Not the engine: this session runs the statement.
    [[nodiscard]] bool answers(const postgres::statement& statement) const;
    result<> run_command(const std::shared_ptr<portal>& entry, base::outbox& out);
    result<std::string_view> dispatch_command(const portal& entry, base::outbox& out);
    result<> run_set(const postgres::statement& statement, base::outbox& out);
    result<> set_unknown(const postgres::set_command& command);
    result<> run_reset(const postgres::reset_command& command);
    result<> run_discard(const postgres::discard_command& command);
    [[nodiscard]] std::vector<backend::column> show_columns(const postgres::show_command& command) const;
    result<std::unique_ptr<backend::row_stream>> show(const postgres::show_command& command) const;
    result<> apply_value_settings();

    // prepare_commands.cpp
    result<> run_prepare(const portal& entry);
    result<> run_deallocate(const postgres::deallocate_command& command);
    // nullptr: there is no statement of that name.
    [[nodiscard]] std::shared_ptr<const prepared> executed_by(const prepared& source) const;
    // From here on the portal of an EXECUTE is one of the statement that it names.
    result<> enter_prepared(portal& entry);
    result<bound_parameters> evaluate_arguments(const postgres::execute_command& command, const prepared& inner);

    // server_settings.cpp
    // nullptr: the server has no such setting, or the session has one of that name.
    [[nodiscard]] const base::setting_facts* find_server_setting(std::string_view name) const;
    // 42501 with the flag that sets it.
    result<> check_not_servers(std::string_view name) const;
    [[nodiscard]] std::vector<base::setting_facts> list_settings() const;

    // cursors.cpp
    result<std::shared_ptr<const prepared>> prepare_cursor(const parsed_query& query,
                                                           const postgres::statement& statement,
                                                           std::span<const backend::oid> declared);
    result<> declare_cursor(const portal& entry);
    result<> open_cursor(portal& made, const portal& entry, std::size_t others);
    void touch(sql_cursor& cursor) const;
    result<> hold_cursor(portal& cursor);
    result<> hold_cursors();
    result<> start_fetch(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out);
    result<std::optional<std::uint64_t>> start_movement(const std::shared_ptr<portal>& entry,
                                                        const std::shared_ptr<portal>& cursor);
    result<> begin_fetch(const std::shared_ptr<portal>& entry, const std::shared_ptr<portal>& from);
    [[nodiscard]] error expired_cursor(const portal& cursor) const;
    result<> finish_other_fetch(const std::shared_ptr<portal>& cursor);
    result<> write_as(portal& source, std::vector<backend::wire_format> formats);
    result<std::uint64_t> move_cursor(portal& cursor, const postgres::fetch_command& command);
    result<> prepare_movement(portal& cursor, const cursor_movement& planned);
    result<std::uint64_t> advance_cursor(portal& cursor, std::uint64_t rows);
    static void seek(portal& cursor, bool backward);
    result<> close_cursor(const portal& running, const postgres::close_command& command);
    void evict_idle_cursors(std::int64_t now_ns);
    [[nodiscard]] std::vector<backend::cursor_facts> list_cursors() const;

    // copy.cpp
    result<> start_copy(const std::shared_ptr<portal>& entry, base::outbox& out);
    result<> start_copy_in(const std::shared_ptr<portal>& entry, base::outbox& out);
    result<> start_copy_out(const std::shared_ptr<portal>& entry, base::outbox& out);
    result<> on_copy_frame(copying_in& copy, const postgres::frame& frame, base::outbox& out);
    result<> finish_copy_in(const copying_in& copy, base::outbox& out);

    // running_statement.cpp
    void begin_record(std::shared_ptr<const parsed_query> query, std::string_view text);
    // A text that is no statement; the error follows.
    void record_refused(std::string_view sql);
    void note_planned();
    void end_record(sqlstate outcome);
    [[nodiscard]] const workload::query_profile& profile_of(const prepared& source) const;
    [[nodiscard]] static bool needs_permit(const portal& entry);
    // False: it waits.
    result<bool> admit(const std::shared_ptr<portal>& entry, std::uint64_t rows_max);
    result<bool> admit_again();
    result<bool> ask(workload::admission_demand demand);
    result<bool> may_go_on();
    void note_admitted(std::int64_t now_ns);
    // Blocked, but not by its client: to be run again then, if nobody wakes it before.
    void wait_until(std::int64_t time_ns) { params_.watch->waiting.store(time_ns, std::memory_order_relaxed); }
    void wait_no_more() { params_.watch->waiting.store(0, std::memory_order_relaxed); }
    // Before the next message: one that needs the engine needs a connection first. False: it waits.
    result<bool> connect_for(const postgres::frame_reader& input);
    void begin_connect_record(const postgres::frame& message);
    // True: it will be started again.
    [[nodiscard]] bool retry_later(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, const error& cause);
    void pause();
    void go_on();

    session_params params_;
    backend::session& engine_;
    workload::governor& load_;
    const workload::workload_user user_;
    workload::query_activity activity_;
    workload::admission_permit permit_;
    settings settings_;
    transaction transaction_;
    parsed_query_cache texts_;
    statement_table statements_;
    portal_table portals_;

    std::optional<simple_query> simple_query_;
    std::optional<fetching> fetching_;
    std::optional<copying_in> copying_in_;
    std::optional<start_waiting> start_waiting_;
    const workload::query_profile* profile_ = nullptr;  // of the statement under way
    std::size_t attempts_ = 0;                          // at the statement under way, that failed
    std::int64_t profile_time_left_ns_ = 0;             // while paused; 0: no timer
    std::int64_t connect_began_ns_ = 0;                 // 0: it does not wait for a connection
    std::int64_t connect_waited_ns_ = 0;                // before the statement that comes
    std::int64_t planned_ns_ = 0;                       // by a Parse whose Execute has not come
    std::int64_t fetch_began_ns_ = 0;                   // 0: no rows are being produced
    bool recover_at_sync_ = false;                      // the message being handled belongs to the extended protocol
    bool skip_to_sync_ = false;
    bool busy_ = false;  // a message came since the last ReadyForQuery
    bool closed_ = false;
    bool lost_statement_ = false;  // to a client that went away
    bool statement_timer_runs_ = false;
    bool idle_timer_runs_ = false;
    bool declared_cursors_ = false;  // ever

    backend::value_settings engine_values_;            // what the engine was told
    std::vector<std::string> engine_path_;             // likewise
    std::vector<postgres::field_description> fields_;  // scratch, for its memory
};

// 25P02, for everything that a failed block refuses.
[[nodiscard]] error failed_transaction();
// A portal whose changes must not be final before Sync: it may be only half read, or more of its data may come.
[[nodiscard]] bool outlives_execute(const prepared& source, std::uint64_t rows_max);
// COMMIT or ROLLBACK (not ROLLBACK TO): allowed in a failed block.
[[nodiscard]] bool ends_transaction(const postgres::statement& statement);

}  // namespace sluice::session
