// conversation_impl.hpp - the conversation itself; conversation.hpp shows the few calls that others need.
//
// The states of a conversation between two frames, and the messages that change them:
//
//          ┌────────────────────────────── ReadyForQuery ─────────────────────────────┐
//          ▼                                                                          │
//        idle ── Query ──► simple_query_: statement after statement ── all done ──────┤
//          │                  │        ▲                                              │
//          │                  ▼        │ finished                                     │
//          │               runner_.reads() (rows leave until the outbox is full → blocked)
//          │                  ▲        │ finished, or max_rows reached                │
//          │                  │        ▼                                              │
//          └── Parse, Bind, Describe, Execute, Close, Flush ── Sync ──────────────────┘
//                             │                                 ▲
//                             └── error ──► skip_to_sync_ ──────┘
//
//        copy_.takes_data() takes CopyData from either protocol until CopyDone or CopyFail, then the protocol goes on.
//
// One statement runs in four steps, the same for both protocols: planner_.prepare() → a portal → start_portal(), which
// chooses the class for its kind → rows in slices → completion. Every failure ends in report(): it sends the error,
// undoes the transaction, and begins the protocol's way of recovery.
//
// Parts:   each kind of statement has a class of its own in session/commands, which refers to the others that it needs.
//          This class keeps the order of messages and does the work between statements.
// Files:   conversation.cpp loop and errors · simple_query.cpp · extended_query.cpp · statement_start.cpp
// Threads: as in conversation.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "base/flow/outbox.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "postgres/wire/frame.hpp"
#include "postgres/wire/frontend.hpp"
#include "session/commands/completion.hpp"
#include "session/commands/copy_commands.hpp"
#include "session/commands/cursor_commands.hpp"
#include "session/commands/portal_runner.hpp"
#include "session/commands/running_statement.hpp"
#include "session/commands/setting_commands.hpp"
#include "session/commands/statement_planner.hpp"
#include "session/commands/transaction_commands.hpp"
#include "session/conversation/conversation.hpp"
#include "session/settings/settings.hpp"
#include "session/state/parsed_query.hpp"
#include "session/state/portal.hpp"
#include "session/state/prepared.hpp"
#include "session/state/transaction.hpp"

namespace sluice::session {

class conversation::impl {
  public:
    explicit impl(conversation_params params);
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() = default;

    step start(base::outbox& out);
    step run(postgres::frame_reader& input, base::outbox& out);
    void terminate(const error& cause, base::outbox& out);
    [[nodiscard]] bool lose_client(sqlstate cause) { return running_.lose_client(cause); }
    void housekeep();
    void give_way();

    [[nodiscard]] bool waits() const { return running_.waits(); }
    [[nodiscard]] postgres::transaction_status status() const { return transaction_.status(); }
    [[nodiscard]] bool idle() const { return !busy_ && !closed_; }

  private:
    // The simple query under way.
    struct simple_query {
        std::shared_ptr<const parsed_query> text;
        std::size_t next = 0;  // statement to run

        [[nodiscard]] bool done() const { return next == text->statements.size(); }
    };
    // A portal that starts as soon as it may.
    struct start_waiting {
        std::shared_ptr<portal> entry;
        std::uint64_t rows_max = all_rows;
    };

    enum class motion : std::uint8_t { idle, moved, blocked };

    // conversation.cpp
    step run_frames(postgres::frame_reader& input, base::outbox& out);
    // Before a message that needs the engine: gets a connection. False: it waits.
    result<bool> connect_for(const postgres::frame_reader& input);
    [[nodiscard]] motion advance(base::outbox& out);
    result<motion> advance_statement(base::outbox& out);
    result<> handle(const postgres::frame& frame, const postgres::frame_reader& input, base::outbox& out);
    void begin_activity(char type);
    void begin_connect_record(const postgres::frame& message);
    void report(error cause, base::outbox& out);
    result<> undo();
    void ready(base::outbox& out);
    void close_with(error cause, base::outbox& out);
    void end_simple_query();
    void note_next_housekeeping(bool may_rest);
    void leave_lost_engine();

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

    // statement_start.cpp
    result<> start_portal(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out);
    result<> start_admitted(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, base::outbox& out);
    result<bool> admit(portal& entry);
    // True for a statement that has changed nothing, and whose client has seen nothing of it.
    [[nodiscard]] bool may_start_again(const portal& entry) const;
    result<> run_command(const std::shared_ptr<portal>& entry, base::outbox& out);
    result<std::string_view> dispatch_command(const portal& entry, base::outbox& out);
    result<> run_discard(const postgres::discard_command& command);

    conversation_params params_;
    backend::session& engine_;
    settings settings_;
    transaction transaction_;
    statement_table statements_;
    portal_table portals_;
    protocol_state protocol_;

    running_statement running_;
    setting_commands setting_commands_;
    transaction_commands transactions_;
    completion end_;
    statement_planner planner_;
    portal_runner runner_;
    cursor_commands cursor_commands_;
    copy_commands copy_;

    std::optional<simple_query> simple_query_;
    std::optional<start_waiting> start_waiting_;
    bool recover_at_sync_ = false;  // the message being handled belongs to the extended protocol
    bool skip_to_sync_ = false;
    bool busy_ = false;  // a message came since the last ReadyForQuery
    bool closed_ = false;
    bool idle_timer_runs_ = false;
};

}  // namespace sluice::session
