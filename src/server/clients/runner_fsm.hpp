// runner_fsm.hpp - when a session runs, waits and ends: events in, actions out.
//
// Problem: the io thread, the executor, the sweep, the engine and the client all want something of one session, which may
//          be on one thread at a time. Which of them has it run, and what it finds when it does, must be readable and
//          testable without any thread.
// Use:     under the runner's lock: const runner_actions act = fsm.room();  after it: if (act.run) { submit a run }
// States:
//          idle ──── complete message, recall, housekeeping, end, client gone ───► running
//          running ─ no complete message ─► idle      running ─ no room, waits ─► blocked
//          blocked ─ room, wake, deadline, cancel, recall, end, client gone ─────► running
//          running ─ closed, end, client gone ─► ended
//          An event that comes while it runs is kept, and found by before_turn() or after_turn().
// Bounds:  input received while running: input_bytes_max, then reading pauses.
// Threads: none of its own: the caller's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/core/error.hpp"

namespace sluice::server {

struct runner_actions {
    bool run = false;            // submit a run: the session is the caller's to run now
    bool cancel = false;         // what runs is to be cancelled
    bool give_up_grant = false;  // room that was granted is not needed
    bool pause_reading = false;  // enough was received for now
    bool resume_reading = false;

    friend bool operator==(const runner_actions&, const runner_actions&) = default;
};

// What a run finds when a session stops for lack of something.
enum class turn_end : std::uint8_t { need_input, blocked, closed };
// What a run does then: another turn, nothing (somebody else may run the session from now on), or its end.
enum class turn_verdict : std::uint8_t { again, rest, end };

class runner_fsm {
  public:
    enum class state : std::uint8_t { idle, running, blocked, ended };

    explicit runner_fsm(std::size_t input_bytes_max) : input_bytes_max_(input_bytes_max) {}

    [[nodiscard]] state current() const { return state_; }
    [[nodiscard]] bool runs() const { return state_ == state::running; }
    [[nodiscard]] bool is_gone() const { return gone_; }
    [[nodiscard]] bool reading_paused() const { return paused_; }
    // The session may be read by the io thread, which puts what it receives straight into its input.
    [[nodiscard]] bool takes_input() const { return state_ == state::idle; }
    // Nobody wants what is received any more.
    [[nodiscard]] bool ignores_input() const { return state_ == state::ended || gone_; }

    // ---- the io thread
    runner_actions start();
    // Bytes were received. `complete`: with them there is a message to run (only looked at if takes_input()).
    // `kept_bytes`: how many wait because the session runs. `is_terminate`: they end in a Terminate message.
    runner_actions received(bool complete, std::size_t kept_bytes, bool is_terminate);
    // `by_itself`: it was not this server that ended the connection.
    runner_actions client_gone(bool by_itself);
    // With an error for the client: as soon as nothing is under way, or now. The first one counts.
    runner_actions end_when_idle(error cause, bool session_idle);
    runner_actions end_now(error cause);
    // Nothing is sent any more, though the statement runs on. False: it does not run.
    [[nodiscard]] bool leave_behind();

    // ---- the sweep
    runner_actions cancel_seen();   // the session's statement was cancelled
    runner_actions wait_is_over();  // what a blocked session waits for has taken as long as it may
    runner_actions idle_too_long(error cause);
    runner_actions give_way();  // its client has kept it waiting for long
    runner_actions housekeep();
    // ---- any thread
    runner_actions recall();  // the engine wants a word with it, blocked or not
    runner_actions wake();    // what it waits for is there
    runner_actions room();    // there is room for output

    // ---- whoever runs the session
    struct turn_work {
        bool ends = false;  // nothing more is run
        bool housekeeping = false;
        bool gives_way = false;

        friend bool operator==(const turn_work&, const turn_work&) = default;
    };
    [[nodiscard]] turn_work before_turn(bool session_idle);
    // `complete`: there is another message to run.
    [[nodiscard]] std::pair<turn_verdict, runner_actions> after_turn(turn_end reached, bool session_idle,
                                                                     bool complete);
    // No thread could be found for it.
    void refuse(error cause);

    struct ending {
        std::optional<error> cause;  // for the client
        bool gone = false;
        bool vanished = false;  // by itself, and without a Terminate message
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
    // Kept for the run that is under way.
    bool room_ = false;
    bool woken_ = false;
    bool housekeeping_ = false;
    bool gives_way_ = false;
    bool cancel_told_ = false;  // a blocked session was sent to see that it is cancelled
    // How it ends.
    bool gone_ = false;
    bool vanished_ = false;
    bool terminate_seen_ = false;
    bool ends_now_ = false;
    std::optional<error> end_cause_;
};

}  // namespace sluice::server
