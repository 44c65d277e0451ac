#include "apps/jobs/runner.hpp"

#include <fmt/format.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/observe/log.hpp"

namespace sluice::jobs {

namespace {

const base::logger log{"jobs"};
constexpr std::size_t spare_batches = 1;
constexpr std::chrono::milliseconds look_at_others_every{200};

}  // namespace

runner::runner(runner_params params)
    : params_(std::move(params)),
      store_(*params_.database, *params_.locks, *params_.time),
      limiter_(*params_.database, params_.limits),
      status_({.control = params_.control,
               .next_day_ms = [this] { return limiter_.next_day_ms(); },
               .outage_after = params_.outage_after,
               .useless_after = params_.useless_after}) {
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

bool runner::wait_for_items(std::uint64_t seen) {
    std::unique_lock lock(mutex_);
    while (fed_ == seen && !is_fed_) {
        // Long enough to cost nothing, short enough for drain(), which cannot wake it.
        changed_.wait_for(lock, std::chrono::milliseconds(50));
        if (!status_.goes_on()) {
            return false;
        }
    }
    return true;
}

result<std::optional<claimed_batch>> runner::next_batch() {
    for (;;) {
        if (!status_.goes_on()) {
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

worker_params runner::params_of_worker() {
    return {.handler = params_.handler,
            .jobs = &store_,
            .gate = gate_.get(),
            .meter = meter_.get(),
            .status = &status_,
            .control = params_.control,
            .run_id = run_id_,
            .lease = params_.lease,
            .settle_policy = params_.settle_policy,
            .next = [this] { return next_batch(); },
            .reached = [this](run_point point) { reach(point); },
            .time = params_.time};
}

// Starts fewer threads if the system refuses more; with none the run fails.
void runner::run_workers() {
    std::vector<std::jthread> threads;
    try {
        for (std::size_t i = 0; i < params_.concurrency + spare_batches; ++i) {
            threads.emplace_back([this] { batch_worker(params_of_worker()).run(); });
        }
    } catch (const std::system_error& failed) {
        log.warn("no thread for a worker", {{"reason", failed.what()}});
        if (threads.empty()) {
            status_.fail({error_kind::io, fmt::format("no thread could be started: {}", failed.what())});
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
    const auto ending = status_.end();
    auto end = so_far();
    end.outcome = ending.failure ? "failed" : to_text(ending.outcome);
    const auto ended = store_.end_run(run_id_, end);
    if (ending.failure) {
        return std::unexpected(*ending.failure);
    }
    TRY(ended);
    TRY_ASSIGN(const auto left, store_.count_open(job_id_));
    meter_->set_left(left, true);
    meter_->tell(progress_event::ended, ending.reason);
    return run_report{
        .outcome = ending.outcome, .reason = ending.reason, .until_ms = ending.until_ms, .totals = meter_->now()};
}

}  // namespace sluice::jobs
