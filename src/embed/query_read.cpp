// The rows of a query_run: fetched in batches, taken one by one.
#include <string_view>
#include <utility>

#include "embed/query_run.hpp"
#include "postgres/wire/message_reader.hpp"

namespace sluice::embed {

result<> query_run::fetch() {
    batch_.clear();
    batch_rows_ = 0;
    read_bytes_ = 0;
    const std::int64_t began_ns = now_ns();
    while (!exhausted_ && batch_.empty()) {
        TRY(check_stopped());
        TRY_ASSIGN(const auto got, rows_->next(batch_, {}));
        batch_rows_ += got.rows;
        exhausted_ = got.finished;
    }
    workload::query_facts& facts = governed_.facts();
    const std::int64_t ended_ns = now_ns();
    facts.fetched_ns += ended_ns - began_ns;
    if (facts.first_row_ns == 0 && !batch_.empty()) {
        facts.first_row_ns = ended_ns - facts.started_ns;
    }
    return {};
}

result<std::optional<row>> query_run::next() {
    if (error_) {
        return fail(*error_);
    }
    if (auto stopped = check_stopped(); !stopped) {
        return fail(failed(std::move(stopped).error()));
    }
    if (read_bytes_ == batch_.size() && !exhausted_) {
        result<> fetched;
        {
            const query_watch::timed running(home_->watch, point_, governed_);
            fetched = fetch();
        }
        if (!fetched) {
            return fail(failed(std::move(fetched).error()));
        }
        if (exhausted_) {
            release();
        }
        governed_.publish(workload::query_phase::streaming);
    }
    if (read_bytes_ == batch_.size()) {
        end(sqlstates::successful_completion);
        return std::nullopt;
    }
    auto taken = take_row();
    if (!taken) {
        return fail(failed(std::move(taken).error()));
    }
    return *std::move(taken);
}

result<row> query_run::take_row() {
    constexpr std::size_t length_bytes = sizeof(std::uint32_t);
    const std::string_view rest = batch_.view().substr(read_bytes_);
    postgres::message_reader message(rest);
    TRY_ASSIGN(const char type, message.byte());
    TRY_ASSIGN(const auto length, message.uint32());
    if (type != 'D' || length < length_bytes) {
        return fail(sqlstates::protocol_violation, "the engine gave something else than rows");
    }
    TRY_ASSIGN(const auto body, message.bytes(length - length_bytes));
    TRY_ASSIGN(auto taken, row::parse(body));
    read_bytes_ += rest.size() - message.left_bytes();
    workload::query_facts& facts = governed_.facts();
    ++facts.rows;
    facts.bytes += rest.size() - message.left_bytes();
    return taken;
}

}  // namespace sluice::embed
