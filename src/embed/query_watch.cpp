#include "embed/query_watch.hpp"

#include <algorithm>
#include <pthread.h>
#include <utility>

namespace sluice::embed {

void stop_point::open(base::cancel_token& token, bool cancellable) {
    const std::scoped_lock lock(mutex_);
    token_ = &token;
    cancellable_ = cancellable;
}

bool stop_point::cancel() {
    const std::scoped_lock lock(mutex_);
    if (cancellable_) {
        stop_locked(base::cancel_reason::user);
    }
    return cancellable_;
}

void stop_point::time_is_over() {
    const std::scoped_lock lock(mutex_);
    stop_locked(base::cancel_reason::profile_timeout);
}

void stop_point::stop_locked(base::cancel_reason reason) {
    if (token_ != nullptr) {
        (void)token_->request(reason);
    }
    woken_ = true;
    changed_.notify_one();
}

void stop_point::wake() {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
    changed_.notify_one();
}

void stop_point::wait_for(std::chrono::nanoseconds time) {
    std::unique_lock lock(mutex_);
    (void)changed_.wait_for(lock, time, [this] { return woken_; });
    woken_ = false;
}

void stop_point::close() {
    const std::scoped_lock lock(mutex_);
    token_ = nullptr;
}

bool canceller::request() const {
    std::vector<std::weak_ptr<stop_point>> points;
    {
        const std::scoped_lock lock(state_->mutex);
        state_->requested = true;
        points = state_->points;
    }
    bool heard = true;
    for (const auto& each : points) {
        if (const auto point = each.lock()) {
            heard = point->cancel() && heard;
        }
    }
    return heard;
}

bool canceller::requested() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->requested;
}

void canceller::attach(const std::shared_ptr<stop_point>& point) const {
    bool requested = false;
    {
        const std::scoped_lock lock(state_->mutex);
        std::erase_if(state_->points, [](const auto& each) { return each.expired(); });
        state_->points.push_back(point);
        requested = state_->requested;
    }
    if (requested) {
        (void)point->cancel();
    }
}

query_watch::query_watch(base::clock& time) : clock_(time), thread_([this] { run(); }) {}

query_watch::~query_watch() {
    {
        const std::scoped_lock lock(mutex_);
        ends_ = true;
        changed_.notify_one();
    }
    thread_.join();
}

query_watch::key query_watch::add(std::shared_ptr<stop_point> point, std::int64_t deadline_ns) {
    const std::scoped_lock lock(mutex_);
    const key at{.deadline_ns = deadline_ns, .number = ++numbers_};
    due_.emplace(at, std::move(point));
    if (deadline_ns < wakes_at_ns_) {
        changed_.notify_one();
    }
    return at;
}

void query_watch::remove(key at) {
    const std::scoped_lock lock(mutex_);
    due_.erase(at);
}

void query_watch::run() {
    ::pthread_setname_np(::pthread_self(), "query-watch");
    std::unique_lock lock(mutex_);
    while (!ends_) {
        const std::int64_t now_ns = clock_.steady_ns();
        if (!due_.empty() && due_.begin()->first.deadline_ns <= now_ns) {
            const auto point = std::move(due_.begin()->second);
            due_.erase(due_.begin());
            lock.unlock();
            point->time_is_over();
            lock.lock();
            continue;
        }
        wakes_at_ns_ = due_.empty() ? unlimited_ns : due_.begin()->first.deadline_ns;
        if (due_.empty()) {
            changed_.wait(lock);
        } else {
            (void)changed_.wait_for(lock, std::chrono::nanoseconds(wakes_at_ns_ - now_ns));
        }
    }
}

query_watch::timed::timed(query_watch& watch, std::shared_ptr<stop_point> point,
                          workload::governed_statement& statement)
    : watch_(watch), statement_(statement) {
    if (const std::int64_t ends_ns = statement_.resume_time(watch_.clock_.steady_ns()); ends_ns != 0) {
        at_ = watch_.add(std::move(point), ends_ns);
        is_limited_ = true;
    }
}

query_watch::timed::~timed() {
    if (is_limited_) {
        watch_.remove(at_);
        statement_.pause_time(watch_.clock_.steady_ns());
    }
}

}  // namespace sluice::embed
