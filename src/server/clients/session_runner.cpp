#include "server/clients/session_runner.hpp"

#include <memory>
#include <utility>

#include "base/core/assert.hpp"
#include "base/observe/log.hpp"
#include "postgres/wire/backend_messages.hpp"

namespace sluice::server {

namespace {

constexpr base::logger log{"server"};
// After so many turns without a pause the others in the executor's queue get theirs.
constexpr int turns_max = 64;
constexpr std::int64_t answer_expected_ns = 1'000'000'000;
constexpr std::string_view terminate_message{"X\0\0\0\4", 5};

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
      incoming_(shared_.params.limits.message_bytes_max, postgres::frame_reader::phase::messages) {}

void session_runner::start(session::startup_info startup, postgres::frame_reader& leftover, std::string_view greeting) {
    startup_ = std::move(startup);
    leftover.move_pending_to(input_);
    registration_ = shared_.cancels.add(cancel_);
    session_id_ = registration_.process_id();
    outbox_.buffer().append(greeting);
    {
        const std::scoped_lock lock(mutex_);
        state_ = state::running;
    }
    submit();
}

bool session_runner::received(std::string_view bytes) {
    bool claimed = false;
    bool go_on = true;
    {
        const std::scoped_lock lock(mutex_);
        if (state_ == state::ended || gone_) {
            return true;  // read on, to notice that the client closes
        }
        terminate_seen_ = bytes.ends_with(terminate_message);
        if (state_ == state::idle) {
            // While a message is incomplete there is nothing to run, so reading goes on up to the size of a message.
            input_.append(bytes);
            claimed = input_.has_complete_frame() && claim_locked();
        } else {
            incoming_.append(bytes);
            paused_ = incoming_.pending_bytes() >= shared_.params.limits.input_bytes_max;
            go_on = !paused_;
        }
    }
    if (claimed) {
        submit();
    }
    return go_on;
}

void session_runner::client_gone(departure how) {
    bool claimed = false;
    {
        const std::scoped_lock lock(mutex_);
        if (state_ == state::ended || std::exchange(gone_, true)) {
            return;
        }
        vanished_ = how == departure::left && !terminate_seen_;
        claimed = claim_locked();
    }
    cancel_->request(how == departure::shutdown ? base::cancel_reason::shutdown : base::cancel_reason::client_gone);
    output_.close_consumer();
    if (claimed) {
        submit();
    }
}

void session_runner::end_when_idle(error cause) {
    bool claimed = false;
    {
        const std::scoped_lock lock(mutex_);
        if (state_ == state::ended || end_cause_) {
            return;
        }
        end_cause_ = std::move(cause).as_fatal();
        claimed = state_ == state::idle && must_end_locked() && claim_locked();
    }
    if (claimed) {
        submit();
    }
}

void session_runner::end_now(error cause) {
    bool claimed = false;
    {
        const std::scoped_lock lock(mutex_);
        if (state_ == state::ended || std::exchange(end_busy_, true)) {
            return;
        }
        end_cause_ = std::move(cause).as_fatal();
        claimed = claim_locked();
    }
    if (!claimed) {
        cancel_->request(base::cancel_reason::shutdown);
    } else {
        submit();
    }
}

bool session_runner::sweep(std::int64_t now_ns) {
    outbox_.release_held();
    auto deadline = deadlines_.statement.load(std::memory_order_acquire);
    if (deadline != 0 && now_ns >= deadline && deadlines_.statement.compare_exchange_strong(deadline, 0)) {
        cancel_->request(base::cancel_reason::statement_timeout);
    }
    deadline = deadlines_.profile.load(std::memory_order_acquire);
    if (deadline != 0 && now_ns >= deadline && deadlines_.profile.compare_exchange_strong(deadline, 0)) {
        cancel_->request(base::cancel_reason::profile_timeout);
    }
    bool claimed = false;
    bool watched = true;
    bool running = false;
    {
        const std::scoped_lock lock(mutex_);
        running = state_ == state::running;
        const auto idle_deadline = deadlines_.idle_in_transaction.load(std::memory_order_acquire);
        if (state_ == state::idle && idle_deadline != 0 && now_ns >= idle_deadline) {
            end_cause_ = error{.code = sqlstates::idle_in_transaction_session_timeout,
                               .message = "terminating connection due to idle-in-transaction timeout",
                               .fatal = true};
            end_busy_ = true;
            claimed = claim_locked();
        }
        if (state_ == state::blocked && !cancel_told_ && cancel_->requested()) {
            cancel_told_ = true;
            claimed = claim_locked();
        }
        const auto waiting = deadlines_.waiting.load(std::memory_order_acquire);
        if (state_ == state::blocked && waiting != 0 && now_ns >= waiting) {
            claimed = claim_locked();
        }
        const auto gives_way = deadlines_.gives_way.load(std::memory_order_acquire);
        if (gives_way != 0 && now_ns >= gives_way && claim_locked()) {
            gives_way_ = true;
            claimed = true;
        }
        watched = state_ == state::running || state_ == state::blocked || idle_deadline != 0 || gives_way != 0;
    }
    watch_cancel(now_ns, running);
    if (claimed) {
        submit();
    }
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
        if (state_ != state::running) {
            return false;
        }
        gone_ = true;
    }
    output_.close_consumer();
    return true;
}

void session_runner::housekeep(std::int64_t now_ns) {
    if (now_ns >= deadlines_.housekeeping.load(std::memory_order_acquire)) {
        tidy_up(false);
    }
}

void session_runner::recall() {
    tidy_up(true);
}

void session_runner::tidy_up(bool even_blocked) {
    {
        const std::scoped_lock lock(mutex_);
        if ((state_ != state::idle && !even_blocked) || !claim_locked()) {
            return;
        }
        housekeeping_ = true;
    }
    submit();
}

bool session_runner::reading_paused() const {
    const std::scoped_lock lock(mutex_);
    return paused_;
}

// The caller becomes the one who runs the session, if nobody does.
bool session_runner::claim_locked() {
    if (state_ != state::idle && state_ != state::blocked) {
        return false;
    }
    state_ = state::running;
    return true;
}

bool session_runner::must_end_locked() const {
    return end_cause_ && (end_busy_ || !session_ || session_->idle());
}

void session_runner::submit() {
    auto self = std::shared_ptr<session_runner>(host_.keep_alive(), this);
    if (auto queued = shared_.params.executor->submit([self = std::move(self)] { self->run(); }); !queued) {
        // Only when the executor has stopped or is flooded; then even this thread may do the tidying up.
        log.warn("session ended: no thread to run it", {{"reason", queued.error().message}});
        {
            const std::scoped_lock lock(mutex_);
            end_cause_ = std::move(queued.error()).as_fatal();
        }
        end();
    }
}

void session_runner::run() {
    shared_.metrics.session_runs_total.add();
    account_.leave_queue();
    outbox_.begin_run();
    auto reached = session::step::need_input;
    bool first = !session_;
    for (int turn = 0;; ++turn) {
        bool housekeeping = false;
        bool gives_way = false;
        {
            const std::scoped_lock lock(mutex_);
            if (gone_ || must_end_locked()) {
                break;
            }
            housekeeping = std::exchange(housekeeping_, false);
            gives_way = std::exchange(gives_way_, false);
        }
        if (gives_way && session_) {
            session_->give_way();
        }
        if (housekeeping && session_) {
            session_->housekeep();
        }
        if (turn == turns_max) {
            submit();
            return;
        }
        reached = std::exchange(first, false) ? begin() : session_->run(input_, outbox_);
        outbox_.hand_over();
        switch (settle(reached)) {
            case verdict::again:
                continue;
            case verdict::rest:
                return;  // from here on the session may be running elsewhere
            case verdict::end:
                break;
        }
        break;
    }
    end();
}

session::step session_runner::begin() {
    const auto& params = shared_.params;
    // Whoever calls back may do so a moment after the connection's end.
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

session_runner::verdict session_runner::settle(session::step reached) {
    auto next = verdict::rest;
    bool read_on = false;
    {
        const std::scoped_lock lock(mutex_);
        if (gone_ || reached == session::step::closed) {
            return verdict::end;
        }
        if (must_end_locked()) {
            return verdict::end;
        }
        if (reached == session::step::blocked) {
            if (!session_->waits()) {
                shared_.metrics.streaming_backpressure_events.add();
            }
            const bool writable = std::exchange(writable_, false);
            const bool woken = std::exchange(woken_, false);
            if (writable || woken) {
                return verdict::again;
            }
            state_ = state::blocked;
            return verdict::rest;
        }
        if (incoming_.pending_bytes() > 0) {
            incoming_.move_pending_to(input_);
            read_on = std::exchange(paused_, false);
        }
        if (input_.has_complete_frame()) {
            next = verdict::again;
        } else {
            // Whoever sent much and then nothing does not keep its memory.
            input_.trim();
            incoming_.trim();
            state_ = state::idle;
            cancel_told_ = false;
        }
    }
    if (read_on) {
        host_.input_room();
    }
    return next;
}

void session_runner::end() {
    std::optional<error> cause;
    bool gone = false;
    bool vanished = false;
    {
        const std::scoped_lock lock(mutex_);
        cause = std::exchange(end_cause_, std::nullopt);
        gone = gone_;
        vanished = vanished_;
    }
    if (gone && session_) {
        const bool lost = session_->lose_client(sqlstates::connection_failure);
        if (lost && vanished) {
            shared_.metrics.clients_vanished_total.add();
        }
    }
    if (cause && !gone) {
        if (session_) {
            session_->terminate(*cause, outbox_);
        } else {
            postgres::write_error(outbox_.buffer(), *cause);
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
        state_ = state::ended;
    }
    host_.ended();
}

// The session need not wait any more.
void session_runner::wake() {
    bool claimed = false;
    {
        const std::scoped_lock lock(mutex_);
        woken_ = state_ == state::running;
        claimed = state_ == state::blocked && claim_locked();
    }
    if (claimed) {
        submit();
    }
}

// The client has read, or others have given back what was too much in all.
void session_runner::room() {
    bool claimed = false;
    bool running = false;
    {
        const std::scoped_lock lock(mutex_);
        running = state_ == state::running;
        writable_ = running;
        cancel_told_ = false;
        claimed = state_ == state::blocked && claim_locked();
    }
    if (claimed) {
        submit();
    } else if (!running) {
        account_.give_up_grant();
    }
}

}  // namespace sluice::server
