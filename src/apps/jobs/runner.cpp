#include "apps/jobs/runner.hpp"

#include <fmt/format.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "apps/jobs/batch_worker.hpp"
#include "base/observe/log.hpp"

namespace sluice::jobs {

namespace {

const base::logger log{"jobs"};
constexpr std::size_t spare_batches = 1;
constexpr std::chrono::milliseconds look_at_others_every{200};

}  // namespace

std::string_view to_text(run_outcome outcome) {
    switch (outcome) {
        case run_outcome::finished:
            return "finished";
        case run_outcome::interrupted:
            return "interrupted";
        case run_outcome::exhausted:
            return "exhausted";
        case run_outcome::outage:
            return "outage";
    }
    return "unknown";
}

runner::runner(runner_params params)
    : params_(std::move(params)),
      store_(*params_.database, *params_.locks, *params_.time),
      limiter_(*params_.database, params_.limits) {
    gate_params gate = params_.gate;
    gate.limiter = &limiter_;
    gate.control = params_.control;
    gate.slots = params_.concurrency;
    gate.time = params_.time;
    gate.told = [this](const gate_wait& why) { meter_->tell(progress_event::waiting, why.reason, why.until_ms); };
    gate.before_send = [this] { reach(run_point::before_send); };
    gate_ = std::make_unique<limited_gate>(std::move(gate));
    meter_ = std::make_unique<progress_meter>(meter_params{.told = params_.on_progress,
                                                           .prices = params_.prices,
                                                           .used = [this] { return gate_->used(); },
                                                           .time = params_.time});
}

runner::~runner() = default;

result<> runner::begin() {
    TRY_ASSIGN(job_id_, store_.open_job(params_.job));
    TRY_ASSIGN(run_id_, store_.begin_run(job_id_));
    return {};
}

void runner::notify() {
    const std::scoped_lock lock(mutex_);
    ++fed_;
    changed_.notify_all();
}

void runner::finish_feeding() {
    const std::scoped_lock lock(mutex_);
    is_fed_ = true;
    changed_.notify_all();
}

bool runner::goes_on() const {
    const std::scoped_lock lock(mutex_);
    return params_.control->is_running() && outcome_ == run_outcome::finished && !failure_;
}

bool runner::wait_for_items(std::uint64_t seen) {
    std::unique_lock lock(mutex_);
    while (fed_ == seen && !is_fed_) {
        // Long enough to cost nothing, short enough for drain(), which cannot wake it.
        changed_.wait_for(lock, std::chrono::milliseconds(50));
        if (!params_.control->is_running() || outcome_ != run_outcome::finished || failure_) {
            return false;
        }
    }
    return true;
}

result<std::optional<claimed_batch>> runner::next_batch() {
    for (;;) {
        if (!goes_on()) {
            return std::nullopt;
        }
        std::uint64_t seen = 0;
        bool is_last = false;
        {
            const std::scoped_lock lock(mutex_);
            seen = fed_;
            is_last = is_fed_;
        }
        TRY_ASSIGN(auto batch, store_.claim({.job_id = job_id_,
                                             .run_id = run_id_,
                                             .items_max = params_.batch_size,
                                             .items_min = is_last ? 1 : params_.batch_size,
                                             .lease = params_.lease}));
        if (batch) {
            return batch;
        }
        if (!is_last) {
            if (!wait_for_items(seen)) {
                return std::nullopt;
            }
            continue;
        }
        TRY_ASSIGN(const bool is_shared, store_.is_shared(job_id_, run_id_));
        // Batches of other runs may come back; no event reports the end of those runs.
        if (!is_shared || !params_.control->wait_for(look_at_others_every)) {
            return std::nullopt;
        }
    }
}

void runner::end_early(run_outcome outcome, const std::string& reason) {
    {
        const std::scoped_lock lock(mutex_);
        // Ignores failures after an interrupt: the interrupt may have caused them.
        if (outcome_ == run_outcome::finished && params_.control->is_running()) {
            outcome_ = outcome;
            reason_ = reason;
            until_ms_ = outcome == run_outcome::exhausted ? limiter_.next_day_ms() : 0;
        }
    }
    params_.control->drain();  // calls that wait in the gate give up
}

void runner::fail(const error& cause) {
    {
        const std::scoped_lock lock(mutex_);
        if (!failure_) {
            failure_ = cause;
        }
    }
    params_.control->drain();
}

void runner::note_answer() {
    const std::scoped_lock lock(mutex_);
    silent_batches_ = 0;
}

void runner::note_refusal(const std::string& reason) {
    if (meter_->now().done > 0) {
        return;
    }
    bool is_useless = false;
    {
        const std::scoped_lock lock(mutex_);
        is_useless = ++refused_items_ >= params_.useless_after;
    }
    if (is_useless) {
        end_early(run_outcome::outage, reason);
    }
}

void runner::note_silence(const std::string& reason) {
    bool is_outage = false;
    {
        const std::scoped_lock lock(mutex_);
        is_outage = ++silent_batches_ >= params_.outage_after;
    }
    if (is_outage) {
        end_early(run_outcome::outage, reason);
    }
}

run_end runner::so_far() const {
    const auto now = meter_->now();
    return {.outcome = {}, .done = now.done, .reused = now.reused, .failed = now.failed, .used = now.used};
}

result<> runner::tick() {
    TRY(store_.renew(run_id_, params_.lease));  // first, so that a slow callback does not let our leases run out
    TRY_ASSIGN(const auto counts, store_.count_open(job_id_));
    bool is_final = false;
    {
        const std::scoped_lock lock(mutex_);
        is_final = is_fed_;
    }
    meter_->set_left(counts, is_final);
    TRY(store_.note_run(run_id_, so_far()));
    meter_->tell(progress_event::working);
    return {};
}

void runner::tend() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, params_.tick, [this] { return is_over_; });
            if (is_over_) {
                return;
            }
        }
        if (const auto done = tick(); !done) {
            log.warn("a look at the job failed", {{"reason", done.error().message}});
        }
    }
}

// Starts fewer threads if the system refuses more; with none the run fails.
void runner::run_workers() {
    std::vector<std::jthread> threads;
    try {
        for (std::size_t i = 0; i < params_.concurrency + spare_batches; ++i) {
            threads.emplace_back([this] { batch_worker(*this).run(); });
        }
    } catch (const std::system_error& failed) {
        log.warn("no thread for a worker", {{"reason", failed.what()}});
        if (threads.empty()) {
            fail({.code = sqlstates::insufficient_resources,
                  .message = fmt::format("no thread could be started: {}", failed.what())});
        }
    }
}

result<run_report> runner::run() {
    meter_->tell(progress_event::started);
    std::jthread tender([this] { tend(); });
    run_workers();
    {
        const std::scoped_lock lock(mutex_);
        is_over_ = true;
        changed_.notify_all();
    }
    tender.join();
    if (outcome_ == run_outcome::finished && !failure_ && !params_.control->is_running()) {
        outcome_ = run_outcome::interrupted;
    }
    auto end = so_far();
    end.outcome = failure_ ? "failed" : to_text(outcome_);
    const auto ended = store_.end_run(run_id_, end);
    if (failure_) {
        return sluice::fail(std::move(*failure_));
    }
    TRY(ended);
    TRY_ASSIGN(const auto left, store_.count_open(job_id_));
    meter_->set_left(left, true);
    meter_->tell(progress_event::ended, reason_);
    return run_report{.outcome = outcome_, .reason = reason_, .until_ms = until_ms_, .totals = meter_->now()};
}

}  // namespace sluice::jobs
