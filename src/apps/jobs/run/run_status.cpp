#include "apps/jobs/run/run_status.hpp"

#include <utility>

namespace sluice::jobs {

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

run_status::run_status(run_status_params params) : params_(std::move(params)) {}

bool run_status::goes_on() const {
    const std::scoped_lock lock(mutex_);
    return params_.control->is_running() && end_.outcome == run_outcome::finished && !end_.failure;
}

void run_status::end_early(run_outcome outcome, const std::string& reason) {
    {
        const std::scoped_lock lock(mutex_);
        // Ignores failures after an interrupt: the interrupt may have caused them.
        if (end_.outcome == run_outcome::finished && params_.control->is_running()) {
            end_.outcome = outcome;
            end_.reason = reason;
            end_.until_ms = outcome == run_outcome::exhausted ? params_.next_day_ms() : 0;
        }
    }
    params_.control->drain();  // calls that wait in the gate give up
}

void run_status::fail(const error& cause) {
    {
        const std::scoped_lock lock(mutex_);
        if (!end_.failure) {
            end_.failure = cause;
        }
    }
    params_.control->drain();
}

void run_status::note_answer() {
    const std::scoped_lock lock(mutex_);
    silent_batches_ = 0;
}

void run_status::note_silence(const std::string& reason) {
    bool is_outage = false;
    {
        const std::scoped_lock lock(mutex_);
        is_outage = ++silent_batches_ >= params_.outage_after;
    }
    if (is_outage) {
        end_early(run_outcome::outage, reason);
    }
}

void run_status::note_refusal(const std::string& reason) {
    bool is_useless = false;
    {
        const std::scoped_lock lock(mutex_);
        is_useless = ++refused_items_ >= params_.useless_after;
    }
    if (is_useless) {
        end_early(run_outcome::outage, reason);
    }
}

run_ending run_status::end() const {
    const std::scoped_lock lock(mutex_);
    auto now = end_;
    if (now.outcome == run_outcome::finished && !now.failure && !params_.control->is_running()) {
        now.outcome = run_outcome::interrupted;
    }
    return now;
}

}  // namespace sluice::jobs
