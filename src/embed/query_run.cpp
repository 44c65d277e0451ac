#include "embed/query_run.hpp"

#include <string_view>
#include <utility>

#include "postgres/lex/lexer.hpp"
#include "postgres/query_text/catalog_query.hpp"
#include "postgres/query_text/query_hint.hpp"

namespace sluice::embed {

namespace {

workload::query_session describe(const query_home& home) {
    return {.id = home.session.session_id,
            .user = home.session.user,
            .database = home.session.database,
            .application = home.application};
}

result<postgres::statement_text> only_statement(std::string_view text) {
    const auto pieces = postgres::split_statements(text);
    if (pieces.size() != 1) {
        return fail(sqlstates::syntax_error,
                    pieces.empty() ? "there is no statement in the query" : "a query is one statement, not several");
    }
    return pieces.front();
}

// A query's session ends with it, and nobody sends data to it or takes data from it but as rows.
result<> check_kind(const postgres::statement& statement) {
    switch (statement.kind) {
        case postgres::statement_kind::query:
        case postgres::statement_kind::dml:
        case postgres::statement_kind::utility:
        case postgres::statement_kind::show:
            return {};
        default:
            return fail(error{.code = sqlstates::feature_not_supported,
                              .message = statement.tag + " is for the sessions of clients",
                              .hint = "Each query of the C++ API is a session and a transaction of its own."});
    }
}

std::int64_t to_limit_ns(std::chrono::milliseconds timeout) {
    constexpr auto longest = std::chrono::hours(24 * 365 * 10);
    return timeout.count() <= 0 || timeout > longest ? query_watch::unlimited_ns
                                                     : std::chrono::nanoseconds(timeout).count();
}

}  // namespace

query_run::query_run(std::shared_ptr<query_home> home, query_order order)
    : home_(std::move(home)), order_(std::move(order)), activity_(home_->load.log(), describe(*home_)) {}

query_run::~query_run() {
    end(sqlstates::successful_completion);
}

result<std::unique_ptr<query_run>> query_run::start(std::shared_ptr<query_home> home, query_order order) {
    std::unique_ptr<query_run> run(new query_run(std::move(home), std::move(order)));
    if (auto begun = run->begin(); !begun) {
        return fail(run->failed(std::move(begun).error()));
    }
    return run;
}

result<> query_run::begin() {
    auto text = std::make_shared<const std::string>(order_.sql);
    const std::string_view whole = *text;
    activity_.begin({.text_owner = std::move(text), .text = whole}, now_ns());
    TRY_ASSIGN(const auto piece, only_statement(order_.sql));
    TRY_ASSIGN(profile_, choose_profile(piece));
    activity_.facts().profile = profile_;
    time_left_ns_ = to_limit_ns(order_.timeout.value_or(profile_->timeout));
    TRY(open());
    if (auto prepared = prepare(piece); !prepared) {
        return fail(postgres::position_in_text(std::move(prepared).error(), whole, piece.offset_bytes));
    }
    activity_.facts().planned_ns = now_ns() - activity_.facts().started_ns;
    base::retry_params retries{
        .policy = home_->load.retry(), .cancel = &session_->cancel(), .metrics = &home_->load.retries()};
    retries.wait_for = [this](auto time, const auto* /*token*/) { return wait_to_retry(time); };
    auto done = base::execute_with_retry(retries, [this](base::attempt& now) { return attempt(now); });
    if (!done) {
        return fail(postgres::position_in_text(std::move(done).error(), whole, piece.offset_bytes));
    }
    if (exhausted_) {
        release();
    }
    if (columns_.empty()) {
        end(sqlstates::successful_completion);
    } else {
        activity_.publish(workload::query_phase::streaming);
    }
    return {};
}

result<const workload::query_profile*> query_run::choose_profile(const postgres::statement_text& piece) const {
    const workload::profile_table& profiles = home_->load.profiles();
    if (order_.profile != nullptr) {
        if (profiles.find(order_.profile->name) != order_.profile) {
            return fail(sqlstates::invalid_parameter_value,
                        "profile \"" + order_.profile->name + "\" is none of the workload's");
        }
        return order_.profile;
    }
    if (!order_.profile_name.empty()) {
        const auto* const named = profiles.find(order_.profile_name);
        if (named == nullptr) {
            return fail(sqlstates::invalid_parameter_value, "profile \"" + order_.profile_name + "\" does not exist");
        }
        return named;
    }
    const auto comment = postgres::find_hint(order_.sql).value_or("");
    return &profiles.choose({.hint = comment,
                             .user = home_->session.user,
                             .application = home_->application,
                             .reads_catalog_only = postgres::reads_only_catalog(piece.text)});
}

result<> query_run::open() {
    TRY_ASSIGN(session_, home_->engine.open_session(home_->session));
    session_->cancel().name_query(activity_.facts().id);
    point_ = std::make_shared<stop_point>(session_->cancel(), profile_->cancellable);
    permit_.emplace(home_->load.admission(), [point = point_] { point->wake(); });
    if (order_.stop) {
        order_.stop->attach(point_);
    }
    return check_stopped();
}

result<> query_run::prepare(const postgres::statement_text& piece) {
    TRY_ASSIGN(const auto statement, postgres::classify(piece.text));
    TRY(check_kind(statement));
    TRY_ASSIGN(statement_, session_->prepare(piece.text, {}));
    const auto described = statement_->columns();
    columns_.assign(described.begin(), described.end());
    const std::size_t wanted = statement_->parameter_types().size();
    if (wanted != order_.parameters.size()) {
        return fail(error{.code = sqlstates::syntax_error,
                          .message = "wrong number of parameters for the query",
                          .detail = "Expected " + std::to_string(wanted) + " parameters but got " +
                                    std::to_string(order_.parameters.size()) + "."});
    }
    return {};
}

result<> query_run::attempt(base::attempt& now) {
    if (statement_->may_have_effect()) {
        now.no_more();
    }
    if (auto admitted = admit(now.number() > 1); !admitted) {
        now.no_more();  // it has waited for as long as it may
        return admitted;
    }
    const query_watch::timed running(home_->watch, point_, time_left_ns_);
    return execute();
}

result<> query_run::admit(bool again) {
    workload::admission_demand demand = home_->load.demand_of(*profile_, home_->user);
    if (order_.memory_bytes.value_or(0) != 0) {
        demand.memory_bytes = *order_.memory_bytes;
    }
    demand.resumes = again;
    workload::query_facts& facts = activity_.facts();
    const std::int64_t waited_before_ns = facts.waited_ns;
    const std::int64_t asked_ns = now_ns();
    auto held = permit_->request(demand, asked_ns);
    if (held && !*held) {
        activity_.publish(workload::query_phase::waiting);
    }
    while (held && !*held) {
        point_->wait_for(std::chrono::nanoseconds(permit_->deadline_ns() - now_ns()));
        facts.waited_ns = waited_before_ns + now_ns() - asked_ns;
        TRY(check_stopped());
        held = permit_->poll(now_ns());
    }
    TRY(held);
    facts.reserved_bytes = permit_->reserved_bytes();
    activity_.publish(workload::query_phase::executing);
    return {};
}

// What waits reserves nothing.
bool query_run::wait_to_retry(std::chrono::nanoseconds time) {
    permit_->release();
    workload::query_facts& facts = activity_.facts();
    facts.reserved_bytes = 0;
    activity_.publish(workload::query_phase::waiting);
    const std::int64_t began_ns = now_ns();
    const std::int64_t until_ns = began_ns + time.count();
    while (check_stopped() && now_ns() < until_ns) {
        point_->wait_for(std::chrono::nanoseconds(until_ns - now_ns()));
    }
    facts.waited_ns += now_ns() - began_ns;
    const bool goes_on = check_stopped().has_value();
    facts.retries += goes_on ? 1 : 0;
    return goes_on;
}

result<> query_run::execute() {
    rows_.reset();
    std::vector<backend::parameter> parameters;
    parameters.reserve(order_.parameters.size());
    for (const auto& each : order_.parameters) {
        parameters.push_back({.format = backend::wire_format::text, .value = each});
    }
    const std::vector<backend::wire_format> formats(columns_.size(), backend::wire_format::text);
    TRY_ASSIGN(auto done, session_->execute(statement_, parameters, formats, {}));
    rows_affected_ = done.rows_affected;
    rows_ = std::move(done.rows);
    exhausted_ = rows_ == nullptr;
    return fetch();
}

error query_run::refuse(error cause) {
    return failed(std::move(cause));
}

std::optional<std::uint64_t> query_run::size_hint() const {
    if (exhausted_) {
        return batch_rows_;
    }
    const std::uint64_t expected = order_.rows_expected.value_or(profile_->rows_expected);
    return expected == 0 ? std::nullopt : std::optional(expected);
}

std::optional<std::uint64_t> query_run::memory_estimate() const {
    const auto rows = size_hint();
    if (!rows || batch_rows_ == 0) {
        return rows && exhausted_ ? std::optional<std::uint64_t>(0) : std::nullopt;
    }
    return batch_.size() * *rows / batch_rows_;
}

result<> query_run::check_stopped() const {
    if (session_ && session_->cancel().requested()) {
        return fail(session_->cancel().to_error());
    }
    return {};
}

void query_run::release() {
    if (point_) {
        point_->close();
    }
    rows_.reset();
    statement_.reset();
    session_.reset();
    permit_.reset();
}

void query_run::end(sqlstate outcome) {
    release();
    exhausted_ = true;
    if (activity_.active()) {
        home_->load.count(activity_.end(outcome, now_ns()), home_->user);
    }
}

error query_run::failed(error cause) {
    if (session_ && session_->cancel().reason() == base::cancel_reason::profile_timeout &&
        cause.code == sqlstates::query_canceled) {
        cause.hint = "timeout() and hint() of the query choose another one.";
    }
    batch_.clear();
    read_bytes_ = 0;
    end(cause.code);
    error_ = cause;
    return cause;
}

}  // namespace sluice::embed
