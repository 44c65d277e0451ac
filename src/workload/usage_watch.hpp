// usage_watch.hpp - samples the engine's memory use while statements run, and lets the engine tidy up once in a while.
//
// Problem: the engine knows how much memory all statements use together. A statement's record is to show the most that
//          was used while it ran, and unused connections have to be closed.
// Use:     usage_watch watch({.engine = &backend, .log = &load.log()}, registry);      // runs a thread until its end
// How:     a sample every `interval` while a statement has run for at least that long, and one every `idle_interval`
//          otherwise. A sample is a query of its own, some 100 us.
// Threads: one of its own; it ends with the destructor.
// Metrics: engine_memory_bytes, engine_memory_limit_bytes, engine_spilled_bytes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "backend/backend.hpp"
#include "base/observe/metrics.hpp"
#include "workload/query_log.hpp"

namespace sluice::workload {

struct usage_metrics {
    base::metrics_registry& registry;
    base::gauge& memory_bytes = registry.add_gauge(
        {"engine_memory_bytes", "bytes", "Memory that the engine's buffers use, by the latest look"});
    base::gauge& memory_limit_bytes =
        registry.add_gauge({"engine_memory_limit_bytes", "bytes", "Memory that they may use before the engine spills"});
    base::gauge& spilled_bytes =
        registry.add_gauge({"engine_spilled_bytes", "bytes", "Temporary storage in use, by the latest look"});
};

// The numbers of base::memory_wall.
void expose_memory(base::metrics_registry& registry);

struct usage_watch_params {
    backend::engine* engine = nullptr;  // both outlive the watch
    query_log* log = nullptr;
    std::chrono::milliseconds interval{50};
    std::chrono::milliseconds idle_interval{1000};
};

class usage_watch {
  public:
    usage_watch(const usage_watch_params& params, base::metrics_registry& registry);
    usage_watch(const usage_watch&) = delete;
    usage_watch& operator=(const usage_watch&) = delete;
    ~usage_watch();

  private:
    void run();
    void look();

    const usage_watch_params params_;
    usage_metrics metrics_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace sluice::workload
