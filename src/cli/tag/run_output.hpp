// run_output.hpp - what `sluice tag run` says while it runs: a bar or JSON lines on stderr, and lines about single files.
//
// Rule:    a line never lands in the bar: the bar is taken away, and drawn again by the next progress. With JSON everything is
//          a line of JSON: {"event":"problem","path":...,"reason":...}.
// Threads: any.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "apps/jobs/progress.hpp"
#include "cli/tag/run_options.hpp"
#include "cli/terminal/progress_bar.hpp"

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
