// session_runner.hpp - moves one session between the io thread, which has its bytes, and executor threads, which run
// it.
//
// Problem: a session blocks in the engine, so it may not run on the io thread; an idle or stalled one must hold no
//          thread; it must end in good order when its client vanishes, its time is up or the server stops.
// Use:     session_runner runner(params);  runner.start(startup, leftover, greeting);
//          if (!runner.received(bytes)) { pause reading until host.input_room() }
//          writer: runner.output().take(batch) ... written(n);   every 20 ms while watched: runner.sweep(now)
// States:  runner_fsm.hpp has them; this class has the lock, the threads and the session.
// Bounds:  input received while running: input_bytes_max, then reading pauses; output: the channel's, and what all
//          sessions together may hold (byte_budget.hpp).
// Cancel:  also reaches a session that is blocked: it goes on at the next sweep, to report it. A statement that has
//          not answered within a second is logged and shown; after cancel_timeout its client is answered without it.
// Threads: every public function but recall() on the connection's io thread; host callbacks come from executor threads.
// Ends:    the session is destroyed on an executor thread, then host.ended() is called, once, as the last thing.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/core/error.hpp"
#include "base/flow/byte_budget.hpp"
#include "base/flow/channel.hpp"
#include "postgres/wire/frame.hpp"
#include "server/clients/cancel_registry.hpp"
#include "server/clients/context.hpp"
#include "server/clients/reply_outbox.hpp"
#include "server/clients/run_history.hpp"
#include "server/clients/runner_fsm.hpp"
#include "session/conversation/conversation.hpp"
#include "session/handshake/handshake.hpp"
#include "session/state/deadlines.hpp"

namespace sluice::server {

// The connection, as its runner sees it. Any thread.
class runner_host {
  public:
    runner_host() = default;
    runner_host(const runner_host&) = delete;
    runner_host& operator=(const runner_host&) = delete;
    virtual ~runner_host() = default;

    // Shared, because a task on the executor may outlive the io thread's interest in the connection.
    [[nodiscard]] virtual std::shared_ptr<runner_host> keep_alive() = 0;
    // Gives bytes to the socket without waiting; how many it took. Only called while nothing is being written.
    [[nodiscard]] virtual std::size_t send_now(std::string_view bytes) = 0;
    virtual void output_ready() = 0;  // output() has something to take
    virtual void input_room() = 0;    // read again
    virtual void ended() = 0;         // the session is gone; output() is finished once it is drained
};

struct session_runner_params {
    context* shared = nullptr;
    runner_host* host = nullptr;
    session_slot slot;
    std::int64_t accepted_ns = 0;  // for the time to the first ReadyForQuery
};

enum class departure : std::uint8_t { left, flush_timeout, shutdown };

class session_runner {
  public:
    explicit session_runner(session_runner_params params);
    session_runner(const session_runner&) = delete;
    session_runner& operator=(const session_runner&) = delete;
    ~session_runner() = default;

    // `greeting` (AuthenticationOk) is sent together with the session's first words.
    void start(session::startup_info startup, postgres::frame_reader& leftover, std::string_view greeting);
    // False: enough for now; host.input_room() will say when to go on.
    [[nodiscard]] bool received(std::string_view bytes);
    // Cancels what runs; nothing is sent any more.
    void client_gone(departure how);
    // Ends the session with a FATAL error as soon as nothing is under way.
    void end_when_idle(error cause);
    // The same now: what runs is cancelled.
    void end_now(error cause);

    // Acts on deadlines. False: nothing to watch until received() is called again.
    [[nodiscard]] bool sweep(std::int64_t now_ns);
    // Set when the statement has not answered its cancel for cancel_timeout: the error for its client. The caller sends
    // it, then calls leave_behind().
    [[nodiscard]] const std::optional<error>& unanswered() const { return unanswered_; }
    // The statement ends on its own; nothing is sent any more. False: it has just answered, so nothing has happened.
    [[nodiscard]] bool leave_behind();
    // Seldom: lets an idle session tidy up, if it has something to tidy.
    void housekeep(std::int64_t now_ns);
    // The same now, whatever it has, and if it is blocked, too; from any thread.
    void recall();
    [[nodiscard]] base::channel& output() { return output_; }
    [[nodiscard]] base::byte_budget::account& account() { return account_; }
    // Names the session in logs; the process id that its client was told.
    [[nodiscard]] std::int32_t session_id() const { return session_id_; }
    [[nodiscard]] bool reading_paused() const;

  private:
    // Tells the state machine of an event, and does what it says.
    template <typename Event>
    void on(Event event);
    void act(const runner_actions& todo);
    void submit();
    void run();
    [[nodiscard]] session::step begin();
    [[nodiscard]] turn_verdict settle(session::step reached);
    void end();
    void room();
    void wake();
    void watch_cancel(std::int64_t now_ns, bool running);
    void report_unanswered() const;
    [[nodiscard]] bool session_idle() const { return !session_ || session_->idle(); }

    context& shared_;
    runner_host& host_;
    session_slot slot_;
    const std::int64_t accepted_ns_;
    std::int32_t session_id_ = 0;
    std::shared_ptr<cancel_handle> cancel_;
    cancel_registration registration_;
    session::deadlines deadlines_;
    base::byte_budget::account account_;
    base::channel output_;
    reply_outbox outbox_;

    // Belongs to the thread that runs the session; to the io thread while the session is idle.
    session::startup_info startup_;
    postgres::frame_reader input_;
    std::unique_ptr<session::conversation> session_;
    run_history history_;

    // Of the io thread.
    std::int64_t cancelled_ns_ = 0;  // when a sweep first saw the statement cancelled; 0: it is not, or has answered
    std::uint64_t cancelled_query_ = 0;
    bool unanswered_told_ = false;  // in the log
    std::optional<error> unanswered_;

    mutable std::mutex mutex_;  // guards what follows
    runner_fsm fsm_;
    postgres::frame_reader incoming_;  // received while running
};

}  // namespace sluice::server
