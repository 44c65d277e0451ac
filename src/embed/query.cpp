#include "embed/query.hpp"

#include <iterator>

namespace sluice::embed {

namespace {

constexpr std::string_view other_ways =
    "stream() and automatic() read any number of rows; collect_all(N) collects fewer than N.";

error too_many_rows(std::uint64_t rows_below) {
    return {.code = sqlstates::program_limit_exceeded,
            .message = "the query has " + std::to_string(rows_below) + " rows or more, too many for collect_all()",
            .hint = std::string(other_ways)};
}

}  // namespace

result<std::optional<row>> query_stream::next() {
    if (!front_.empty()) {
        std::optional<row> first(std::move(front_.front()));
        front_.pop_front();
        return first;
    }
    return run_ ? run_->next() : result<std::optional<row>>();
}

result<std::optional<std::vector<row>>> query_stream::take_all(std::uint64_t rows_below) {
    std::deque<row> taken;
    while (taken.size() < rows_below) {
        TRY_ASSIGN(auto each, next());
        if (!each) {
            return std::vector<row>(std::move_iterator(taken.begin()), std::move_iterator(taken.end()));
        }
        taken.push_back(*std::move(each));
    }
    front_.insert(front_.begin(), std::move_iterator(taken.begin()), std::move_iterator(taken.end()));
    return std::nullopt;
}

query_result::query_result(std::unique_ptr<query_run> run)
    : columns_(run->columns()),
      rows_affected_(run->rows_affected()),
      size_hint_(run->size_hint()),
      memory_estimate_(run->memory_estimate()),
      rows_(std::move(run)) {}

result<std::vector<row>> query_result::collect_all(std::uint64_t rows_below) {
    TRY_ASSIGN(auto all, rows_.take_all(rows_below));
    if (!all) {
        query_stream refused = stream();
        return fail(refused.run_->refuse(too_many_rows(rows_below)));
    }
    return *std::move(all);
}

result<query_result::rows_or_stream> query_result::automatic(std::uint64_t rows_below) {
    TRY_ASSIGN(auto all, rows_.take_all(rows_below));
    return all ? rows_or_stream(*std::move(all)) : rows_or_stream(stream());
}

query_builder::query_builder(std::shared_ptr<query_home> home, std::string sql) : home_(std::move(home)) {
    order_.sql = std::move(sql);
}

query_builder& query_builder::hint(std::string_view profile) {
    order_.profile_name = profile;
    order_.profile = nullptr;
    return *this;
}

query_builder& query_builder::hint(const workload::query_profile& profile) {
    order_.profile = &profile;
    return *this;
}

query_builder& query_builder::memory_bytes(std::uint64_t reserved) {
    order_.memory_bytes = reserved;
    return *this;
}

query_builder& query_builder::timeout(std::chrono::milliseconds longest) {
    order_.timeout = longest;
    return *this;
}

query_builder& query_builder::rows_expected(std::uint64_t most) {
    order_.rows_expected = most;
    return *this;
}

query_builder& query_builder::with_cancel(canceller stop) {
    order_.stop = std::move(stop);
    return *this;
}

result<query_result> query_builder::execute() const {
    TRY_ASSIGN(auto run, query_run::start(home_, order_));
    return query_result(std::move(run));
}

query_engine::query_engine(query_engine_params params) {
    auto user = params.load.user(params.user);
    home_ = std::make_shared<query_home>(
        params.engine, params.load,
        backend::session_params{
            .session_id = params.session_id, .user = std::move(params.user), .database = std::move(params.database)},
        std::move(params.application), std::move(user), params.time != nullptr ? *params.time : base::system_clock());
}

}  // namespace sluice::embed
