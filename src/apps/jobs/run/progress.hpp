// progress.hpp - progress of a running job, for a callback.
//
// Use:     runner_params{.on_progress = [](const progress& now) { draw(now); }}
// Threads: any worker calls the callback, but only one at a time; it must return soon.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "apps/jobs/work.hpp"

namespace sluice::jobs {

enum class progress_event : std::uint8_t {
    started,
    committed,    // a batch's results are in the database
    item_failed,  // `item_key`, `reason`
    waiting,      // for a limit or for the service, until `until_ms`; `reason`
    working,      // only time has passed
    ended,
};

[[nodiscard]] std::string_view to_text(progress_event event);

struct progress {
    progress_event event = progress_event::working;
    std::int64_t now_ms = 0;
    std::int64_t done = 0;      // items of this run
    std::int64_t reused = 0;    // of these, items whose answer was already stored
    std::int64_t failed = 0;    // items of this run that became dead letters
    std::int64_t left = 0;      // items queued
    bool is_left_final = true;  // false: more items may be queued
    double items_per_minute = 0;
    std::optional<std::int64_t> eta_ms;  // time left from now; none: unknown
    usage used;
    std::optional<double> cost;  // in the currency of the prices; none: no prices are set
    std::string reason;
    std::string item_key;
    std::int64_t until_ms = 0;
};

using progress_callback = std::function<void(const progress&)>;

}  // namespace sluice::jobs
