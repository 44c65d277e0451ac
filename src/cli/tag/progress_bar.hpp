// progress_bar.hpp - shows a job's progress: a line on a terminal that is redrawn, or lines of JSON.
//
// Use:     progress_bar bar({.descriptor = STDERR_FILENO, .style = style});
//          runner_params{.on_progress = [&](const jobs::progress& now) { bar.show(now); }}
//          bar.clear();  print a line;                             // the next show() draws it again
// Shape:   "████▌      312/10,000  2 failed  604/min  16:04 left  1.2M+310k tokens  $0.48"; texts that do not fit are
//          left out from the right. While the job waits: "waits 0:42: 10 requests a minute are used up".
// Bounds:  drawn at most every `every_ms`, except at the begin and end of a wait; always in one line. clear() and the
//          destructor erase it.
// Threads: any, one at a time.
#pragma once

#include <cstdint>
#include <string>

#include "apps/jobs/run/progress.hpp"
#include "base/core/clock.hpp"
#include "cli/terminal/output_style.hpp"

namespace sluice::cli {

// Without a line break, at most style.width columns (or 80). Waits are counted down from the time in `now`.
[[nodiscard]] std::string progress_line(const jobs::progress& now, const output_style& style);
// One line with a line break.
[[nodiscard]] std::string progress_json(const jobs::progress& now);

// "0:42", "1:02:03"
[[nodiscard]] std::string shown_duration(std::int64_t duration_ms);
// "950", "31.4k", "1.2M"
[[nodiscard]] std::string shown_amount(std::int64_t amount);

struct progress_bar_params {
    int descriptor = 2;
    output_style style;
    std::int64_t every_ms = 100;
    const base::clock* time = &base::system_clock();
};

class progress_bar {
  public:
    explicit progress_bar(progress_bar_params params) : params_(params) {}
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;
    ~progress_bar() { clear(); }

    void show(const jobs::progress& now);
    void clear();

  private:
    const progress_bar_params params_;
    std::int64_t drawn_ms_ = 0;
    bool is_drawn_ = false;
    std::string wait_reason_;  // reason of the current wait
    std::int64_t wait_until_ms_ = 0;
};

}  // namespace sluice::cli
