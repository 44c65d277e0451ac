#include "workload/usage_watch.hpp"

#include <pthread.h>

#include "base/run/memory_wall.hpp"

namespace sluice::workload {

namespace {

using base::metric_definition;
using base::metric_type;

constexpr metric_definition memory{.name = "engine_memory_bytes",
                                   .type = metric_type::gauge,
                                   .unit = "bytes",
                                   .help = "Memory that the engine's buffers use, by the latest look"};
constexpr metric_definition limit{.name = "engine_memory_limit_bytes",
                                  .type = metric_type::gauge,
                                  .unit = "bytes",
                                  .help = "Memory that they may use before the engine spills"};
constexpr metric_definition spilled{.name = "engine_spilled_bytes",
                                    .type = metric_type::gauge,
                                    .unit = "bytes",
                                    .help = "Temporary storage in use, by the latest look"};

constexpr metric_definition allocated{.name = "memory_allocated_bytes",
                                      .type = metric_type::gauge,
                                      .unit = "bytes",
                                      .help = "Memory that the process has allocated, engine and connections"};
constexpr metric_definition resident{.name = "memory_resident_bytes",
                                     .type = metric_type::gauge,
                                     .unit = "bytes",
                                     .help = "Anonymous memory of the process, by the latest look"};
constexpr metric_definition bound{.name = "memory_bound_bytes",
                                  .type = metric_type::gauge,
                                  .unit = "bytes",
                                  .help = "Memory beyond which allocations of statements are refused; 0: no bound"};
constexpr metric_definition refused{.name = "memory_refused_total",
                                    .type = metric_type::counter,
                                    .unit = "allocations",
                                    .help = "Allocations refused because of memory_bound_bytes"};
constexpr metric_definition stopped{.name = "memory_stopped_total",
                                    .type = metric_type::counter,
                                    .unit = "allocations",
                                    .help = "Large allocations refused because their statement had been cancelled"};
constexpr metric_definition interrupted{.name = "memory_interrupted_total",
                                        .type = metric_type::counter,
                                        .unit = "statements",
                                        .help = "Statements interrupted because of memory_bound_bytes"};

}  // namespace

usage_metrics::usage_metrics(base::metrics_registry& registry)
    : memory_bytes(registry.add_gauge(memory)),
      memory_limit_bytes(registry.add_gauge(limit)),
      spilled_bytes(registry.add_gauge(spilled)) {
    using base::memory_wall::totals;
    const auto expose = [&](const base::metric_definition& definition, auto member) {
        registry.add_sampled(definition, [member] { return static_cast<double>(base::memory_wall::look().*member); });
    };
    expose(allocated, &totals::counted_bytes);
    expose(resident, &totals::resident_bytes);
    expose(bound, &totals::bound_bytes);
    expose(refused, &totals::refused_total);
    expose(stopped, &totals::stopped_total);
    expose(interrupted, &totals::interrupted_total);
}

usage_watch::usage_watch(const usage_watch_params& params, base::metrics_registry& registry)
    : params_(params), metrics_(registry), thread_([this] {
          ::pthread_setname_np(::pthread_self(), "usage-watch");
          run();
      }) {}

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
