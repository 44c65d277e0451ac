#include "embed/query_run.hpp"

#include <string_view>
#include <utility>

#include "postgres/lex/lexer.hpp"

namespace sluice::embed {

namespace {

workload::query_session describe(const query_home& home) {
    return {.id = home.session.session_id,
            .user = home.session.user,
            .database = home.session.database,
            .application = home.application};
}

result<postgres::analysed_statement> only_statement(std::string_view text) {
    TRY_ASSIGN(auto statements, postgres::analyse(text));
    if (statements.size() != 1) {
        return fail(sqlstates::syntax_error, statements.empty() ? "there is no statement in the query"
                                                                : "a query is one statement, not several");
    }
    return std::move(statements.front());
}

// A query's session ends with the query, and data flows only as rows: no statements that need a longer session or COPY.
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

// 0: no limit.
std::chrono::nanoseconds to_limit(std::chrono::milliseconds timeout) {
    constexpr auto longest = std::chrono::hours(24 * 365 * 10);
    return timeout.count() <= 0 || timeout > longest ? std::chrono::nanoseconds(0) : std::chrono::nanoseconds(timeout);
}

}  // namespace

query_run::query_run(std::shared_ptr<query_home> home, query_order order)
    : home_(std::move(home)),
      order_(std::move(order)),
      point_(std::make_shared<stop_point>()),
      governed_(home_->load, home_->user, describe(*home_), [point = point_] { point->wake(); }) {}

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
    governed_.begin({.text_owner = std::move(text), .text = whole}, now_ns());
    TRY_ASSIGN(const auto statement, only_statement(order_.sql));
    const auto offset_bytes = static_cast<std::size_t>(statement.text.data() - order_.sql.data());
    TRY_ASSIGN(profile_, choose_profile(statement));
    governed_.plan(*profile_, {.memory_bytes = order_.memory_bytes.value_or(0),
                               .timeout = to_limit(order_.timeout.value_or(profile_->timeout))});
    TRY(open());
    if (auto prepared = prepare(statement); !prepared) {
        return fail(postgres::position_in_text(std::move(prepared).error(), whole, offset_bytes));
    }
    governed_.facts().planned_ns = now_ns() - governed_.facts().started_ns;
    if (auto done = run_admitted(); !done) {
        return fail(postgres::position_in_text(std::move(done).error(), whole, offset_bytes));
    }
    if (exhausted_) {
        release();
    }
    if (columns_.empty()) {
        end(sqlstates::successful_completion);
    } else {
        governed_.publish(workload::query_phase::streaming);
    }
    return {};
}

result<const workload::query_profile*> query_run::choose_profile(const postgres::analysed_statement& statement) const {
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
    return &profiles.choose({.hint = statement.hint,
                             .user = home_->session.user,
                             .application = home_->application,
                             .reads_catalog_only = statement.reads_catalog_only});
}

result<> query_run::open() {
    TRY_ASSIGN(session_, home_->engine.open_session(home_->session));
    session_->cancel().name_query(governed_.facts().id);
    point_->open(session_->cancel(), profile_->cancellable);
    if (order_.stop) {
        order_.stop->attach(point_);
    }
    return check_stopped();
}

result<> query_run::prepare(const postgres::analysed_statement& statement) {
    TRY(check_kind(statement));
    TRY_ASSIGN(statement_, session_->prepare(statement.lexed, {}));
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

result<> query_run::run_admitted() {
    while (true) {
        TRY(wait_for_permit());
        result<> done;
        {
            const query_watch::timed running(home_->watch, point_, governed_);
            done = execute();
        }
        const bool harmless = !statement_->may_have_effect() && check_stopped();
        if (done) {
            return done;
        }
        if (!harmless || !governed_.retry_after(done.error(), now_ns())) {
            return fail(governed_.explain(std::move(done).error()));
        }
    }
}

result<> query_run::wait_for_permit() {
    while (true) {
        TRY_ASSIGN(const workload::next_step next, governed_.step(now_ns()));
        if (next.runs) {
            return {};
        }
        point_->wait_for(std::chrono::nanoseconds(next.until_ns - now_ns()));
        TRY(check_stopped());
    }
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
    point_->close();
    rows_.reset();
    statement_.reset();
    session_.reset();
    governed_.give_back();
}

void query_run::end(sqlstate outcome) {
    release();
    exhausted_ = true;
    governed_.end(outcome, now_ns());
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
