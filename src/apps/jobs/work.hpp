// work.hpp - the items of a job, and the interface of a job's handler.
//
// Problem: a slow, unreliable, metered service has to be asked about many items, and each item must be paid for only
//          once, whatever breaks.
// Use:     class my_handler final : public batch_handler { ... };     runner.hpp runs it
// Rule:    work() runs outside any transaction, and may take minutes. commit() runs inside the one transaction that
//          ends the batch, and writes only to that database.
// Threads: work() by several threads at once; commit() by one at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"
#include "base/core/cancel.hpp"
#include "sqlite/connection/connection.hpp"

namespace sluice::jobs {

class call_gate;

// Sum over all requests, failed ones included.
struct usage {
    std::int64_t requests = 0;
    std::int64_t tokens_in = 0;
    std::int64_t tokens_out = 0;

    usage& operator+=(const usage& more) {
        requests += more.requests;
        tokens_in += more.tokens_in;
        tokens_out += more.tokens_out;
        return *this;
    }
};

enum class failure_class : std::uint8_t {
    transient,    // no answer, or "try again" (408, 5xx): retried after a random time
    busy,         // too many requests for now (429): retried, never before `delay`
    exhausted,    // the day's quota is used up: no request before the service's next day
    unusable,     // the answer is unreadable or missing: repaired once, then split
    rejected,     // the service will not answer this request (400): split at once
    refused,      // the service refuses us (401, 403, 404): the key, a permission, the model
    interrupted,  // we cancelled it: the run ends
};

[[nodiscard]] std::string_view to_text(failure_class what);

struct work_failure {
    failure_class what = failure_class::transient;
    std::string reason;                              // one line
    std::string raw;                                 // the answer, if any; the caller bounds it
    std::optional<std::chrono::milliseconds> delay;  // wait that the service asks for
    usage used;
};

template <typename T = void>
using work_result = std::expected<T, work_failure>;

struct work_item {
    std::int64_t item_id = 0;
    std::string key;
    std::string payload;  // data of the handler, set when the item was queued
};

enum class work_stage : std::uint8_t {
    ask,     // the first request, or one after a split
    repair,  // asks again after a bad answer: see `complaint` and `rejected_answer`
};

struct work_call {
    std::span<const work_item> items;
    work_stage stage = work_stage::ask;
    std::string_view complaint;
    std::string_view rejected_answer;
    call_gate* gate = nullptr;  // every request to the service passes through it
};

struct item_result {
    std::size_t index = 0;  // index in work_call::items
    std::string result;     // data of the handler; stored with the item, and passed to commit()
};

struct item_fault {
    std::size_t index = 0;
    std::string reason;
    std::string raw;
};

// Each item is in one of the two lists; an item in neither counts as a fault without a reason.
struct work_answer {
    std::vector<item_result> done;
    std::vector<item_fault> bad;
    std::string raw;  // the whole answer, for a repair
};

struct commit_call {
    std::int64_t run_id = 0;
    std::int64_t now_ms = 0;
};

class batch_handler {
  public:
    batch_handler() = default;
    batch_handler(const batch_handler&) = delete;
    batch_handler& operator=(const batch_handler&) = delete;
    virtual ~batch_handler() = default;

    [[nodiscard]] virtual work_result<work_answer> work(const work_call& call) = 0;
    virtual result<> commit(sqlite::connection& db, const commit_call& call, const work_item& item,
                            std::string_view result) = 0;
    // True if an answer of an earlier run is still good; if not, the item is asked for again.
    [[nodiscard]] virtual bool accepts(std::string_view result) const {
        (void)result;
        return true;
    }
    // Name of the item in the request, for a complaint about the answer.
    [[nodiscard]] virtual std::string name_of(const work_item& item) const { return item.key; }
    // Runs after the commit, on the same thread, for work that must not run inside the transaction.
    virtual void committed(std::span<const work_item> items) { (void)items; }
};

}  // namespace sluice::jobs
