#include "apps/jobs/run/progress_meter.hpp"

#include <algorithm>

namespace sluice::jobs {

namespace {

constexpr std::int64_t window_ms = 60'000;

}  // namespace

progress_meter::progress_meter(meter_params params)
    : params_(std::move(params)), started_ms_(params_.time->unix_ms()) {}

progress progress_meter::snapshot(progress_event event) const {
    progress seen = state_;
    seen.event = event;
    seen.now_ms = params_.time->unix_ms();
    seen.used = params_.used ? params_.used() : usage{};
    const std::int64_t span_ms = std::clamp<std::int64_t>(seen.now_ms - started_ms_, 1, window_ms);
    std::int64_t asked = 0;
    for (const auto& [when_ms, count] : recent_) {
        asked += when_ms > seen.now_ms - window_ms ? count : 0;
    }
    seen.items_per_minute = static_cast<double>(asked) * static_cast<double>(window_ms) / static_cast<double>(span_ms);
    if (seen.items_per_minute > 0 && seen.is_left_final) {
        seen.eta_ms = static_cast<std::int64_t>(static_cast<double>(seen.left) / seen.items_per_minute *
                                                static_cast<double>(window_ms));
    }
    if (params_.prices) {
        constexpr double million = 1e6;
        seen.cost = static_cast<double>(seen.used.tokens_in) / million * params_.prices->in +
                    static_cast<double>(seen.used.tokens_out) / million * params_.prices->out;
    }
    return seen;
}

void progress_meter::set_left(std::int64_t left, bool is_final) {
    const std::scoped_lock lock(mutex_);
    state_.left = left;
    state_.is_left_final = is_final;
}

void progress_meter::add_done(std::int64_t done, std::int64_t reused) {
    const std::scoped_lock lock(mutex_);
    const std::int64_t now_ms = params_.time->unix_ms();
    state_.done += done;
    state_.reused += reused;
    state_.left = std::max<std::int64_t>(state_.left - done, 0);
    recent_.emplace_back(now_ms, done - reused);
    while (recent_.front().first <= now_ms - window_ms) {
        recent_.pop_front();
    }
}

void progress_meter::add_failed(const std::string& item_key, const std::string& reason) {
    const std::scoped_lock lock(mutex_);
    ++state_.failed;
    state_.left = std::max<std::int64_t>(state_.left - 1, 0);
    if (params_.told) {
        auto seen = snapshot(progress_event::item_failed);
        seen.item_key = item_key;
        seen.reason = reason;
        params_.told(seen);
    }
}

void progress_meter::tell(progress_event event, const std::string& reason, std::int64_t until_ms) {
    const std::scoped_lock lock(mutex_);
    if (params_.told) {
        auto seen = snapshot(event);
        seen.reason = reason;
        seen.until_ms = until_ms;
        params_.told(seen);
    }
}

progress progress_meter::now() const {
    const std::scoped_lock lock(mutex_);
    return snapshot(progress_event::working);
}

}  // namespace sluice::jobs
