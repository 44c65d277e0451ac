// engine_health.hpp - faults that hinder statements: full disks, missing descriptors, memory, recent failures.
//
// Problem: an engine that answers SELECT 1 may still fail the next statement that needs to write, sort or open a file.
// Use:     health.note(error) for every failure;  for (auto& line : health.complaints()) { ... }   // empty: healthy
// Looks:   at each call: free bytes of the disks of the database and the temporary files, a few spare descriptors, the
//          memory of the process. Failures of the engine's own files and of descriptors (53100, 53000, 58030, XX001)
//          are reported for trouble_window after the last one: statements may be the only ones to see their cause.
// Wakes:   wait_for_suspicion(): a failure came after which the engine should be checked. Until checked() says that this
//          has been done, is_suspected() is true: statements that need no engine then ask it all the same.
// Threads: any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/core/clock.hpp"
#include "base/core/error.hpp"
#include "settings/resource_settings.hpp"

namespace sluice::duckdb {

struct health_params {
    std::uint64_t disk_free_bytes_min = base::default_of(settings::readiness_disk_free_min);  // 0: no check
    std::uint64_t process_bytes_max = 0;  // limit of the machine or its control group
    std::chrono::milliseconds trouble_window = base::default_of(settings::readiness_trouble_window);
    base::clock* clock = nullptr;  // null: the system's
};

// True if `wanted` more files could be opened now.
[[nodiscard]] bool has_spare_descriptors(std::size_t wanted);

class engine_health {
  public:
    explicit engine_health(health_params params);

    void note(const error& failure);
    // Folders that the engine writes to; they need not exist yet.
    void watch_folders(std::vector<std::string> folders);
    // One line each, with its subject in front: "disk: ...".
    [[nodiscard]] std::vector<std::string> complaints() const;

    // Waits until a suspicious failure was noted, the time is over or a stop is asked for. Returns the number of
    // failures whose check is due; pass it to checked() afterwards.
    std::size_t wait_for_suspicion(std::stop_token stop, std::chrono::milliseconds patience);
    void checked(std::size_t failures);
    // True: a failure was noted, and the engine has not been checked since.
    [[nodiscard]] bool is_suspected() const { return unchecked_.load(std::memory_order_acquire) != 0; }

  private:
    struct trouble {
        error failure;
        std::int64_t at_ns = 0;
    };

    [[nodiscard]] bool is_ours_locked(const error& failure) const;
    void complain_of_disks(std::vector<std::string>& lines) const;
    void complain_of_memory(std::vector<std::string>& lines) const;
    void complain_of_trouble(std::vector<std::string>& lines) const;

    const health_params params_;
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable_any suspected_;
    std::vector<std::string> folders_;
    std::optional<trouble> trouble_;          // the last one
    std::atomic<std::size_t> unchecked_ = 0;  // suspicious failures; written under the lock, for the wait
};

}  // namespace sluice::duckdb
