// undo and write.
#include <cstdio>
#include <fmt/format.h>

#include "apps/jobs/run/run_control.hpp"
#include "apps/tagger/library/library.hpp"
#include "apps/tagger/library/library_writer.hpp"
#include "apps/tagger/library/undo.hpp"
#include "apps/tagger/run/dry_run.hpp"
#include "base/core/clock.hpp"
#include "base/text/display_width.hpp"
#include "cli/command/command.hpp"
#include "cli/tag/interrupts.hpp"
#include "cli/tag/run.hpp"
#include "cli/tag/tag_call.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

namespace {

void say(const std::string& command, const std::string& path, const std::string& reason) {
    const auto line = fmt::format("sluice: {}: {}: {}\n", command, base::visible(path), base::visible(reason));
    std::fwrite(line.data(), 1, line.size(), stderr);
}

// Writes the queued files. After an interrupt the rest is left for later.
tagger::result<int> write_files(const tag_call& call, const std::string& command) {
    jobs::run_control control;
    const signal_watch watch(control, [](bool /*is_second*/) {});
    TRY_ASSIGN(
        const auto done,
        tagger::write_queued(
            {.database = &call.database(),
             .told = [&](const tagger::file_failure_told& failure) { say(command, failure.path, failure.reason); },
             .goes_on = [&] { return control.is_running(); },
             .before_rename = {}}));
    auto text = fmt::format("{} written, {} had these tags already", count_of(done.written, "file"), done.unchanged);
    text += (done.failed == 0 ? "" : fmt::format(", {} failed", done.failed)) + left_to_others(done) + "\n";
    TRY(write_output(call.wants_json() ? "" : text));
    return !control.is_running() ? exit_interrupted : done.failed == 0 ? 0 : exit_incomplete;
}

tagger::result<int> compare(const tag_call& call) {
    std::int64_t different = 0;
    std::int64_t problems = 0;
    result<> printed;
    TRY_ASSIGN(const auto same, tagger::compare_files({.database = &call.database(),
                                                       .folder = {},
                                                       .told =
                                                           [&](const tagger::scan_problem& problem) {
                                                               ++problems;
                                                               say("tag write", problem.path, problem.reason);
                                                           }},
                                                      [&](const tagger::file_difference& difference) {
                                                          ++different;
                                                          if (printed) {
                                                              printed = write_output(shown_difference(difference));
                                                          }
                                                      }));
    TRY(printed);
    TRY(write_output(
        fmt::format("would be: {} written, {} had these tags already\n", count_of(different, "file"), same)));
    return problems == 0 ? 0 : exit_incomplete;
}

tagger::result<int> write_library(tag_call& call) {
    if (call.given.has("dry-run")) {
        return compare(call);
    }
    TRY_ASSIGN(const auto queued, tagger::queue_library_writes(call.database(), base::system_clock().unix_ms()));
    if (queued == 0) {
        TRY(write_output("all files have the tags of the database\n"));
        return 0;
    }
    return write_files(call, "tag write");
}

// ---- undo

std::string shown_run(std::int64_t run, std::string_view what, std::string_view detail) {
    const auto of = what == "undo"   ? fmt::format(" of run {}", detail)
                    : detail.empty() ? ""
                                     : fmt::format(" of {}", detail);
    return fmt::format("run {} ({}{})", run, what, base::visible(of));
}

json_object json_of(const tagger::listed_run& run) {
    return {{"run", run.tag_run_id}, {"what", run.what},           {"detail", run.detail},
            {"date", run.date},      {"undone_by", run.undone_by}, {"recordings", run.recordings},
            {"files", run.files}};
}

tagger::result<int> list_all_runs(const tag_call& call) {
    TRY_ASSIGN(const auto limit, call.limit());
    TRY_ASSIGN(const auto runs, tagger::list_runs(call.database(), limit));
    json_array document;
    table rows({{.header = "RUN", .alignment = align::right},
                {.header = "DATE"},
                {.header = "WHAT"},
                {.header = "OF"},
                {.header = "RECORDINGS", .alignment = align::right},
                {.header = "FILES", .alignment = align::right},
                {.header = "UNDONE BY", .alignment = align::right}});
    for (const auto& each : runs) {
        document.emplace_back(json_of(each));
        rows.add({std::to_string(each.tag_run_id), shown_time(each.date), each.what,
                  each.what == "undo" ? "run " + each.detail : each.detail, std::to_string(each.recordings),
                  std::to_string(each.files), each.undone_by ? std::to_string(*each.undone_by) : ""});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.is_empty() ? "" : rows.text(call.style)));
    return 0;
}

// "2 recordings and 1 file", without zero counts.
std::string counts_of(std::int64_t recordings, std::int64_t files) {
    const auto of_recordings = count_of(recordings, "recording");
    const auto of_files = count_of(files, "file");
    return files == 0 ? of_recordings : recordings == 0 ? of_files : fmt::format("{} and {}", of_recordings, of_files);
}

std::string told(const tagger::undo_report& done) {
    auto text = fmt::format("undone: {}, {}\n{} as before", shown_run(done.undone_run_id, done.what, done.detail),
                            shown_time(done.date), counts_of(done.recordings, done.files));
    if (done.recordings_left + done.files_left > 0) {
        text +=
            fmt::format(", {} left alone because of later changes", counts_of(done.recordings_left, done.files_left));
    }
    return text +
           fmt::format("\nrun {}; `sluice tag undo --run {}` brings it back\n", done.tag_run_id, done.tag_run_id);
}

tagger::result<int> undo(tag_call& call) {
    if (call.given.has("list")) {
        return list_all_runs(call);
    }
    TRY_ASSIGN(const auto run, integer_of(call.given, "run", 1, std::numeric_limits<std::int64_t>::max()));
    TRY_ASSIGN(const auto done, tagger::undo_run({.database = &call.database(), .tag_run_id = run}));
    if (call.wants_json()) {
        TRY(write_output(json_text(json_object{{"run", done.tag_run_id},
                                               {"undone_run", done.undone_run_id},
                                               {"recordings", done.recordings},
                                               {"recordings_left", done.recordings_left},
                                               {"files", done.files},
                                               {"files_left", done.files_left}})));
    } else {
        TRY(write_output(told(done)));
    }
    return done.files == 0 ? tagger::result<int>(0) : write_files(call, "tag undo");
}

constexpr tag_action actions[] = {{.words = "undo", .run = undo}, {.words = "write", .run = write_library}};

}  // namespace

std::span<const tag_action> tag_change_actions() {
    return actions;
}

}  // namespace sluice::cli
