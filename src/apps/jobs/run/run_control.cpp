#include "apps/jobs/run/run_control.hpp"

#include <algorithm>

namespace sluice::jobs {

void run_control::enter(run_phase next) {
    const std::scoped_lock lock(mutex_);
    phase_ = std::max(phase_, next);
    changed_.notify_all();
}

void run_control::drain() {
    enter(run_phase::draining);
}

void run_control::stop() {
    enter(run_phase::stopped);
    (void)token_.request(base::cancel_reason::user);
}

run_phase run_control::phase() const {
    const std::scoped_lock lock(mutex_);
    return phase_;
}

bool run_control::wait_for(std::chrono::microseconds duration) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, duration, [this] { return phase_ != run_phase::running; });
}

}  // namespace sluice::jobs
