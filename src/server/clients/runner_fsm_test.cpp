// The life of a session as scripts: an event, the actions that it causes, and the next state.
#include "server/clients/runner_fsm.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {
namespace {

constexpr std::size_t input_bytes_max = 100;

std::string text_of(runner_fsm::state state) {
    switch (state) {
        case runner_fsm::state::idle:
            return "idle";
        case runner_fsm::state::running:
            return "running";
        case runner_fsm::state::blocked:
            return "blocked";
        case runner_fsm::state::ended:
            return "ended";
    }
    return "?";
}

std::string text_of(const runner_actions& act) {
    std::string text;
    text += act.run ? " run" : "";
    text += act.cancel ? " cancel" : "";
    text += act.give_up_grant ? " give_up_grant" : "";
    text += act.pause_reading ? " pause" : "";
    text += act.resume_reading ? " resume" : "";
    return text;
}

error shutdown() {
    return {.code = sqlstates::admin_shutdown, .message = "shutdown"};
}

// Plays one event by its name, and returns its actions.
class player {
  public:
    std::string play(const std::string& event) {
        const auto found = events_.find(event);
        return found == events_.end() ? "no such event" : found->second() + " → " + text_of(fsm_.current());
    }

  private:
    std::string turn(turn_end reached, bool complete) {
        const auto [verdict, act] = fsm_.after_turn(reached, true, complete);
        const std::string_view words[] = {"again", "rest", "end"};
        return std::string(words[static_cast<std::size_t>(verdict)]) + text_of(act);
    }
    std::string before(bool session_idle) {
        const auto work = fsm_.before_turn(session_idle);
        return std::string(work.ends ? "ends" : "goes on") + (work.housekeeping ? " housekeeping" : "") +
               (work.gives_way ? " gives_way" : "");
    }
    std::string end() {
        const auto ending = fsm_.end();
        fsm_.ended();
        return "cause " + (ending.cause ? std::string(ending.cause->code.view()) : std::string("none")) +
               (ending.gone ? " gone" : "") + (ending.vanished ? " vanished" : "");
    }

    runner_fsm fsm_{input_bytes_max};
    std::map<std::string, std::function<std::string()>, std::less<>> events_{
        {"start", [this] { return text_of(fsm_.start()); }},
        {"part of a message", [this] { return text_of(fsm_.received(false, 0, false)); }},
        {"message", [this] { return text_of(fsm_.received(true, 50, false)); }},
        {"much", [this] { return text_of(fsm_.received(true, 100, false)); }},
        {"terminate", [this] { return text_of(fsm_.received(true, 50, true)); }},
        {"client gone", [this] { return text_of(fsm_.client_gone(true)); }},
        {"expelled", [this] { return text_of(fsm_.client_gone(false)); }},
        {"drain", [this] { return text_of(fsm_.end_when_idle(shutdown(), true)); }},
        {"drain a busy one", [this] { return text_of(fsm_.end_when_idle(shutdown(), false)); }},
        {"end now", [this] { return text_of(fsm_.end_now(shutdown())); }},
        {"leave behind", [this] { return std::string(fsm_.leave_behind() ? " left" : " answered"); }},
        {"cancel seen", [this] { return text_of(fsm_.cancel_seen()); }},
        {"wait is over", [this] { return text_of(fsm_.wait_is_over()); }},
        {"idle too long", [this] { return text_of(fsm_.idle_too_long(shutdown())); }},
        {"give way", [this] { return text_of(fsm_.give_way()); }},
        {"housekeep", [this] { return text_of(fsm_.housekeep()); }},
        {"recall", [this] { return text_of(fsm_.recall()); }},
        {"wake", [this] { return text_of(fsm_.wake()); }},
        {"room", [this] { return text_of(fsm_.room()); }},
        {"before", [this] { return " " + before(true); }},
        {"before, busy", [this] { return " " + before(false); }},
        {"needs input", [this] { return " " + turn(turn_end::need_input, false); }},
        {"has input", [this] { return " " + turn(turn_end::need_input, true); }},
        {"is blocked", [this] { return " " + turn(turn_end::blocked, false); }},
        {"is closed", [this] { return " " + turn(turn_end::closed, false); }},
        {"end", [this] { return " " + end(); }},
    };
};

struct script {
    const char* name;
    const char* text;
};
std::ostream& operator<<(std::ostream& out, const script& shown) {
    return out << shown.name;
}

const script scripts[] = {
    {"a_message_is_run_and_the_session_rests", R"(
        start: run → running
        before: goes on → running
        needs input: rest → idle
        part of a message: → idle
        message: run → running
        before: goes on → running
        needs input: rest → idle
    )"},
    {"what_is_received_meanwhile_is_run_next", R"(
        start: run → running
        message: → running
        has input: again → running
        needs input: rest → idle
    )"},
    {"reading_pauses_when_much_waits", R"(
        start: run → running
        much: pause → running
        has input: again resume → running
        needs input: rest → idle
    )"},
    {"without_room_it_waits_for_room", R"(
        start: run → running
        is blocked: rest → blocked
        message: → blocked
        room: run → running
        needs input: rest → idle
    )"},
    {"room_that_came_too_early_is_not_lost", R"(
        start: run → running
        room: → running
        is blocked: again → running
        is blocked: rest → blocked
    )"},
    {"a_wake_that_came_too_early_is_not_lost", R"(
        start: run → running
        wake: → running
        is blocked: again → running
        is blocked: rest → blocked
        wake: run → running
    )"},
    {"room_that_is_not_needed_is_given_back", R"(
        start: run → running
        needs input: rest → idle
        room: give_up_grant → idle
        wake: → idle
    )"},
    {"a_blocked_session_is_sent_once_to_report_its_cancel", R"(
        start: run → running
        cancel seen: → running
        is blocked: rest → blocked
        cancel seen: run → running
        is blocked: rest → blocked
        cancel seen: → blocked
        room: run → running
        is blocked: rest → blocked
        cancel seen: run → running
    )"},
    {"a_wait_ends_by_the_clock", R"(
        start: run → running
        wait is over: → running
        is blocked: rest → blocked
        wait is over: run → running
    )"},
    {"giving_way_is_done_by_the_next_run", R"(
        start: run → running
        give way: → running
        before: goes on → running
        is blocked: rest → blocked
        give way: run → running
        give way: → running
        before: goes on gives_way → running
        before: goes on → running
    )"},
    {"housekeeping_is_for_idle_sessions_and_a_recall_for_all", R"(
        start: run → running
        housekeep: → running
        recall: → running
        is blocked: rest → blocked
        housekeep: → blocked
        recall: run → running
        before: goes on housekeeping → running
        needs input: rest → idle
        housekeep: run → running
        before: goes on housekeeping → running
    )"},
    {"the_session_closes", R"(
        start: run → running
        is closed: end → running
        end: cause none → ended
        message: → ended
        client gone: → ended
        drain: → ended
        end now: → ended
        recall: → ended
        room: give_up_grant → ended
    )"},
    {"the_client_vanishes_while_it_runs", R"(
        start: run → running
        client gone: cancel → running
        client gone: → running
        message: → running
        is blocked: end → running
        end: cause none gone vanished → ended
    )"},
    {"the_client_vanishes_while_it_is_blocked", R"(
        start: run → running
        is blocked: rest → blocked
        client gone: run cancel → running
        before: ends → running
        end: cause none gone vanished → ended
    )"},
    {"the_client_says_goodbye_and_closes", R"(
        start: run → running
        needs input: rest → idle
        terminate: run → running
        client gone: cancel → running
        is closed: end → running
        end: cause none gone → ended
    )"},
    {"this_server_ends_the_connection", R"(
        start: run → running
        needs input: rest → idle
        expelled: run cancel → running
        before: ends → running
        end: cause none gone → ended
    )"},
    {"a_drain_ends_an_idle_session_at_once", R"(
        start: run → running
        needs input: rest → idle
        drain: run → running
        before: ends → running
        end: cause 57P01 → ended
    )"},
    {"a_drain_waits_for_what_is_under_way", R"(
        start: run → running
        drain: → running
        before, busy: goes on → running
        is blocked: end → running
        end: cause 57P01 → ended
    )"},
    {"a_drain_waits_for_a_transaction_that_idles", R"(
        start: run → running
        needs input: rest → idle
        drain a busy one: → idle
        message: run → running
        before, busy: goes on → running
        needs input: end → running
    )"},
    {"the_end_now_cancels_what_runs", R"(
        start: run → running
        end now: cancel → running
        end now: → running
        before, busy: ends → running
        end: cause 57P01 → ended
    )"},
    {"the_end_now_of_a_blocked_session", R"(
        start: run → running
        is blocked: rest → blocked
        end now: run → running
        before, busy: ends → running
    )"},
    {"idle_in_a_transaction_for_too_long", R"(
        start: run → running
        idle too long: → running
        needs input: rest → idle
        idle too long: run → running
        before, busy: ends → running
        end: cause 57P01 → ended
    )"},
    {"a_statement_that_does_not_stop_is_left_behind", R"(
        start: run → running
        leave behind: left → running
        message: → running
        is blocked: end → running
        end: cause none gone → ended
    )"},
    {"a_statement_that_has_just_answered_is_not", R"(
        start: run → running
        needs input: rest → idle
        leave behind: answered → idle
        message: run → running
    )"},
};

class runner_fsm_script : public ::testing::TestWithParam<script> {};

TEST_P(runner_fsm_script, gives_these_actions) {
    player played;
    std::istringstream lines(GetParam().text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t begin = line.find_first_not_of(' ');
        if (begin == std::string::npos) {
            continue;
        }
        line = line.substr(begin);
        const std::string event = line.substr(0, line.find(':'));
        ASSERT_EQ(event + ":" + played.play(event), line) << "in " << GetParam().name;
    }
}

INSTANTIATE_TEST_SUITE_P(runner_fsm, runner_fsm_script, ::testing::ValuesIn(scripts),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace sluice::server
