#include "workload/query_log.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/observe/log.hpp"
#include "base/text/utf8.hpp"

namespace sluice::workload {

namespace {

constexpr base::logger lines{"query"};

double milliseconds(std::int64_t nanoseconds) {
    const std::int64_t microseconds = nanoseconds / 1000;  // finer times are noise
    return static_cast<double>(microseconds) / 1000;
}

void raise(std::atomic<std::uint64_t>& most, std::uint64_t value) {
    auto seen = most.load(std::memory_order_relaxed);
    while (seen < value && !most.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
}

}  // namespace

std::string_view to_text(query_phase phase) {
    switch (phase) {
        case query_phase::planning:
            return "planning";
        case query_phase::waiting:
            return "waiting";
        case query_phase::executing:
            return "executing";
        case query_phase::streaming:
            return "streaming";
        case query_phase::ended:
            return "ended";
    }
    return {};
}

query_log::query_log(query_log_params params)
    : params_(std::move(params)), clock_(params_.time != nullptr ? *params_.time : base::system_clock()) {
    ring_.reserve(params_.entries_max);
}

std::vector<query_facts> query_log::running() const {
    std::vector<query_facts> all;
    const std::int64_t now_ns = clock_.steady_ns();
    const std::scoped_lock lock(mutex_);
    for (const query_activity* each : activities_) {
        const std::scoped_lock one(each->mutex_);
        if (each->shown_.phase != query_phase::ended) {
            all.push_back(each->shown_);
            all.back().total_ns = std::max<std::int64_t>(now_ns - each->shown_.started_ns, 0);
            all.back().peak_memory_bytes = each->peak_memory_bytes_.load(std::memory_order_relaxed);
            all.back().spilled_bytes = each->peak_spilled_bytes_.load(std::memory_order_relaxed);
            all.back().unanswered_ns = each->unanswered_ns(now_ns);
        }
    }
    std::ranges::sort(all, {}, &query_facts::id);
    return all;
}

std::vector<query_facts> query_log::finished() const {
    const std::scoped_lock lock(ring_mutex_);
    std::vector<query_facts> all;
    all.reserve(ring_.size());
    for (std::size_t i = 0; i < ring_.size(); ++i) {
        all.push_back(ring_[(next_ + i) % ring_.size()]);
    }
    return all;
}

std::string query_log::text_of(std::uint64_t id) const {
    for (const auto& all : {running(), finished()}) {
        if (const auto found = std::ranges::find(all, id, &query_facts::id); found != all.end()) {
            return std::string(found->text);
        }
    }
    return {};
}

void query_log::note_memory(std::uint64_t memory_bytes, std::uint64_t spilled_bytes) {
    spilled_bytes_.store(spilled_bytes, std::memory_order_relaxed);
    const std::scoped_lock lock(mutex_);
    for (query_activity* each : activities_) {
        if (each->running_since_ns_.load(std::memory_order_relaxed) != 0) {
            raise(each->peak_memory_bytes_, memory_bytes);
            raise(each->peak_spilled_bytes_, spilled_bytes);
        }
    }
}

std::optional<query_facts> query_log::note_unanswered(std::uint64_t id, std::int64_t since_ns) {
    const std::scoped_lock lock(mutex_);
    for (query_activity* each : activities_) {
        const std::scoped_lock one(each->mutex_);
        if (each->shown_.phase != query_phase::ended && each->shown_.id == id) {
            each->unanswered_since_ns_.store(since_ns, std::memory_order_relaxed);
            return each->shown_;
        }
    }
    return std::nullopt;
}

bool query_log::runs_since(std::int64_t started_before_ns) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::any_of(activities_, [&](const query_activity* each) {
        const auto since_ns = each->running_since_ns_.load(std::memory_order_relaxed);
        return since_ns != 0 && since_ns <= started_before_ns;
    });
}

void query_log::keep(const query_facts& ended) {
    if (params_.entries_max == 0) {
        return;
    }
    query_facts oldest = ended;  // the replaced entry is destroyed without the lock
    const std::scoped_lock lock(ring_mutex_);
    if (ring_.size() < params_.entries_max) {
        ring_.push_back(std::move(oldest));
    } else {
        std::swap(ring_[next_], oldest);
        next_ = (next_ + 1) % ring_.size();
    }
}

void query_log::report_slow(const query_facts& ended) const {
    const auto threshold_ns = std::chrono::nanoseconds(params_.slow_threshold).count();
    if (threshold_ns < 0 || ended.total_ns < threshold_ns) {
        return;
    }
    const std::string text = params_.normalize ? params_.normalize(ended.text) : std::string();
    lines.info("statement", {{"query", ended.id},
                             {"session", ended.session->id},
                             {"user", ended.session->user},
                             {"application", ended.session->application},
                             {"profile", ended.profile != nullptr ? std::string_view(ended.profile->name) : ""},
                             {"sqlstate", ended.outcome.view()},
                             {"total_ms", milliseconds(ended.total_ns)},
                             {"plan_ms", milliseconds(ended.planned_ns)},
                             {"wait_ms", milliseconds(ended.waited_ns)},
                             {"first_row_ms", milliseconds(ended.first_row_ns)},
                             {"fetch_ms", milliseconds(ended.fetched_ns)},
                             {"rows", ended.rows},
                             {"bytes", ended.bytes},
                             {"reserved_bytes", ended.reserved_bytes},
                             {"peak_memory_bytes", ended.peak_memory_bytes},
                             {"spilled_bytes", ended.spilled_bytes},
                             {"fingerprint", fmt::format("{:016x}", fingerprint(ended.text))},
                             {"text", text}});
}

query_activity::query_activity(query_log& log, query_session session)
    : log_(log), session_(std::make_shared<const query_session>(std::move(session))) {
    facts_.phase = query_phase::ended;
    shown_.phase = query_phase::ended;
    const std::scoped_lock lock(log_.mutex_);
    log_.activities_.insert(this);
}

query_activity::~query_activity() {
    const std::scoped_lock lock(log_.mutex_);
    log_.activities_.erase(this);
}

void query_activity::rename_application(std::string_view name) {
    query_session renamed = *session_;
    renamed.application = name;
    session_ = std::make_shared<const query_session>(std::move(renamed));
}

std::int64_t query_activity::unanswered_ns(std::int64_t now_ns) const {
    const std::int64_t since_ns = unanswered_since_ns_.load(std::memory_order_relaxed);
    return since_ns == 0 ? 0 : std::max<std::int64_t>(now_ns - since_ns, 0);
}

void query_activity::begin(query_begin what, std::int64_t now_ns) {
    const std::size_t bytes_max = log_.params_.text_bytes_max;
    if (std::max(what.text.size(), what.owned_bytes) > bytes_max) {
        // A long text is not kept alive just for the log.
        auto cut = std::make_shared<const std::string>(base::whole_characters(what.text, bytes_max));
        what = {.text_owner = cut, .text = *cut};
    }
    static_cast<query_progress&>(facts_) = {};
    facts_.id = log_.ids_.fetch_add(1, std::memory_order_relaxed) + 1;
    facts_.session = session_;
    facts_.text_owner = std::move(what.text_owner);
    facts_.text = what.text;
    facts_.started_us = log_.clock_.unix_ms() * 1000;
    facts_.started_ns = now_ns;
    facts_.outcome = sqlstates::successful_completion;
    facts_.operators.reset();
    peak_memory_bytes_.store(0, std::memory_order_relaxed);
    peak_spilled_bytes_.store(0, std::memory_order_relaxed);
    unanswered_since_ns_.store(0, std::memory_order_relaxed);
    spilled_before_bytes_ = log_.spilled_bytes_.load(std::memory_order_relaxed);
    running_since_ns_.store(now_ns, std::memory_order_relaxed);
}

void query_activity::publish(query_phase phase) {
    facts_.phase = phase;
    const std::scoped_lock lock(mutex_);
    if (phase == query_phase::ended) {
        shown_.text_owner.reset();
        shown_.id = 0;
        running_since_ns_.store(0, std::memory_order_relaxed);
    } else if (shown_.id != facts_.id) {
        shown_ = facts_;
        return;
    }
    static_cast<query_progress&>(shown_) = facts_;
}

const query_facts& query_activity::end(sqlstate outcome, std::int64_t now_ns) {
    facts_.outcome = outcome;
    facts_.total_ns = now_ns - facts_.started_ns;
    facts_.peak_memory_bytes = peak_memory_bytes_.load(std::memory_order_relaxed);
    const auto spilled = peak_spilled_bytes_.load(std::memory_order_relaxed);
    facts_.unanswered_ns = unanswered_ns(now_ns);
    facts_.spilled_bytes = spilled - std::min(spilled, spilled_before_bytes_);
    publish(query_phase::ended);
    log_.keep(facts_);
    log_.report_slow(facts_);
    facts_.text_owner.reset();
    facts_.text = {};
    return facts_;
}

}  // namespace sluice::workload
