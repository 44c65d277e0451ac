// progress.hpp - what a running job tells those who watch it.
//
// Use:     runner_params{.on_progress = [](const progress& now) { draw(now); }}
// Threads: the callback is called by one thread at a time, by whichever worker has something to tell; it must return soon.
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
    working,      // a moment has passed, nothing else
    ended,
};

[[nodiscard]] std::string_view to_text(progress_event event);

struct progress {
    progress_event event = progress_event::working;
    std::int64_t now_ms = 0;
    std::int64_t done = 0;      // items of this run
    std::int64_t reused = 0;    // of them without a call, because their answer was there
    std::int64_t failed = 0;    // items of this run that went to the dead letters
    std::int64_t left = 0;      // queued
    bool is_left_final = true;  // false: more may be queued
    double items_per_minute = 0;
    std::optional<std::int64_t> eta_ms;  // from now; none: nobody knows yet
    usage used;
    std::optional<double> cost;  // in the currency of the prices; none: no prices given
    std::string reason;
    std::string item_key;
    std::int64_t until_ms = 0;
};

using progress_callback = std::function<void(const progress&)>;

}  // namespace sluice::jobs
