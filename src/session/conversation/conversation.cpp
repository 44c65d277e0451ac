#include "session/conversation/conversation.hpp"

#include <algorithm>
#include <chrono>
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

conversation::impl::impl(conversation_params params)
    : params_(std::move(params)),
      engine_(*params_.engine),
      settings_(settings_params{
          .user = params_.user,
          .database = params_.database,
          .knows_profile = [this](std::string_view name) { return params_.load->profiles().find(name) != nullptr; }}),
      transaction_(engine_),
      statements_(params_.statements_max),
      portals_(params_.statements_max),
      running_({.engine = engine_,
                .load = *params_.load,
                .of_session = settings_,
                .watch = *params_.watch,
                .clock = *params_.clock,
                .session = {.id = static_cast<std::uint32_t>(params_.process_id),
                            .user = params_.user,
                            .database = params_.database,
                            .application = {}},
                .wake = params_.wake}),
      setting_commands_(settings_, params_.server_settings, engine_, transaction_),
      transactions_(transaction_, settings_, setting_commands_, portals_, engine_),
      end_(engine_, settings_, transaction_, transactions_, running_, protocol_),
      planner_(engine_, transaction_, statements_, portals_, setting_commands_, running_),
      runner_({.engine = engine_,
               .within = transaction_,
               .of_session = settings_,
               .setting = setting_commands_,
               .transactions = transactions_,
               .planner = planner_,
               .running = running_,
               .end = end_,
               .cursors = *params_.cursors,
               .clock = *params_.clock,
               .protocol = protocol_}),
      cursor_commands_({.engine = engine_,
                        .within = transaction_,
                        .portals = portals_,
                        .runner = runner_,
                        .planner = planner_,
                        .end = end_,
                        .cursors = *params_.cursors,
                        .clock = *params_.clock,
                        .protocol = protocol_}),
      copy_(engine_, transaction_, transactions_, runner_, end_) {
    engine_.set_facts({.user = params_.user,
                       .process_id = params_.process_id,
                       .setting = [this](std::string_view name) { return setting_commands_.current(name); },
                       .settings = [this] { return setting_commands_.list(); },
                       .cursors = [this] { return cursor_commands_.list(); }});
}

step conversation::impl::start(base::outbox& out) {
    auto applied = settings_.start(params_.setting_defaults, params_.startup_options);
    if (applied) {
        running_.follow_application_name();
        applied = setting_commands_.apply();
    }
    if (!applied) {
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

step conversation::impl::run(postgres::frame_reader& input, base::outbox& out) {
    running_.go_on();
    const step reached = run_frames(input, out);
    running_.pause();
    return reached;
}

step conversation::impl::run_frames(postgres::frame_reader& input, base::outbox& out) {
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
        if (copy_.takes_data() && running_.must_ask() && input.peek_type()) {
            auto admitted = running_.admit_again();
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

result<bool> conversation::impl::connect_for(const postgres::frame_reader& input) {
    const auto type = input.peek_type();
    const bool needed = type && std::string_view("QPE").contains(*type) && !skip_to_sync_ && !copy_.takes_data();
    if (!needed) {
        return true;
    }
    begin_activity(*type);
    return running_.connect([&] { begin_connect_record(*input.peek()); });
}

// A statement that waits for a connection, or is refused one, gets a record before it is parsed.
void conversation::impl::begin_connect_record(const postgres::frame& message) {
    if (message.type == 'Q') {
        running_.begin_refused(postgres::parse_query(message.body).value_or(postgres::query_message{}).sql);
    } else if (message.type == 'P') {
        running_.begin_refused(postgres::parse_parse(message.body).value_or(postgres::parse_message{}).sql);
    } else {
        const auto execute = postgres::parse_execute(message.body);
        const auto entry = execute ? portals_.find(execute->portal) : nullptr;
        if (!entry || entry->source->statement == nullptr) {
            return;
        }
        running_.begin(entry->source->query, entry->source->statement->text);
    }
    running_.publish(workload::query_phase::waiting);
}

conversation::impl::motion conversation::impl::advance(base::outbox& out) {
    if (!runner_.reads() && !copy_.takes_data() && !simple_query_ && !start_waiting_) {
        return motion::idle;
    }
    auto moved = advance_statement(out);
    if (!moved) {
        report(std::move(moved).error(), out);
        return motion::moved;
    }
    return *moved;
}

result<conversation::impl::motion> conversation::impl::advance_statement(base::outbox& out) {
    // A completed statement can no longer be cancelled.
    const bool complete =
        simple_query_ && simple_query_->done() && !runner_.reads() && !copy_.takes_data() && !start_waiting_;
    if (auto alive = running_.check_cancel(); !alive && !complete) {
        if (!running_.active() && simple_query_ && !simple_query_->done()) {
            // The query was cancelled before its first statement, or between two of them.
            running_.begin(simple_query_->text, simple_query_->text->statements[simple_query_->next].text);
        }
        return fail(std::move(alive).error());
    }
    if (start_waiting_) {
        auto may = running_.may_go_on();
        if (may && !*may) {
            return motion::blocked;
        }
        const start_waiting start = *std::exchange(start_waiting_, std::nullopt);
        TRY(may);
        TRY(start_portal(start.entry, start.rows_max, out));
        return motion::moved;
    }
    if (runner_.reads()) {
        TRY_ASSIGN(const bool is_blocked, runner_.fetch(out));
        return is_blocked ? motion::blocked : motion::moved;
    }
    if (copy_.takes_data()) {
        return motion::idle;
    }
    TRY(run_next_statement(out));
    return motion::moved;
}

result<> conversation::impl::handle(const postgres::frame& frame, const postgres::frame_reader& input,
                                    base::outbox& out) {
    if (copy_.takes_data()) {
        return copy_.on_frame(frame, out);
    }
    if (!frontend_types.contains(frame.type)) {
        return fail(unknown_message_type(frame.type));
    }
    if (skip_to_sync_ && frame.type != 'S' && frame.type != 'X') {
        return {};
    }
    if (std::string_view("dcf").contains(frame.type)) {
        return {};  // the client did not know yet that its COPY failed
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

void conversation::impl::begin_activity(char type) {
    recover_at_sync_ = is_extended(type);
    if (!busy_) {
        busy_ = true;
        engine_.cancel().reset();
        if (idle_timer_runs_) {
            idle_timer_runs_ = false;
            params_.watch->clear(deadline::idle_in_transaction);
        }
    }
}

void conversation::impl::report(error cause, base::outbox& out) {
    if (cause.fatal) {
        close_with(std::move(cause), out);
        return;
    }
    running_.end(cause.code);
    running_.stop_timer();
    engine_.cancel().reset();
    postgres::write_error(out.buffer(), cause);
    if (auto undone = undo(); !undone) {
        close_with(std::move(undone).error(), out);
        return;
    }
    end_simple_query();
    if (recover_at_sync_) {
        skip_to_sync_ = true;
        out.flush();
    } else {
        ready(out);
    }
}

result<> conversation::impl::undo() {
    runner_.drop(true);
    copy_.drop();
    start_waiting_.reset();
    if (transaction_.in_block()) {
        portals_.close_streams();
    } else {
        portals_.end_transaction();
    }
    TRY(transaction_.fail());
    settings_.rollback();
    return setting_commands_.apply();
}

void conversation::impl::ready(base::outbox& out) {
    if (transaction_.current() == transaction::state::none) {
        settings_.commit();
    }
    for (const auto& [name, value] : settings_.take_reports()) {
        postgres::write_parameter_status(out.buffer(), name, value);
    }
    postgres::write_ready_for_query(out.buffer(), transaction_.status());
    out.flush();
    running_.end(sqlstates::successful_completion);
    engine_.park();
    running_.follow_application_name();
    running_.stop_timer();
    busy_ = false;
    note_next_housekeeping(true);
    if (transaction_.in_block()) {
        if (const auto timeout_ms = settings_.idle_in_transaction_session_timeout_ms(); timeout_ms > 0) {
            idle_timer_runs_ = true;
            params_.watch->set(deadline::idle_in_transaction, params_.clock->steady_ns() + timeout_ms * 1'000'000);
        }
    }
}

void conversation::impl::close_with(error cause, base::outbox& out) {
    cause.fatal = true;
    postgres::write_error(out.buffer(), cause);
    out.flush();
    running_.end(cause.code);
    running_.stop_timer();
    runner_.drop(false);
    copy_.drop();
    start_waiting_.reset();
    end_simple_query();
    portals_.clear();
    closed_ = true;
}

void conversation::impl::terminate(const error& cause, base::outbox& out) {
    if (!closed_) {
        close_with(cause, out);
    }
}

// Sets the deadline for the next housekeep().
void conversation::impl::note_next_housekeeping(bool may_rest) {
    std::optional<std::int64_t> due_ns = cursor_commands_.next_eviction_ns();
    if (may_rest && transaction_.current() == transaction::state::none) {
        const std::int64_t rests_ns = params_.clock->steady_ns() + std::chrono::nanoseconds(params_.rest_after).count();
        due_ns = std::min(due_ns.value_or(rests_ns), rests_ns);
    }
    params_.watch->set(deadline::housekeeping, due_ns.value_or(0));
}

// A statement under way is cancelled already; the next run reports that.
void conversation::impl::leave_lost_engine() {
    if (runner_.reads() || copy_.takes_data() || simple_query_) {
        return;
    }
    portals_.lose_streams();
    engine_.leave_engine();
}

void conversation::impl::housekeep() {
    if (engine_.engine_lost()) {
        leave_lost_engine();
    }
    if (!idle()) {
        return;
    }
    const std::int64_t now_ns = params_.clock->steady_ns();
    cursor_commands_.evict_idle(now_ns);
    if (transaction_.current() == transaction::state::none) {
        engine_.rest();
    }
    note_next_housekeeping(false);
}

void conversation::impl::end_simple_query() {
    simple_query_.reset();
    protocol_ = {};
}

void conversation::impl::give_way() {
    if (runner_.reads() || copy_.takes_data()) {
        running_.give_way();
    }
}

conversation::conversation(conversation_params params) : impl_(std::make_unique<impl>(std::move(params))) {}
conversation::~conversation() = default;

step conversation::start(base::outbox& out) {
    return impl_->start(out);
}

step conversation::run(postgres::frame_reader& input, base::outbox& out) {
    return impl_->run(input, out);
}

void conversation::housekeep() {
    impl_->housekeep();
}

void conversation::terminate(const error& cause, base::outbox& out) {
    impl_->terminate(cause, out);
}

postgres::transaction_status conversation::status() const {
    return impl_->status();
}

bool conversation::lose_client(sqlstate cause) {
    return impl_->lose_client(cause);
}

bool conversation::idle() const {
    return impl_->idle();
}

bool conversation::waits() const {
    return impl_->waits();
}

void conversation::give_way() {
    impl_->give_way();
}

}  // namespace sluice::session
