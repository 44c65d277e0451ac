// work.hpp - what a job consists of, and what those who do the work have to provide.
//
// Problem: a service that is slow, refuses, lies and costs money has to be asked about many things, so that each is paid
//          for once, whatever breaks.
// Use:     class my_handler final : public batch_handler { ... };     runner.hpp runs it
// Rule:    work() runs outside of any transaction, and may take minutes. commit() runs inside of the one transaction that
//          ends the batch, and writes nothing but to that database.
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

#include "base/core/cancel.hpp"
#include "base/core/result.hpp"
#include "sqlite/connection/connection.hpp"

namespace sluice::jobs {

class call_gate;

// Of all calls that were answered, well or not.
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
    transient,    // no answer, or one that says to come again (408, 5xx): tried again after a random time
    busy,         // too many requests for now (429): tried again, never before `delay`
    exhausted,    // the day's quota is used up: nothing is tried before the next day of the service
    unusable,     // an answer that nobody can read, or none where one should be: repaired once, then split
    rejected,     // the service will not answer this request (400): split at once
    refused,      // it answers nobody like us (401, 403, 404): a key, a permission, a model
    interrupted,  // by ourselves: the run ends
};

[[nodiscard]] std::string_view to_text(failure_class what);

struct work_failure {
    failure_class what = failure_class::transient;
    std::string reason;                              // one line
    std::string raw;                                 // what was answered, if anything; bounded by the caller
    std::optional<std::chrono::milliseconds> delay;  // what the service asks for
    usage used;
};

template <typename T = void>
using work_result = std::expected<T, work_failure>;

struct work_item {
    std::int64_t item_id = 0;
    std::string key;
    std::string payload;  // the handler's own, from when it was queued
};

enum class work_stage : std::uint8_t {
    ask,     // for the first time, or after a split
    repair,  // once more, because the answer before was no good: `complaint` and `rejected_answer` say how
};

struct work_call {
    std::span<const work_item> items;
    work_stage stage = work_stage::ask;
    std::string_view complaint;
    std::string_view rejected_answer;
    call_gate* gate = nullptr;  // every request to the service goes through it
};

struct item_result {
    std::size_t index = 0;  // in work_call::items
    std::string result;     // the handler's own; kept with the item, and given to commit()
};

struct item_fault {
    std::size_t index = 0;
    std::string reason;
    std::string raw;
};

// Each item is in one of the two; one that is in neither counts as a fault without reason.
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
    // Whether an answer of an earlier run still does; if not it is asked for again.
    [[nodiscard]] virtual bool accepts(std::string_view result) const {
        (void)result;
        return true;
    }
    // How it was called in what was asked, for a complaint about the answer.
    [[nodiscard]] virtual std::string name_of(const work_item& item) const { return item.key; }
    // After the commit, on the same thread: for what must not be inside of the transaction.
    virtual void committed(std::span<const work_item> items) { (void)items; }
};

}  // namespace sluice::jobs
