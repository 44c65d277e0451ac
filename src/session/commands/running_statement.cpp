#include "session/commands/running_statement.hpp"

#include <chrono>
#include <utility>

#include "postgres/query_text/secret_text.hpp"

namespace sluice::session {

namespace {

// While the client is waited for, its statement keeps the permit for this time.
constexpr std::int64_t patience_ns = 100'000'000;
// Interval at which a statement that waits for a connection asks for it; the engine bounds the whole wait.
constexpr std::int64_t look_again_ns = 100'000'000;

}  // namespace

running_statement::running_statement(running_statement_params params)
    : engine_(params.engine),
      load_(params.load),
      settings_(params.of_session),
      watch_(params.watch),
      clock_(params.clock),
      user_(params.session.user),
      governed_(load_, load_.user(params.session.user), std::move(params.session), std::move(params.wake)) {}

// A session that is dropped in the middle of a statement still leaves its record.
running_statement::~running_statement() {
    end(sqlstates::connection_failure);
}

void running_statement::begin(const std::shared_ptr<const parsed_query>& query, std::string_view text) {
    std::size_t owned_bytes = query->text.size();
    std::shared_ptr<const void> owner = query;
    if (query->may_hold_secret) {
        const auto shown = std::make_shared<const std::string>(postgres::without_secret(text));
        text = *shown;
        owned_bytes = shown->size();
        owner = shown;
    }
    governed_.begin({.text_owner = std::move(owner), .text = text, .owned_bytes = owned_bytes}, clock_.steady_ns());
    facts().planned_ns = std::exchange(planned_ns_, 0);
    facts().waited_ns = std::exchange(connect_waited_ns_, 0);
    engine_.cancel().name_query(facts().id);
}

void running_statement::begin_refused(std::string_view sql) {
    auto text = std::make_shared<const parsed_query>(sql.substr(0, load_.log().text_bytes_max()));
    const std::string_view whole = text->text;
    begin(text, whole);
}

void running_statement::note_planned() {
    facts().planned_ns = clock_.steady_ns() - facts().started_ns;
}

void running_statement::end_parse() {
    note_planned();
    planned_ns_ = facts().planned_ns;
    governed_.discard();
}

void running_statement::end(sqlstate outcome) {
    watch_.clear(deadline::waiting);
    watch_.clear(deadline::profile);
    if (const workload::query_profile* profile = governed_.profile(); profile != nullptr && !profile->cancellable) {
        engine_.cancel().refuse_users(false);
    }
    engine_.set_urgent(false);
    if (!active()) {
        governed_.end(outcome, 0);
        return;
    }
    const std::int64_t now_ns = clock_.steady_ns();
    if (rows_began_ns_ != 0) {
        facts().fetched_ns += now_ns - std::exchange(rows_began_ns_, 0);
    }
    const bool ended_well = outcome == sqlstates::successful_completion;
    lost_ = lost_ || (!ended_well && engine_.cancel().reason() == base::cancel_reason::client_gone);
    governed_.end(outcome, now_ns);
}

const workload::query_profile& running_statement::profile_of(const prepared& source) const {
    return load_.profiles().choose({.hint = source.statement->hint,
                                    .setting = settings_.profile(),
                                    .user = user_,
                                    .application = settings_.application_name(),
                                    .reads_catalog_only = source.statement->reads_catalog_only});
}

result<bool> running_statement::admit(const workload::query_profile& profile, bool resumes) {
    // A statement_timeout, even 0, takes the place of the profile's timeout.
    const auto timeout =
        settings_.has_statement_timeout() ? std::chrono::nanoseconds(0) : std::chrono::nanoseconds(profile.timeout);
    governed_.plan(profile, {.timeout = timeout, .resumes = resumes});
    // The record of a statement that begins has just read the clock.
    const std::int64_t now_ns = resumes ? clock_.steady_ns() : facts().started_ns;
    TRY_ASSIGN(const workload::next_step next, governed_.step(now_ns));
    if (next.is_admitted) {
        note_admitted(now_ns);
    } else if (!next.runs) {
        watch_.set(deadline::waiting, next.until_ns);
    }
    return next.runs;
}

result<bool> running_statement::step() {
    const std::int64_t now_ns = clock_.steady_ns();
    TRY_ASSIGN(const workload::next_step next, governed_.step(now_ns));
    if (!next.runs) {
        watch_.set(deadline::waiting, next.until_ns);
    } else if (next.is_admitted) {
        note_admitted(now_ns);
    } else {
        watch_.clear(deadline::waiting);
    }
    return next.runs;
}

void running_statement::note_admitted(std::int64_t now_ns) {
    watch_.clear(deadline::waiting);
    const workload::query_profile& profile = *governed_.profile();
    if (!profile.cancellable) {
        engine_.cancel().refuse_users(true);
    }
    engine_.set_urgent(profile.priority == workload::query_priority::high);
    watch_.set(deadline::profile, governed_.resume_time(now_ns));
}

bool running_statement::retry_after(const error& cause) {
    const std::int64_t now_ns = clock_.steady_ns();
    if (!governed_.retry_after(cause, now_ns)) {
        return false;
    }
    const auto next = governed_.step(now_ns);  // it waits, so this returns until when
    watch_.set(deadline::waiting, next ? next->until_ns : now_ns);
    return true;
}

// Time that the client takes does not count as the statement's.
void running_statement::pause() {
    const bool counts = watch_.is_set(deadline::profile);
    if (!counts && !governed_.holds_permit()) {
        return;
    }
    const std::int64_t now_ns = clock_.steady_ns();
    if (counts) {
        governed_.pause_time(now_ns);
        watch_.clear(deadline::profile);
    }
    if (governed_.holds_permit()) {
        watch_.set(deadline::gives_way, now_ns + patience_ns);
    }
}

void running_statement::go_on() {
    watch_.clear(deadline::gives_way);
    if (governed_.has_time_limit() && governed_.holds_permit()) {
        watch_.set(deadline::profile, governed_.resume_time(clock_.steady_ns()));
    }
}

void running_statement::give_way() {
    if (governed_.holds_permit()) {
        governed_.give_way();
    }
}

result<bool> running_statement::connect(const std::function<void()>& begin_record) {
    auto connected = engine_.connect();
    const bool has_to_wait = connected && !*connected;
    if ((has_to_wait || !connected) && connect_began_ns_ == 0) {
        connect_began_ns_ = clock_.steady_ns();
        begin_record();
    }
    if (has_to_wait) {
        watch_.set(deadline::waiting, clock_.steady_ns() + look_again_ns);
    } else if (connect_began_ns_ != 0) {
        connect_waited_ns_ = clock_.steady_ns() - std::exchange(connect_began_ns_, 0);
        watch_.clear(deadline::waiting);
        if (connected) {
            governed_.discard();  // the statement begins its own record
        } else {
            facts().waited_ns = std::exchange(connect_waited_ns_, 0);
        }
    }
    return connected;
}

void running_statement::start_timer() {
    if (timer_runs_) {
        return;
    }
    if (const auto timeout_ms = settings_.statement_timeout_ms(); timeout_ms > 0) {
        timer_runs_ = true;
        watch_.set(deadline::statement, clock_.steady_ns() + timeout_ms * 1'000'000);
    }
}

void running_statement::stop_timer() {
    if (timer_runs_) {
        timer_runs_ = false;
        watch_.clear(deadline::statement);
    }
}

result<> running_statement::check_cancel() const {
    if (const auto& token = engine_.cancel(); token.requested()) [[unlikely]] {
        return fail(token.to_error());
    }
    return {};
}

void running_statement::pause_rows() {
    facts().fetched_ns += clock_.steady_ns() - std::exchange(rows_began_ns_, 0);
    publish(workload::query_phase::streaming);
}

bool running_statement::lose_client(sqlstate cause) {
    const auto& token = engine_.cancel();
    lost_ = lost_ || active();
    end(token.requested() ? token.to_error().code : cause);
    return lost_;
}

void running_statement::follow_application_name() {
    if (governed_.activity().application() != settings_.application_name()) {
        governed_.activity().rename_application(settings_.application_name());
    }
}

}  // namespace sluice::session
