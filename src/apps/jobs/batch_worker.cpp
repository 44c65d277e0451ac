#include "apps/jobs/batch_worker.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/text/utf8.hpp"

namespace sluice::jobs {

namespace {

constexpr std::size_t raw_bytes_max = 16'384;

std::string bounded(std::string text) {
    text.resize(base::whole_characters(text, raw_bytes_max).size());
    return text;
}

// Makes two batches of one.
void halve(const std::vector<std::size_t>& indexes, batch_end& end) {
    const auto middle = indexes.begin() + static_cast<std::ptrdiff_t>(indexes.size() / 2);
    end.next.push_back({.indexes = {indexes.begin(), middle}});
    end.next.push_back({.indexes = {middle, indexes.end()}});
}

std::string complaint_about(const std::vector<item_fault>& bad, const std::vector<std::size_t>& asked,
                            const claimed_batch& batch, const batch_handler& handler) {
    std::string lines;
    for (const auto& each : bad) {
        lines += fmt::format("{}: {}\n", handler.name_of(batch.items.at(asked.at(each.index)).item), each.reason);
    }
    return lines;
}

}  // namespace

void batch_worker::run() {
    for (;;) {
        auto claimed = params_.next();
        if (!claimed) {
            params_.status->fail(claimed.error());
            return;
        }
        if (!*claimed) {
            return;
        }
        params_.reached(run_point::after_claim);
        work_through(std::move(**claimed));
    }
}

void batch_worker::work_through(claimed_batch first) {
    std::vector<task> open;
    open.push_back({.batch = std::move(first), .complaint = {}, .rejected_answer = {}});
    while (!open.empty()) {
        const task now = std::move(open.back());
        open.pop_back();
        if (!params_.status->goes_on()) {
            (void)settle(now, {}, open);  // its items are pending again
            continue;
        }
        auto next = process(now);
        std::ranges::move(next, std::back_inserter(open));
    }
}

work_result<work_answer> batch_worker::ask(const task& now, const std::vector<std::size_t>& asked) {
    std::vector<work_item> items;
    for (const std::size_t index : asked) {
        items.push_back(now.batch.items[index].item);
    }
    return params_.handler->work({.items = items,
                                  .stage = now.batch.stage,
                                  .complaint = now.complaint,
                                  .rejected_answer = now.rejected_answer,
                                  .gate = params_.gate});
}

std::vector<batch_worker::task> batch_worker::process(const task& now) {
    batch_end end;
    std::vector<task> next;
    std::vector<std::size_t> asked;
    for (std::size_t i = 0; i < now.batch.items.size(); ++i) {
        if (const auto& answer = now.batch.items[i].answer; answer && params_.handler->accepts(*answer)) {
            end.done.push_back({.index = i, .result = *answer, .is_reused = true});
        } else {
            asked.push_back(i);
        }
    }
    if (!asked.empty()) {
        auto answer = ask(now, asked);
        if (answer) {
            params_.status->note_answer();
            judge_answer(now, asked, std::move(*answer), end, next);
        } else {
            judge_failure(now, asked, std::move(answer).error(), end, next);
        }
    }
    params_.reached(run_point::before_commit);
    if (settle(now, end, next)) {
        params_.reached(run_point::after_commit);
        tell(now, end);
        return next;
    }
    return {};
}

void batch_worker::judge_answer(const task& now, const std::vector<std::size_t>& asked, work_answer answer,
                                batch_end& end, std::vector<task>& next) {
    std::vector<bool> is_known(asked.size());
    for (auto& each : answer.done) {
        is_known.at(each.index) = true;
        end.done.push_back({.index = asked[each.index], .result = std::move(each.result)});
    }
    for (const auto& each : answer.bad) {
        is_known.at(each.index) = true;
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (!is_known[i]) {
            answer.bad.push_back({.index = i, .reason = "the answer does not say anything about it", .raw = {}});
        }
    }
    if (answer.bad.empty()) {
        return;
    }
    std::vector<std::size_t> bad;
    for (const auto& each : answer.bad) {
        bad.push_back(asked[each.index]);
    }
    std::ranges::sort(bad);
    const bool was_repaired = now.batch.stage == work_stage::repair;
    if (!now.is_split && !was_repaired) {
        end.next.push_back({.indexes = bad, .stage = work_stage::repair});
        next.push_back({.batch = {},
                        .complaint = complaint_about(answer.bad, asked, now.batch, *params_.handler),
                        .rejected_answer = bounded(std::move(answer.raw))});
    } else if (was_repaired && bad.size() > 1) {
        halve(bad, end);
        next.resize(2, {.batch = {}, .is_split = true, .complaint = {}, .rejected_answer = {}});
    } else {
        for (auto& each : answer.bad) {
            end.dead.push_back({.index = asked[each.index],
                                .what = "invalid",
                                .reason = std::move(each.reason),
                                .raw = bounded(std::move(each.raw))});
        }
    }
}

void batch_worker::judge_failure(const task& now, const std::vector<std::size_t>& asked, work_failure cause,
                                 batch_end& end, std::vector<task>& next) {
    const auto bury_all = [&](bool is_passing) {
        for (const std::size_t index : asked) {
            end.dead.push_back({.index = index,
                                .what = std::string(to_text(cause.what)),
                                .reason = cause.reason,
                                .raw = bounded(cause.raw),
                                .is_passing = is_passing});
        }
    };
    const bool is_first = now.batch.stage == work_stage::ask && !now.is_split;
    switch (cause.what) {
        case failure_class::transient:
        case failure_class::busy:
        case failure_class::refused:
            params_.status->note_silence(cause.reason);
            bury_all(true);
            return;
        case failure_class::exhausted:
            params_.status->end_early(run_outcome::exhausted, cause.reason);
            return;
        case failure_class::interrupted:
            if (params_.control->is_running()) {  // the failure is in this process
                params_.status->fail({error_kind::storage, cause.reason});
            }
            return;
        case failure_class::unusable:
            if (is_first) {
                end.next.push_back({.indexes = asked, .stage = work_stage::repair});
                next.push_back(
                    {.batch = {}, .complaint = cause.reason, .rejected_answer = bounded(std::move(cause.raw))});
                return;
            }
            [[fallthrough]];
        case failure_class::rejected:
            params_.status->note_answer();
            if (asked.size() > 1) {
                halve(asked, end);
                next.resize(2, {.batch = {}, .is_split = true, .complaint = {}, .rejected_answer = {}});
            } else {
                bury_all(false);
            }
    }
}

bool batch_worker::settle(const task& now, const batch_end& end, std::vector<task>& next) {
    const commit_call call{.run_id = params_.run_id, .now_ms = params_.time->unix_ms()};
    const auto commit = [&](sqlite::connection& db, const work_item& item, std::string_view result) {
        return params_.handler->commit(db, call, item, result);
    };
    for (std::size_t attempts = 1;; ++attempts) {
        auto outcome = params_.jobs->settle(now.batch, end, params_.lease, commit);
        if (outcome) {
            for (std::size_t i = 0; i < outcome->next.size(); ++i) {
                next.at(next.size() - outcome->next.size() + i).batch = std::move(outcome->next[i]);
            }
            return !outcome->is_fenced;
        }
        // The answer was paid for, so it is kept while a full disk may be cleared.
        if (attempts >= params_.settle_policy.attempts_max || params_.control->phase() == run_phase::stopped) {
            params_.status->fail(outcome.error());
            return false;
        }
        (void)base::wait_unless_cancelled(params_.settle_policy.delay(attempts, base::random_share()),
                                          &params_.control->token());
    }
}

void batch_worker::tell(const task& now, const batch_end& end) {
    std::int64_t reused = 0;
    std::vector<work_item> done;
    for (const auto& each : end.done) {
        reused += each.is_reused ? 1 : 0;
        done.push_back(now.batch.items[each.index].item);
    }
    if (!done.empty()) {
        params_.meter->add_done(static_cast<std::int64_t>(done.size()), reused);
        params_.handler->committed(done);
        params_.meter->tell(progress_event::committed);
    }
    for (const auto& each : end.dead) {
        params_.meter->add_failed(now.batch.items[each.index].item.key, each.reason);
        if (!each.is_passing && params_.meter->now().done == 0) {
            params_.status->note_refusal(each.reason);
        }
    }
}

}  // namespace sluice::jobs
