// What a statement has besides its portal while it is under way: its record in the query log, its permit, its time.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

namespace {

// A client that reads on within this time does not cost its statement the place among those that run.
constexpr std::int64_t patience_ns = 100'000'000;

}  // namespace

void session::impl::begin_record(std::shared_ptr<const parsed_query> query, std::string_view text) {
    attempts_ = 0;
    profile_ = nullptr;
    std::size_t owned_bytes = query->text.size();
    std::shared_ptr<const void> owner = query;
    if (query->may_hold_secret) {
        const auto shown = std::make_shared<const std::string>(postgres::without_secret(text));
        text = *shown;
        owned_bytes = shown->size();
        owner = shown;
    }
    activity_.begin({.text_owner = std::move(owner), .text = text, .owned_bytes = owned_bytes},
                    params_.clock->steady_ns());
    activity_.facts().planned_ns = std::exchange(planned_ns_, 0);
    activity_.facts().waited_ns = std::exchange(connect_waited_ns_, 0);
    engine_.cancel().name_query(activity_.facts().id);
}

void session::impl::record_refused(std::string_view sql) {
    auto text = std::make_shared<const parsed_query>(sql.substr(0, load_.log().text_bytes_max()));
    const std::string_view whole = text->text;
    begin_record(std::move(text), whole);
}

void session::impl::note_planned() {
    workload::query_facts& facts = activity_.facts();
    facts.planned_ns = params_.clock->steady_ns() - facts.started_ns;
}

void session::impl::end_record(sqlstate outcome) {
    permit_.release();
    wait_no_more();
    params_.watch->profile.store(0, std::memory_order_relaxed);
    if (profile_ != nullptr && !profile_->cancellable) {
        engine_.cancel().refuse_users(false);
    }
    engine_.set_urgent(false);
    if (!activity_.active()) {
        return;
    }
    const std::int64_t now_ns = params_.clock->steady_ns();
    if (fetch_began_ns_ != 0) {
        activity_.facts().fetched_ns += now_ns - std::exchange(fetch_began_ns_, 0);
    }
    const bool ended_well = outcome == sqlstates::successful_completion;
    lost_statement_ = lost_statement_ || (!ended_well && engine_.cancel().reason() == base::cancel_reason::client_gone);
    if (attempts_ > 0 && ended_well) {
        load_.retries().retries_succeeded_total.add();
    }
    load_.count(activity_.end(outcome, now_ns), user_);
}

const workload::query_profile& session::impl::profile_of(const prepared& source) const {
    const workload_traits& traits = source.traits();
    return load_.profiles().choose({.hint = traits.hint,
                                    .setting = settings_.profile(),
                                    .user = params_.user,
                                    .application = settings_.application_name(),
                                    .reads_catalog_only = traits.reads_catalog_only});
}

// The session's own commands, and those that end a transaction, always run.
bool session::impl::needs_permit(const portal& entry) {
    const prepared& source = *entry.source;
    switch (source.kind()) {
        case postgres::statement_kind::copy:
        case postgres::statement_kind::fetch_cursor:
        case postgres::statement_kind::declare_cursor:
            return true;
        default:
            return source.plan != nullptr;
    }
}

result<bool> session::impl::admit(const std::shared_ptr<portal>& entry, std::uint64_t rows_max) {
    if (permit_.held() || !needs_permit(*entry)) {
        return true;
    }
    const portal* cursor = nullptr;
    if (const auto* fetch = std::get_if<postgres::fetch_command>(&entry->source->statement->command)) {
        cursor = portals_.find(fetch->cursor).get();
    }
    const portal& read = cursor != nullptr ? *cursor : *entry;
    const bool goes_on = read.profile != nullptr;
    profile_ = goes_on ? read.profile : entry->profile;
    if (profile_ == nullptr) {
        profile_ = &profile_of(*entry->source);
        entry->profile = profile_;
    }
    activity_.facts().profile = profile_;
    workload::admission_demand demand = load_.demand_of(*profile_, user_);
    demand.resumes = goes_on;
    TRY_ASSIGN(const bool held, ask(demand));
    if (!held) {
        start_waiting_ = start_waiting{.entry = entry, .rows_max = rows_max};
    }
    return held;
}

result<bool> session::impl::connect_for(const postgres::frame_reader& input) {
    constexpr std::int64_t look_again_ns = 100'000'000;  // for the time limit, which is the engine's
    const auto type = input.peek_type();
    const bool needed = type && std::string_view("QPE").contains(*type) && !skip_to_sync_ && !copying_in_;
    if (!needed) {
        return true;
    }
    begin_activity(*type);
    auto connected = engine_.connect();
    const bool waits = connected && !*connected;
    if ((waits || !connected) && connect_began_ns_ == 0) {
        connect_began_ns_ = params_.clock->steady_ns();
        begin_connect_record(*input.peek());
    }
    if (waits) {
        wait_until(params_.clock->steady_ns() + look_again_ns);
    } else if (connect_began_ns_ != 0) {
        connect_waited_ns_ = params_.clock->steady_ns() - std::exchange(connect_began_ns_, 0);
        wait_no_more();
        if (connected) {
            activity_.discard();  // the statement begins its own record
        } else {
            activity_.facts().waited_ns = std::exchange(connect_waited_ns_, 0);
        }
    }
    return connected;
}

// A statement that waits for a connection, or is refused one, is seen before anything of it has been parsed.
void session::impl::begin_connect_record(const postgres::frame& message) {
    if (message.type == 'Q') {
        record_refused(postgres::parse_query(message.body).value_or(postgres::query_message{}).sql);
    } else if (message.type == 'P') {
        record_refused(postgres::parse_parse(message.body).value_or(postgres::parse_message{}).sql);
    } else {
        const auto execute = postgres::parse_execute(message.body);
        const auto entry = execute ? portals_.find(execute->portal) : nullptr;
        if (!entry || entry->source->statement == nullptr) {
            return;
        }
        begin_record(entry->source->query, entry->source->statement->text);
    }
    activity_.publish(workload::query_phase::waiting);
}

result<bool> session::impl::ask(workload::admission_demand demand) {
    // A statement that begins has only just looked at the clock.
    const std::int64_t now_ns = demand.resumes ? params_.clock->steady_ns() : activity_.facts().started_ns;
    TRY_ASSIGN(const bool held, permit_.request(demand, now_ns));
    if (held) {
        note_admitted(now_ns);
        return true;
    }
    wait_until(permit_.deadline_ns());
    activity_.publish(workload::query_phase::waiting);
    return false;
}

// Of what has given way to others.
result<bool> session::impl::admit_again() {
    if (permit_.waits()) {
        return may_go_on();
    }
    workload::admission_demand demand = load_.demand_of(*profile_, user_);
    demand.resumes = true;
    return ask(demand);
}

result<bool> session::impl::may_go_on() {
    const std::int64_t now_ns = params_.clock->steady_ns();
    if (start_waiting_ && start_waiting_->retry_at_ns != 0) {
        const bool due = now_ns >= start_waiting_->retry_at_ns;
        if (due) {
            wait_no_more();
        }
        return due;
    }
    TRY_ASSIGN(const bool held, permit_.poll(now_ns));
    if (held) {
        activity_.facts().waited_ns += permit_.waited_ns();
        note_admitted(now_ns);
    }
    return held;
}

void session::impl::note_admitted(std::int64_t now_ns) {
    wait_no_more();
    workload::query_facts& facts = activity_.facts();
    facts.reserved_bytes = permit_.reserved_bytes();
    activity_.publish(workload::query_phase::executing);
    if (!profile_->cancellable) {
        engine_.cancel().refuse_users(true);
    }
    engine_.set_urgent(profile_->priority == workload::query_priority::high);
    const auto timeout_ns = std::chrono::nanoseconds(profile_->timeout).count();
    if (timeout_ns > 0 && !settings_.has_statement_timeout() &&
        params_.watch->profile.load(std::memory_order_relaxed) == 0) {
        params_.watch->profile.store(now_ns + timeout_ns, std::memory_order_relaxed);
    }
}

// Only what has changed nothing, and of which the client has seen nothing.
bool session::impl::retry_later(const std::shared_ptr<portal>& entry, std::uint64_t rows_max, const error& cause) {
    const prepared& source = *entry->source;
    const bool harmless = source.plan && !source.plan->may_have_effect() && source.plan->setting_changes().empty() &&
                          transaction_.current() == transaction::state::none;
    if (!harmless || engine_.cancel().requested()) {
        return false;
    }
    ++attempts_;
    if (!load_.retry().may_retry(cause, attempts_)) {
        if (cause.retryable) {
            load_.retries().retries_exhausted_total.add();
        }
        return false;
    }
    const auto delay = load_.retry().delay(attempts_, base::random_share());
    const std::int64_t delay_ns = std::chrono::nanoseconds(delay).count();
    const std::int64_t now_ns = params_.clock->steady_ns();
    start_waiting_ = start_waiting{.entry = entry, .rows_max = rows_max, .retry_at_ns = now_ns + delay_ns};
    load_.retries().retries_total.add();
    permit_.release();
    wait_until(now_ns + delay_ns);
    workload::query_facts& facts = activity_.facts();
    facts.reserved_bytes = 0;
    facts.waited_ns += delay_ns;
    ++facts.retries;
    activity_.publish(workload::query_phase::waiting);
    return true;
}

// The client's time is not the statement's.
void session::impl::pause() {
    deadlines& watch = *params_.watch;
    const std::int64_t profile_ns = watch.profile.load(std::memory_order_relaxed);
    if (profile_ns == 0 && !permit_.held()) {
        return;
    }
    const std::int64_t now_ns = params_.clock->steady_ns();
    if (profile_ns != 0) {
        profile_time_left_ns_ = std::max<std::int64_t>(profile_ns - now_ns, 1);
        watch.profile.store(0, std::memory_order_relaxed);
    }
    if (permit_.held()) {
        watch.gives_way.store(now_ns + patience_ns, std::memory_order_relaxed);
    }
}

void session::impl::go_on() {
    params_.watch->gives_way.store(0, std::memory_order_relaxed);
    if (profile_time_left_ns_ != 0) {
        params_.watch->profile.store(params_.clock->steady_ns() + std::exchange(profile_time_left_ns_, 0),
                                     std::memory_order_relaxed);
    }
}

void session::impl::give_way() {
    if (permit_.held() && (fetching_ || copying_in_)) {
        permit_.release();
        activity_.facts().reserved_bytes = 0;
        activity_.publish(workload::query_phase::streaming);
    }
}

}  // namespace sluice::session
