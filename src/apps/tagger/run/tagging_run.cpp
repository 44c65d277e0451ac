#include "apps/tagger/run/tagging_run.hpp"

#include <atomic>
#include <memory>
#include <thread>

#include "apps/tagger/library/library.hpp"
#include "apps/tagger/model/prompts.hpp"
#include "apps/tagger/run/tag_handler.hpp"

namespace sluice::tagger {

namespace {

tagging_point point_of(jobs::run_point point) {
    switch (point) {
        case jobs::run_point::after_claim:
            return tagging_point::after_claim;
        case jobs::run_point::before_send:
            return tagging_point::before_send;
        case jobs::run_point::before_commit:
            return tagging_point::before_commit;
        case jobs::run_point::after_commit:
            break;
    }
    return tagging_point::after_commit;
}

// After an interrupt the rest of the files is left to the next run; otherwise all are written.
library_writer_params writer_params(const tagging_params& params, const std::atomic<bool>& has_ended_by_itself) {
    library_writer_params made{.database = params.database, .time = params.time, .told = params.told_failure};
    made.goes_on = [&] {
        return params.control->is_running() ||
               (has_ended_by_itself && params.control->phase() != jobs::run_phase::stopped);
    };
    if (params.reached) {
        made.before_rename = [&params] { params.reached(tagging_point::amid_file_write); };
    }
    return made;
}

jobs::runner_params runner_params(const tagging_params& params, jobs::batch_handler& handler,
                                  const std::string& folder) {
    jobs::runner_params made{.database = params.database,
                             .locks = params.locks,
                             .control = params.control,
                             .handler = &handler,
                             .job = {.kind = "tag", .name = folder, .definition = job_definition(params.model_name)},
                             .limits = {.service = params.model->name(), .limits = params.limits, .time = params.time},
                             .gate = {},
                             .concurrency = params.concurrency,
                             .batch_size = params.batch_size,
                             .prices = params.prices,
                             .on_progress = params.on_progress,
                             .reached = {},
                             .time = params.time};
    made.gate.hold = params.request_timeout + std::chrono::seconds(20);
    made.gate.waits_for_day = params.waits_for_day;
    if (params.reached) {
        made.reached = [&params](jobs::run_point point) { params.reached(point_of(point)); };
    }
    return made;
}

library_scan_params folder_params(const tagging_params& params, jobs::runner& work, const std::filesystem::path& folder,
                                  std::int64_t tag_run_id) {
    return {.database = params.database,
            .folder = folder,
            .model = params.model_name,
            .queue = &work.jobs(),
            .job_id = work.job_id(),
            .retries_dead = params.retries_dead,
            .writes_run_id = params.writes_files ? tag_run_id : 0,
            .time = params.time,
            .queued = [&work] { work.notify(); },
            .told = params.told_problem,
            .goes_on = [&params] { return params.control->is_running(); }};
}

}  // namespace

bool tagging_report::is_complete() const {
    return run.outcome == jobs::run_outcome::finished && run.totals.failed == 0 && scan.dead == 0 &&
           scan.problems == 0 && files.failed == 0 && run.totals.left == 0;
}

result<tagging_report> tag_folder(const tagging_params& params) {
    std::error_code failed;
    const auto folder = std::filesystem::canonical(params.folder, failed);
    if (failed) {
        return fail(error_kind::not_found, params.folder.string() + ": " + failed.message());
    }
    TRY_ASSIGN(const auto tag_run_id, begin_tag_run(*params.database, "tag", folder.string(), params.time->unix_ms()));
    TRY_ASSIGN(const auto mappings, tag_mapping_cache::load(*params.database, *params.words, *params.time));
    std::atomic<bool> has_ended_by_itself = false;
    std::optional<library_writer> writer;
    if (params.writes_files) {
        writer.emplace(writer_params(params, has_ended_by_itself));
    }
    tag_handler handler({.database = params.database,
                         .model = params.model,
                         .words = params.words,
                         .mappings = mappings.get(),
                         .tag_run_id = tag_run_id,
                         .writes_files = params.writes_files,
                         .files_queued = [&writer] { writer->notify(); }});
    jobs::runner work(runner_params(params, handler, folder.string()));
    TRY(work.begin());
    tagging_report report;
    result<library_scan_report> scanned;
    std::jthread scanner([&] {
        scanned = scan_library(folder_params(params, work, folder, tag_run_id));
        work.finish_feeding();
    });
    auto ran = work.run();  // an early end drains the control, so the scan ends, too
    has_ended_by_itself = !ran || ran->outcome != jobs::run_outcome::interrupted;
    scanner.join();
    if (writer) {
        writer->notify();
        TRY_ASSIGN(report.files, writer->finish());
    }
    TRY(scanned);
    TRY_ASSIGN(report.run, std::move(ran));
    report.scan = *scanned;
    // The scan may have queued items after the run's last count.
    TRY_ASSIGN(report.run.totals.left, work.jobs().count_open(work.job_id()));
    return report;
}

}  // namespace sluice::tagger
