#include "cli/tag/run_output.hpp"

#include <fmt/format.h>
#include <span>
#include <unistd.h>

#include "base/os/file_descriptor.hpp"
#include "base/text/display_width.hpp"
#include "base/text/json_string.hpp"

namespace sluice::cli {

namespace {

// Ignores errors: a closed stderr does not stop the run.
void write_to_stderr(const std::string& text) {
    (void)base::write_all(STDERR_FILENO, std::as_bytes(std::span(text)));
}

progress_style resolved(progress_style asked) {
    if (asked != progress_style::automatic) {
        return asked;
    }
    return ::isatty(STDERR_FILENO) == 1 ? progress_style::bar : progress_style::none;
}

}  // namespace

run_output::run_output(progress_style style) : style_(resolved(style)) {
    if (style_ == progress_style::bar) {
        auto dress = style_of_stderr();
        dress.is_terminal = true;
        bar_.emplace(progress_bar_params{.descriptor = STDERR_FILENO, .style = dress});
    }
}

void run_output::write_line(const std::string& line) {
    if (bar_) {
        bar_->clear();
    }
    write_to_stderr(line + "\n");
}

void run_output::show(const jobs::progress& now) {
    const std::scoped_lock lock(mutex_);
    if (style_ == progress_style::json) {
        write_to_stderr(progress_json(now));
        return;
    }
    if (now.event == jobs::progress_event::item_failed) {
        write_line(fmt::format("sluice: tag: item {}: {}", now.item_key.substr(0, 12), base::visible(now.reason)));
    }
    if (bar_) {
        bar_->show(now);
    }
}

void run_output::tell_problem(std::string_view path, std::string_view reason) {
    const std::scoped_lock lock(mutex_);
    if (style_ == progress_style::json) {
        write_to_stderr(fmt::format("{{\"event\":\"problem\",\"path\":{},\"reason\":{}}}\n", base::json_string(path),
                                    base::json_string(reason)));
        return;
    }
    write_line(fmt::format("sluice: tag: {}: {}", path, base::visible(reason)));
}

void run_output::tell_interrupt(bool is_second) {
    const std::scoped_lock lock(mutex_);
    const std::string_view words =
        is_second ? "stopping" : "interrupted: waiting for what is in flight; once more stops it";
    if (style_ == progress_style::json) {
        write_to_stderr(fmt::format("{{\"event\":\"interrupted\",\"is_second\":{}}}\n", is_second));
        return;
    }
    write_line(fmt::format("sluice: tag: {}", words));
}

void run_output::finish() {
    const std::scoped_lock lock(mutex_);
    if (bar_) {
        bar_->clear();
    }
}

}  // namespace sluice::cli
