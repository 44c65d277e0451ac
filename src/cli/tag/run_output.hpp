// run_output.hpp - output of a running `sluice tag run`: a bar or JSON lines on stderr, and lines about single files.
//
// Rule:    a line never overwrites the bar: the bar is erased, and drawn again by the next progress. With JSON every
//          line is JSON: {"event":"problem","path":...,"reason":...}.
// Threads: any.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "apps/jobs/run/progress.hpp"
#include "cli/tag/progress_bar.hpp"
#include "cli/tag/run_options.hpp"

namespace sluice::cli {

class run_output {
  public:
    explicit run_output(progress_style style);
    run_output(const run_output&) = delete;
    run_output& operator=(const run_output&) = delete;
    ~run_output() { finish(); }

    void show(const jobs::progress& now);
    void tell_problem(std::string_view path, std::string_view reason);
    void tell_interrupt(bool is_second);
    void finish();

  private:
    void write_line(const std::string& line);

    std::mutex mutex_;
    const progress_style style_;
    std::optional<progress_bar> bar_;
};

}  // namespace sluice::cli
