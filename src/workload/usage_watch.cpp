#include "workload/usage_watch.hpp"

#include <pthread.h>

#include "base/run/memory_wall.hpp"

namespace sluice::workload {

void expose_memory(base::metrics_registry& registry) {
    using base::memory_wall::totals;
    const base::sampled_metrics from(registry, base::memory_wall::look);
    from.gauge({"memory_allocated_bytes", "bytes", "Memory that the process has allocated, engine and connections"},
               &totals::counted_bytes);
    from.gauge({"memory_resident_bytes", "bytes", "Anonymous memory of the process, by the latest look"},
               &totals::resident_bytes);
    from.gauge(
        {"memory_bound_bytes", "bytes", "Memory beyond which allocations of statements are refused; 0: no bound"},
        &totals::bound_bytes);
    from.counter({"memory_refused_total", "allocations", "Allocations refused because of memory_bound_bytes"},
                 &totals::refused_total);
    from.counter(
        {"memory_stopped_total", "allocations", "Large allocations refused because their statement had been cancelled"},
        &totals::stopped_total);
    from.counter({"memory_interrupted_total", "statements", "Statements interrupted because of memory_bound_bytes"},
                 &totals::interrupted_total);
}

usage_watch::usage_watch(const usage_watch_params& params, base::metrics_registry& registry)
    : params_(params), metrics_{registry}, thread_([this] {
          ::pthread_setname_np(::pthread_self(), "usage-watch");
          run();
      }) {
    expose_memory(registry);
}

usage_watch::~usage_watch() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void usage_watch::run() {
    const auto interval_ns = std::chrono::nanoseconds(params_.interval).count();
    auto looked = std::chrono::steady_clock::now() - params_.idle_interval;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        const auto now = std::chrono::steady_clock::now();
        const bool idle_look = now - looked >= params_.idle_interval;
        if (idle_look) {
            params_.engine->housekeep();
        }
        if (idle_look || params_.log->runs_since(params_.log->time().steady_ns() - interval_ns)) {
            look();
            looked = now;
        }
        lock.lock();
        wake_.wait_for(lock, params_.interval, [this] { return stopping_; });
    }
}

void usage_watch::look() {
    base::memory_wall::sample();
    if (const auto now = params_.engine->usage()) {
        metrics_.memory_bytes.set(static_cast<std::int64_t>(now->memory_bytes));
        metrics_.memory_limit_bytes.set(static_cast<std::int64_t>(now->memory_limit_bytes));
        metrics_.spilled_bytes.set(static_cast<std::int64_t>(now->spilled_bytes));
        params_.log->note_memory(now->memory_bytes, now->spilled_bytes);
    }
}

}  // namespace sluice::workload
