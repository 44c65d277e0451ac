#include "server/clients/session_runner.hpp"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "base/core/assert.hpp"
#include "base/observe/log.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "server/net/loop_threads.hpp"

namespace sluice::server {

namespace {

constexpr base::logger log{"server"};
// After so many turns without a pause the others in the executor's queue get theirs.
constexpr int turns_max = 64;
constexpr std::int64_t answer_expected_ns = 1'000'000'000;
constexpr std::string_view terminate_message{"X\0\0\0\4", 5};

error idle_in_transaction_error() {
    return {.code = sqlstates::idle_in_transaction_session_timeout,
            .message = "terminating connection due to idle-in-transaction timeout"};
}

turn_end to_turn_end(session::step reached) {
    switch (reached) {
        case session::step::need_input:
            return turn_end::need_input;
        case session::step::blocked:
            return turn_end::blocked;
        case session::step::closed:
            break;
    }
    return turn_end::closed;
}

}  // namespace

session_runner::session_runner(session_runner_params params)
    : shared_(*params.shared),
      host_(*params.host),
      slot_(std::move(params.slot)),
      accepted_ns_(params.accepted_ns),
      cancel_(std::make_shared<cancel_handle>()),
      account_(
          shared_.budget, [this] { room(); }, [this] { return host_.keep_alive(); }),
      output_({.bytes_max = shared_.params.limits.output_bytes_max,
               .bytes_low = shared_.params.limits.output_bytes_max / 4,
               .on_readable = [this] { host_.output_ready(); },
               .on_writable = [this] { room(); }}),
      outbox_({.output = &output_,
               .buffers = &shared_.buffers,
               .account = &account_,
               .clock = shared_.params.clock,
               .direct_bytes_max = shared_.params.limits.direct_send_bytes_max,
               .flush_bytes = shared_.params.limits.flush_bytes,
               .flush_rows = shared_.params.limits.flush_rows,
               .send_now = [this](std::string_view bytes) { return host_.send_now(bytes); },
               .more_input = [this] { return input_.has_complete_frame(); }}),
      input_(shared_.params.limits.message_bytes_max, postgres::frame_reader::phase::messages),
      fsm_(shared_.params.limits.input_bytes_max),
      incoming_(shared_.params.limits.message_bytes_max, postgres::frame_reader::phase::messages) {}

template <typename Event>
void session_runner::on(Event event) {
    runner_actions todo;
    {
        const std::scoped_lock lock(mutex_);
        todo = event(fsm_);
    }
    act(todo);
}

void session_runner::act(const runner_actions& todo) {
    if (todo.cancel) {
        cancel_->request(base::cancel_reason::shutdown);
    }
    if (todo.give_up_grant) {
        account_.give_up_grant();
    }
    if (todo.run) {
        submit();
    }
    if (todo.resume_reading) {
        host_.input_room();
    }
}

void session_runner::start(session::startup_info startup, postgres::frame_reader& leftover, std::string_view greeting) {
    startup_ = std::move(startup);
    leftover.move_pending_to(input_);
    registration_ = shared_.cancels.add(cancel_);
    session_id_ = registration_.process_id();
    outbox_.buffer().append(greeting);
    on([](runner_fsm& fsm) { return fsm.start(); });
}

bool session_runner::received(std::string_view bytes) {
    runner_actions todo;
    {
        const std::scoped_lock lock(mutex_);
        if (fsm_.ignores_input()) {
            return true;  // read on, to notice that the client closes
        }
        // While a message is incomplete there is nothing to run, so reading goes on up to the size of a message.
        const bool direct = fsm_.takes_input();
        (direct ? input_ : incoming_).append(bytes);
        todo = fsm_.received(direct && input_.has_complete_frame(), incoming_.pending_bytes(),
                             bytes.ends_with(terminate_message));
    }
    act(todo);
    return !todo.pause_reading;
}

void session_runner::client_gone(departure how) {
    runner_actions todo;
    {
        const std::scoped_lock lock(mutex_);
        todo = fsm_.client_gone(how == departure::left);
    }
    if (todo.cancel) {
        cancel_->request(how == departure::shutdown ? base::cancel_reason::shutdown : base::cancel_reason::client_gone);
        output_.close_consumer();
    }
    act({.run = todo.run});
}

void session_runner::end_when_idle(error cause) {
    on([&](runner_fsm& fsm) {
        // The session may be looked at while no thread runs it.
        return fsm.end_when_idle(std::move(cause), fsm.takes_input() && session_idle());
    });
}

void session_runner::end_now(error cause) {
    on([&](runner_fsm& fsm) { return fsm.end_now(std::move(cause)); });
}

bool session_runner::sweep(std::int64_t now_ns) {
    using session::deadline;
    outbox_.release_held();
    if (deadlines_.take(deadline::statement, now_ns)) {
        cancel_->request(base::cancel_reason::statement_timeout);
    }
    if (deadlines_.take(deadline::profile, now_ns)) {
        cancel_->request(base::cancel_reason::profile_timeout);
    }
    runner_actions todo;
    bool running = false;
    bool watched = false;
    {
        const std::scoped_lock lock(mutex_);
        running = fsm_.runs();
        const bool idles = deadlines_.is_set(deadline::idle_in_transaction);
        const bool may_give_way = deadlines_.is_set(deadline::gives_way);
        if (deadlines_.is_due(deadline::idle_in_transaction, now_ns)) {
            todo.run |= fsm_.idle_too_long(idle_in_transaction_error()).run;
        }
        if (cancel_->requested()) {
            todo.run |= fsm_.cancel_seen().run;
        }
        if (deadlines_.is_due(deadline::waiting, now_ns)) {
            todo.run |= fsm_.wait_is_over().run;
        }
        if (deadlines_.is_due(deadline::gives_way, now_ns)) {
            todo.run |= fsm_.give_way().run;
        }
        watched = fsm_.runs() || fsm_.current() == runner_fsm::state::blocked || idles || may_give_way;
    }
    watch_cancel(now_ns, running);
    act(todo);
    return watched;
}

void session_runner::watch_cancel(std::int64_t now_ns, bool running) {
    if (!running || !cancel_->requested()) {
        cancelled_ns_ = 0;
        unanswered_.reset();
        return;
    }
    const auto asked = cancel_->pending();
    if (!asked || cancelled_ns_ == 0 || asked->query_id != cancelled_query_) {
        cancelled_ns_ = asked ? now_ns : 0;
        cancelled_query_ = asked ? asked->query_id : 0;
        unanswered_told_ = false;
        unanswered_.reset();
        return;
    }
    if (now_ns - cancelled_ns_ >= answer_expected_ns && !std::exchange(unanswered_told_, true)) {
        report_unanswered();
    }
    const auto timeout_ns = std::chrono::nanoseconds(shared_.params.limits.cancel_timeout).count();
    if (timeout_ns > 0 && now_ns - cancelled_ns_ >= timeout_ns) {
        unanswered_ = asked->error;
    }
}

void session_runner::report_unanswered() const {
    const auto found = shared_.load.log().note_unanswered(cancelled_query_, cancelled_ns_);
    if (!found) {
        return;
    }
    shared_.metrics.unanswered_cancels_total.add();
    log.warn("statement does not stop", {{"session", session_id_},
                                         {"query", found->id},
                                         {"ran_ms", (cancelled_ns_ - found->started_ns) / 1'000'000},
                                         {"text_bytes", std::uint64_t{found->text.size()}}});
}

bool session_runner::leave_behind() {
    {
        const std::scoped_lock lock(mutex_);
        if (!fsm_.leave_behind()) {
            return false;
        }
    }
    output_.close_consumer();
    return true;
}

void session_runner::housekeep(std::int64_t now_ns) {
    if (deadlines_.is_due(session::deadline::housekeeping, now_ns)) {
        on([](runner_fsm& fsm) { return fsm.housekeep(); });
    }
}

void session_runner::recall() {
    on([](runner_fsm& fsm) { return fsm.recall(); });
}

bool session_runner::reading_paused() const {
    const std::scoped_lock lock(mutex_);
    return fsm_.reading_paused();
}

void session_runner::submit() {
    base::task work = [self = std::shared_ptr<session_runner>(host_.keep_alive(), this)] { self->run(); };
    if (history_.expects_short_run() && loop_threads::run_here(work)) {
        return;
    }
    if (auto queued = shared_.params.executor->submit(std::move(work)); !queued) {
        // Only when the executor has stopped or is flooded; then even this thread may do the tidying up.
        log.warn("session ended: no thread to run it", {{"reason", queued.error().message}});
        {
            const std::scoped_lock lock(mutex_);
            fsm_.refuse(std::move(queued).error());
        }
        end();
    }
}

void session_runner::run() {
    shared_.metrics.session_runs_total.add();
    history_.begin(shared_.params.clock->steady_ns());
    account_.leave_queue();
    outbox_.begin_run();
    auto reached = session::step::need_input;
    bool first = !session_;
    for (int turn = 0;; ++turn) {
        runner_fsm::turn_work work;
        {
            const std::scoped_lock lock(mutex_);
            work = fsm_.before_turn(session_idle());
        }
        if (work.ends) {
            break;
        }
        if (work.gives_way && session_) {
            session_->give_way();
        }
        if (work.housekeeping && session_) {
            session_->housekeep();
        }
        if (turn == turns_max) {
            submit();
            return;
        }
        reached = std::exchange(first, false) ? begin() : session_->run(input_, outbox_);
        outbox_.hand_over();
        history_.note(shared_.params.clock->steady_ns());
        switch (settle(reached)) {
            case turn_verdict::again:
                continue;
            case turn_verdict::rest:
                return;  // from here on the session may be running elsewhere
            case turn_verdict::end:
                break;
        }
        break;
    }
    end();
}

session::step session_runner::begin() {
    const auto& params = shared_.params;
    // A callback may come a moment after the connection's end.
    const auto while_alive = [this](void (session_runner::*act)()) -> std::function<void()> {
        return [this, act, host = std::weak_ptr(host_.keep_alive())] {
            if (const auto alive = host.lock()) {
                (this->*act)();
            }
        };
    };
    auto opened = params.backend->open_session({.session_id = static_cast<std::uint64_t>(registration_.process_id()),
                                                .user = startup_.user,
                                                .database = startup_.database,
                                                .recall = while_alive(&session_runner::recall),
                                                .wake = while_alive(&session_runner::wake)});
    if (!opened) {
        postgres::write_error(outbox_.buffer(), std::move(opened.error()).as_fatal());
        return session::step::closed;
    }
    cancel_->bind((*opened)->cancel());
    session_ = std::make_unique<session::conversation>(
        session::conversation_params{.engine = std::move(*opened),
                                     .watch = &deadlines_,
                                     .clock = params.clock,
                                     .cursors = &shared_.cursors,
                                     .load = &shared_.load,
                                     .wake = while_alive(&session_runner::wake),
                                     .user = std::move(startup_.user),
                                     .database = std::move(startup_.database),
                                     .startup_options = std::move(startup_.options),
                                     .setting_defaults = params.session_defaults,
                                     .server_settings = params.server_settings,
                                     .process_id = registration_.process_id(),
                                     .secret_key = registration_.secret_key(),
                                     .statements_max = params.limits.statements_max,
                                     .rest_after = params.limits.session_rest_after});
    const auto reached = session_->start(outbox_);
    shared_.metrics.startup_seconds.observe(static_cast<double>(params.clock->steady_ns() - accepted_ns_) * 1e-9);
    return reached;
}

turn_verdict session_runner::settle(session::step reached) {
    turn_verdict next = turn_verdict::rest;
    runner_actions todo;
    {
        const std::scoped_lock lock(mutex_);
        if (reached == session::step::need_input && incoming_.pending_bytes() > 0) {
            incoming_.move_pending_to(input_);
        }
        std::tie(next, todo) = fsm_.after_turn(to_turn_end(reached), session_idle(), input_.has_complete_frame());
        if (next == turn_verdict::rest && reached == session::step::need_input) {
            // After much input and then none its memory is given back.
            input_.trim();
            incoming_.trim();
        }
        if (reached == session::step::blocked && next != turn_verdict::end && !session_->waits()) {
            shared_.metrics.streaming_backpressure_events.add();
        }
    }
    act(todo);
    return next;
}

void session_runner::end() {
    runner_fsm::ending ending;
    {
        const std::scoped_lock lock(mutex_);
        ending = fsm_.end();
    }
    if (ending.gone && session_) {
        const bool lost = session_->lose_client(sqlstates::connection_failure);
        if (lost && ending.vanished) {
            shared_.metrics.clients_vanished_total.add();
        }
    }
    if (ending.cause && !ending.gone) {
        if (session_) {
            session_->terminate(*ending.cause, outbox_);
        } else {
            postgres::write_error(outbox_.buffer(), *ending.cause);
        }
    }
    outbox_.hand_over();
    account_.leave_queue();
    account_.give_up_grant();
    cancel_->unbind();
    registration_ = {};
    session_.reset();
    slot_.release();
    output_.close_producer();
    {
        const std::scoped_lock lock(mutex_);
        fsm_.ended();
    }
    host_.ended();
}

void session_runner::wake() {
    on([](runner_fsm& fsm) { return fsm.wake(); });
}

// The client has read, or others have given back what was too much in all.
void session_runner::room() {
    on([](runner_fsm& fsm) { return fsm.room(); });
}

}  // namespace sluice::server
