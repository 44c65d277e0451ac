#include "server/clients/runner_fsm.hpp"

namespace sluice::server {

// True if no thread runs the session: the caller now has to run it.
bool runner_fsm::claim() {
    if (state_ != state::idle && state_ != state::blocked) {
        return false;
    }
    state_ = state::running;
    return true;
}

runner_actions runner_fsm::claim_blocked() {
    return {.run = state_ == state::blocked && claim()};
}

runner_actions runner_fsm::start() {
    return {.run = claim()};
}

runner_actions runner_fsm::received(bool complete, std::size_t kept_bytes, bool is_terminate) {
    if (ignores_input()) {
        return {};
    }
    terminate_seen_ = is_terminate;
    if (takes_input()) {
        return {.run = complete && claim()};
    }
    paused_ = kept_bytes >= input_bytes_max_;
    return {.pause_reading = paused_};
}

runner_actions runner_fsm::client_gone(bool by_itself) {
    if (ignores_input()) {
        return {};
    }
    gone_ = true;
    vanished_ = by_itself && !terminate_seen_;
    return {.run = claim(), .cancel = true};
}

runner_actions runner_fsm::end_when_idle(error cause, bool session_idle) {
    if (state_ == state::ended || end_cause_) {
        return {};
    }
    end_cause_ = std::move(cause).as_fatal();
    return {.run = takes_input() && session_idle && claim()};
}

runner_actions runner_fsm::end_now(error cause) {
    if (state_ == state::ended || ends_now_) {
        return {};
    }
    ends_now_ = true;
    end_cause_ = std::move(cause).as_fatal();
    const bool run = claim();
    return {.run = run, .cancel = !run};
}

bool runner_fsm::leave_behind() {
    gone_ = gone_ || runs();
    return runs();
}

runner_actions runner_fsm::cancel_seen() {
    if (state_ != state::blocked || cancel_told_) {
        return {};
    }
    cancel_told_ = true;
    return claim_blocked();
}

runner_actions runner_fsm::wait_is_over() {
    return claim_blocked();
}

runner_actions runner_fsm::idle_too_long(error cause) {
    return state_ == state::idle ? end_now(std::move(cause)) : runner_actions{};
}

runner_actions runner_fsm::give_way() {
    const bool run = claim();
    gives_way_ = gives_way_ || run;
    return {.run = run};
}

runner_actions runner_fsm::housekeep() {
    return state_ == state::idle ? recall() : runner_actions{};
}

runner_actions runner_fsm::recall() {
    const bool run = claim();
    housekeeping_ = housekeeping_ || run;
    return {.run = run};
}

runner_actions runner_fsm::wake() {
    woken_ = runs();
    return claim_blocked();
}

runner_actions runner_fsm::room() {
    const bool running = runs();
    room_ = running;
    cancel_told_ = false;
    runner_actions act = claim_blocked();
    act.give_up_grant = !act.run && !running;
    return act;
}

runner_fsm::turn_work runner_fsm::before_turn(bool session_idle) {
    if (gone_ || must_end(session_idle)) {
        return {.ends = true};
    }
    return {.housekeeping = std::exchange(housekeeping_, false), .gives_way = std::exchange(gives_way_, false)};
}

std::pair<turn_verdict, runner_actions> runner_fsm::after_turn(turn_end reached, bool session_idle, bool complete) {
    if (gone_ || reached == turn_end::closed || must_end(session_idle)) {
        return {turn_verdict::end, {}};
    }
    if (reached == turn_end::blocked) {
        const bool had_room = std::exchange(room_, false);
        const bool was_woken = std::exchange(woken_, false);
        if (had_room || was_woken) {
            return {turn_verdict::again, {}};
        }
        state_ = state::blocked;
        return {turn_verdict::rest, {}};
    }
    const runner_actions act{.resume_reading = std::exchange(paused_, false)};
    if (complete) {
        return {turn_verdict::again, act};
    }
    state_ = state::idle;
    cancel_told_ = false;
    return {turn_verdict::rest, act};
}

void runner_fsm::refuse(error cause) {
    end_cause_ = std::move(cause).as_fatal();
}

runner_fsm::ending runner_fsm::end() {
    return {.cause = std::exchange(end_cause_, std::nullopt), .gone = gone_, .vanished = vanished_};
}

}  // namespace sluice::server
