// progress_meter.hpp - counts the work of a run, and reports progress.
//
// Rule:    the rate is that of the last minute, or since the start if that is shorter; the time left is the remaining
//          items at that rate. `reused` items cost nothing and count for neither.
// Threads: any; the callback runs under the meter's lock, so one call at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "apps/jobs/run/progress.hpp"
#include "base/core/clock.hpp"

namespace sluice::jobs {

// Price of a million tokens, in any currency.
struct token_prices {
    double in = 0;
    double out = 0;
};

struct meter_params {
    progress_callback told;  // may be empty
    std::optional<token_prices> prices;
    std::function<usage()> used;
    const base::clock* time = &base::system_clock();
};

class progress_meter {
  public:
    explicit progress_meter(meter_params params);

    void set_left(std::int64_t left, bool is_final);
    void add_done(std::int64_t done, std::int64_t reused);
    void add_failed(const std::string& item_key, const std::string& reason);
    void tell(progress_event event, const std::string& reason = {}, std::int64_t until_ms = 0);
    [[nodiscard]] progress now() const;

  private:
    [[nodiscard]] progress snapshot(progress_event event) const;

    const meter_params params_;
    const std::int64_t started_ms_;
    mutable std::mutex mutex_;
    progress state_;
    std::deque<std::pair<std::int64_t, std::int64_t>> recent_;  // times and counts of the last minute
};

}  // namespace sluice::jobs
