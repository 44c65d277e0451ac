#include "session/conversation/conversation.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "base/core/assert.hpp"
#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

namespace {

constexpr std::string_view frontend_types = "QFXPBDECHSdcf";

bool is_extended(char type) {
    return std::string_view("PBDECH").contains(type);
}

error unknown_message_type(char type) {
    return error{.code = sqlstates::protocol_violation,
                 .message = "invalid frontend message type " +
                            std::to_string(static_cast<unsigned>(static_cast<unsigned char>(type)))}
        .as_fatal();
}

error function_call() {
    return {.code = sqlstates::feature_not_supported,
            .message = "the FunctionCall message is not supported",
            .hint = "Call the function in a SELECT."};
}

}  // namespace

session::impl::impl(session_params params)
    : params_(std::move(params)),
      engine_(*params_.engine),
      load_(*params_.load),
      user_(load_.user(params_.user)),
      activity_(
          load_.log(),
          {.id = static_cast<std::uint32_t>(params_.process_id), .user = params_.user, .database = params_.database}),
      permit_(load_.admission(), params_.wake),
      settings_(settings_params{
          .user = params_.user,
          .database = params_.database,
          .knows_profile = [this](std::string_view name) { return load_.profiles().find(name) != nullptr; }}),
      transaction_(engine_),
      statements_(params_.statements_max),
      portals_(params_.statements_max) {
    SLUICE_ASSERT(params_.watch != nullptr && params_.clock != nullptr && params_.cursors != nullptr);
    engine_.set_facts({.user = params_.user,
                       .process_id = params_.process_id,
                       .setting = [this](std::string_view name) { return current_setting(name); },
                       .settings = [this] { return list_settings(); },
                       .cursors = [this] { return list_cursors(); }});
}

step session::impl::start(base::outbox& out) {
    if (auto applied = apply_startup_options(); !applied) {
        close_with(std::move(applied).error(), out);
        return step::closed;
    }
    for (const auto& [name, value] : settings_.reported()) {
        postgres::write_parameter_status(out.buffer(), name, value);
    }
    postgres::write_backend_key_data(out.buffer(), params_.process_id, params_.secret_key);
    ready(out);
    return step::need_input;
}

// A session that is dropped in the middle of a statement leaves its record all the same.
session::impl::~impl() {
    end_record(sqlstates::connection_failure);
}

result<> session::impl::apply_startup_options() {
    TRY(settings_.start(params_.setting_defaults, params_.startup_options));
    activity_.rename_application(settings_.application_name());
    return apply_value_settings();
}

step session::impl::run(postgres::frame_reader& input, base::outbox& out) {
    go_on();
    const step reached = run_frames(input, out);
    pause();
    return reached;
}

step session::impl::run_frames(postgres::frame_reader& input, base::outbox& out) {
    while (!closed_) {
        switch (advance(out)) {
            case motion::moved:
                continue;
            case motion::blocked:
                out.flush();
                return step::blocked;
            case motion::idle:
                break;
        }
        if (out.full()) {
            out.flush();
            return step::blocked;
        }
        if (copying_in_ && !permit_.held() && input.peek_type()) {
            auto admitted = admit_again();
            if (!admitted) {
                report(std::move(admitted).error(), out);
                continue;
            }
            if (!*admitted) {
                return step::blocked;
            }
        }
        auto connected = connect_for(input);
        if (connected && !*connected) {
            return step::blocked;
        }
        auto frame = input.next();
        if (!frame) {
            close_with(std::move(frame).error(), out);
        } else if (!*frame) {
            return step::need_input;
        } else if (!connected) {
            report(std::move(connected).error(), out);
        } else if (auto handled = handle(**frame, input, out); !handled) {
            report(std::move(handled).error(), out);
        }
    }
    return step::closed;
}

session::impl::motion session::impl::advance(base::outbox& out) {
    const bool under_way = fetching_ || copying_in_ || simple_query_ || start_waiting_;
    if (!under_way) {
        return motion::idle;
    }
    // A statement that is complete cannot be cancelled any more.
    const bool complete = simple_query_ && simple_query_->done() && !fetching_ && !copying_in_ && !start_waiting_;
    if (auto alive = check_cancel(); !alive && !complete) {
        if (!activity_.active() && simple_query_ && !simple_query_->done()) {
            // It was cancelled before its first statement, or between two of them.
            begin_record(simple_query_->text, simple_query_->text->statements[simple_query_->next].text);
        }
        report(std::move(alive).error(), out);
        return motion::moved;
    }
    if (start_waiting_) {
        auto may = may_go_on();
        if (may && !*may) {
            return motion::blocked;
        }
        const start_waiting start = *std::exchange(start_waiting_, std::nullopt);
        auto started = may ? start_portal(start.entry, start.rows_max, out) : result<>(fail(std::move(may).error()));
        if (!started) {
            report(std::move(started).error(), out);
        }
        return motion::moved;
    }
    if (fetching_) {
        auto is_blocked = fetch(*fetching_, out);
        if (!is_blocked) {
            report(std::move(is_blocked).error(), out);
            return motion::moved;
        }
        return *is_blocked ? motion::blocked : motion::moved;
    }
    if (copying_in_) {
        return motion::idle;
    }
    if (auto ran = run_next_statement(out); !ran) {
        report(std::move(ran).error(), out);
    }
    return motion::moved;
}

result<> session::impl::handle(const postgres::frame& frame, const postgres::frame_reader& input, base::outbox& out) {
    if (copying_in_) {
        return on_copy_frame(*copying_in_, frame, out);
    }
    if (!frontend_types.contains(frame.type)) {
        return fail(unknown_message_type(frame.type));
    }
    if (skip_to_sync_ && frame.type != 'S' && frame.type != 'X') {
        return {};
    }
    if (std::string_view("dcf").contains(frame.type)) {
        return {};  // the client had not seen yet that its COPY failed
    }
    begin_activity(frame.type);
    switch (frame.type) {
        case 'Q':
            return on_query(frame.body, out);
        case 'P':
            return on_parse(frame.body, out);
        case 'B':
            return on_bind(frame.body, out);
        case 'D':
            return on_describe(frame.body, out);
        case 'E':
            return on_execute(frame.body, input.peek_type() == 'S', out);
        case 'C':
            return on_close(frame.body, out);
        case 'H':
            TRY(postgres::parse_empty(frame.body));
            out.flush();
            return {};
        case 'S':
            return on_sync(frame.body, out);
        case 'F':
            return fail(transaction_.failed() ? failed_transaction() : function_call());
        default:
            closed_ = true;
            out.flush();
            return {};
    }
}

void session::impl::begin_activity(char type) {
    recover_at_sync_ = is_extended(type);
    if (!busy_) {
        busy_ = true;
        engine_.cancel().reset();
        if (idle_timer_runs_) {
            idle_timer_runs_ = false;
            params_.watch->idle_in_transaction.store(0, std::memory_order_relaxed);
        }
    }
}

void session::impl::report(error cause, base::outbox& out) {
    if (cause.fatal) {
        close_with(std::move(cause), out);
        return;
    }
    end_record(cause.code);
    stop_statement_timer();
    engine_.cancel().reset();
    postgres::write_error(out.buffer(), cause);
    if (auto undone = undo(); !undone) {
        close_with(std::move(undone).error(), out);
        return;
    }
    simple_query_.reset();
    if (recover_at_sync_) {
        skip_to_sync_ = true;
        out.flush();
    } else {
        ready(out);
    }
}

result<> session::impl::undo() {
    if (fetching_ && fetching_->source->cursor) {
        fetching_->source->close_stream(portal::phase::done);  // even if it was to outlive this transaction
    }
    fetching_.reset();
    copying_in_.reset();
    start_waiting_.reset();
    if (transaction_.in_block()) {
        portals_.close_streams();
    } else {
        portals_.end_transaction();
    }
    TRY(transaction_.fail());
    settings_.rollback();
    return apply_value_settings();
}

void session::impl::ready(base::outbox& out) {
    if (transaction_.current() == transaction::state::none) {
        settings_.commit();
    }
    for (const auto& [name, value] : settings_.take_reports()) {
        postgres::write_parameter_status(out.buffer(), name, value);
    }
    postgres::write_ready_for_query(out.buffer(), transaction_.status());
    out.flush();
    end_record(sqlstates::successful_completion);
    engine_.park();
    if (activity_.application() != settings_.application_name()) {
        activity_.rename_application(settings_.application_name());
    }
    stop_statement_timer();
    busy_ = false;
    note_next_housekeeping(true);
    if (transaction_.in_block()) {
        if (const auto timeout_ms = settings_.idle_in_transaction_session_timeout_ms(); timeout_ms > 0) {
            idle_timer_runs_ = true;
            params_.watch->idle_in_transaction.store(params_.clock->steady_ns() + timeout_ms * 1'000'000,
                                                     std::memory_order_relaxed);
        }
    }
}

void session::impl::close_with(error cause, base::outbox& out) {
    cause.fatal = true;
    postgres::write_error(out.buffer(), cause);
    out.flush();
    end_record(cause.code);
    stop_statement_timer();
    fetching_.reset();
    copying_in_.reset();
    start_waiting_.reset();
    simple_query_.reset();
    portals_.clear();
    closed_ = true;
}

void session::impl::terminate(const error& cause, base::outbox& out) {
    if (!closed_) {
        close_with(cause, out);
    }
}

bool session::impl::lose_client(sqlstate cause) {
    const auto& token = engine_.cancel();
    lost_statement_ = lost_statement_ || activity_.active();
    end_record(token.requested() ? token.to_error().code : cause);
    return lost_statement_;
}

// The next moment at which housekeep() has something to do.
void session::impl::note_next_housekeeping(bool may_rest) {
    std::int64_t due_ns = std::numeric_limits<std::int64_t>::max();
    if (may_rest && transaction_.current() == transaction::state::none) {
        due_ns = params_.clock->steady_ns() + std::chrono::nanoseconds(params_.rest_after).count();
    }
    if (const std::int64_t timeout_ns = params_.cursors->idle_timeout_ns(); timeout_ns > 0 && declared_cursors_) {
        for (const auto& [name, each] : portals_.named()) {
            if (each->cursor && each->state != portal::phase::expired) {
                due_ns = std::min(due_ns, each->cursor->used_ns + timeout_ns);
            }
        }
    }
    params_.watch->housekeeping.store(due_ns, std::memory_order_relaxed);
}

// What is under way was cancelled, and is reported by the next run.
void session::impl::leave_lost_engine() {
    if (fetching_ || copying_in_ || simple_query_) {
        return;
    }
    portals_.lose_streams();
    engine_.leave_engine();
}

void session::impl::housekeep() {
    if (engine_.engine_lost()) {
        leave_lost_engine();
    }
    if (!idle()) {
        return;
    }
    const std::int64_t now_ns = params_.clock->steady_ns();
    evict_idle_cursors(now_ns);
    if (transaction_.current() == transaction::state::none) {
        engine_.rest();
    }
    note_next_housekeeping(false);
}

void session::impl::start_statement_timer() {
    if (statement_timer_runs_) {
        return;
    }
    if (const auto timeout_ms = settings_.statement_timeout_ms(); timeout_ms > 0) {
        statement_timer_runs_ = true;
        params_.watch->statement.store(params_.clock->steady_ns() + timeout_ms * 1'000'000, std::memory_order_relaxed);
    }
}

void session::impl::stop_statement_timer() {
    if (statement_timer_runs_) {
        statement_timer_runs_ = false;
        params_.watch->statement.store(0, std::memory_order_relaxed);
    }
}

result<> session::impl::check_cancel() const {
    if (const auto& token = engine_.cancel(); token.requested()) [[unlikely]] {
        return fail(token.to_error());
    }
    return {};
}

void session::impl::warn(sqlstate code, std::string_view message, base::outbox& out) const {
    if (settings_.show("client_min_messages").value_or("") == "error") {
        return;
    }
    postgres::write_notice(out.buffer(), "WARNING", error{.code = code, .message = std::string(message)});
}

session::session(session_params params) : impl_(std::make_unique<impl>(std::move(params))) {}
session::~session() = default;

step session::start(base::outbox& out) {
    return impl_->start(out);
}

step session::run(postgres::frame_reader& input, base::outbox& out) {
    return impl_->run(input, out);
}

void session::housekeep() {
    impl_->housekeep();
}

void session::terminate(const error& cause, base::outbox& out) {
    impl_->terminate(cause, out);
}

postgres::transaction_status session::status() const {
    return impl_->status();
}

bool session::lose_client(sqlstate cause) {
    return impl_->lose_client(cause);
}

bool session::idle() const {
    return impl_->idle();
}

bool session::waits() const {
    return impl_->waits();
}

void session::give_way() {
    impl_->give_way();
}

}  // namespace sluice::session
