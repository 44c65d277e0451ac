// runner_fsm.hpp - decides when a session runs, waits and ends: events in, actions out.
//
// Problem: the io thread, the executor, the sweep, the engine and the client all act on one session, which may run on
//          one thread at a time. The rules for which of them runs it, and for the events that a run finds, must be
//          readable and testable without any thread.
// Use:     under the runner's lock: const runner_actions act = fsm.room();  after it: if (act.run) { submit a run }
// States:
//          idle ──── complete message, recall, housekeeping, end, client gone ───► running
//          running ─ no complete message ─► idle      running ─ no room, waits ─► blocked
//          blocked ─ room, wake, deadline, cancel, recall, end, client gone ─────► running
//          running ─ closed, end, client gone ─► ended
//         An event that comes during a run is kept for before_turn() or after_turn().
// Bounds:  input received while running: input_bytes_max, then reading pauses.
// Threads: none of its own: the caller holds a lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/core/error.hpp"

namespace sluice::server {

struct runner_actions {
    bool run = false;            // submit a run: the caller now owns the session's run
    bool cancel = false;         // cancel the running statement
    bool give_up_grant = false;  // granted room is not needed
    bool pause_reading = false;  // enough input was received for now
    bool resume_reading = false;

    friend bool operator==(const runner_actions&, const runner_actions&) = default;
};

// The reason why a session stopped its turn.
enum class turn_end : std::uint8_t { need_input, blocked, closed };
// The next step of a run: another turn, nothing (another thread may run the session from now on), or its end.
enum class turn_verdict : std::uint8_t { again, rest, end };

class runner_fsm {
  public:
    enum class state : std::uint8_t { idle, running, blocked, ended };

    explicit runner_fsm(std::size_t input_bytes_max) : input_bytes_max_(input_bytes_max) {}

    [[nodiscard]] state current() const { return state_; }
    [[nodiscard]] bool runs() const { return state_ == state::running; }
    [[nodiscard]] bool is_gone() const { return gone_; }
    [[nodiscard]] bool reading_paused() const { return paused_; }
    // True if the io thread may use the session: it puts received bytes straight into the session's input.
    [[nodiscard]] bool takes_input() const { return state_ == state::idle; }
    // True if received bytes are dropped.
    [[nodiscard]] bool ignores_input() const { return state_ == state::ended || gone_; }

    // ---- the io thread
    runner_actions start();
    // Bytes were received. `complete`: they complete a message that can run (used only if takes_input()). `kept_bytes`:
    // bytes that wait because the session runs. `is_terminate`: they end in a Terminate message.
    runner_actions received(bool complete, std::size_t kept_bytes, bool is_terminate);
    // `by_itself`: the connection was not ended by this server.
    runner_actions client_gone(bool by_itself);
    // Ends the session with an error for the client: as soon as it is idle, or now. The first call counts.
    runner_actions end_when_idle(error cause, bool session_idle);
    runner_actions end_now(error cause);
    // Nothing more is sent, though the statement runs on. False: no statement runs.
    [[nodiscard]] bool leave_behind();

    // ---- the sweep
    runner_actions cancel_seen();   // the session's statement was cancelled
    runner_actions wait_is_over();  // a blocked session's wait has reached its deadline
    runner_actions idle_too_long(error cause);
    runner_actions give_way();  // its client has not read for long
    runner_actions housekeep();
    // ---- any thread
    runner_actions recall();  // the engine asks for the session, blocked or not
    runner_actions wake();    // the session may have what it waits for
    runner_actions room();    // there is room for output

    // ---- the thread that runs the session
    struct turn_work {
        bool ends = false;  // do not run any more turns
        bool housekeeping = false;
        bool gives_way = false;

        friend bool operator==(const turn_work&, const turn_work&) = default;
    };
    [[nodiscard]] turn_work before_turn(bool session_idle);
    // `complete`: another message can run.
    [[nodiscard]] std::pair<turn_verdict, runner_actions> after_turn(turn_end reached, bool session_idle,
                                                                     bool complete);
    // No executor thread was available for it.
    void refuse(error cause);

    struct ending {
        std::optional<error> cause;  // for the client
        bool gone = false;
        bool vanished = false;  // the client closed without a Terminate message
    };
    [[nodiscard]] ending end();
    void ended() { state_ = state::ended; }

  private:
    [[nodiscard]] bool claim();
    [[nodiscard]] runner_actions claim_blocked();
    [[nodiscard]] bool must_end(bool session_idle) const { return end_cause_ && (ends_now_ || session_idle); }

    const std::size_t input_bytes_max_;
    state state_ = state::idle;
    bool paused_ = false;  // reading
    // Events kept for the current run.
    bool room_ = false;
    bool woken_ = false;
    bool housekeeping_ = false;
    bool gives_way_ = false;
    bool cancel_told_ = false;  // a blocked session was run to see its cancel
    // State of its end.
    bool gone_ = false;
    bool vanished_ = false;
    bool terminate_seen_ = false;
    bool ends_now_ = false;
    std::optional<error> end_cause_;
};

}  // namespace sluice::server
