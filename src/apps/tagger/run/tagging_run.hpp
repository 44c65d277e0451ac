// tagging_run.hpp - tags a whole folder: scan, ask, commit and write, all at the same time.
//
// Use:     TRY_ASSIGN(const auto report, tag_folder({.database = &db, .locks = &locks, .control = &control, .folder = dir,
//                                                    .model = model.get(), .model_name = "gemini-2.5-flash", .words = &words}));
// Flow:    scanner thread → job_items → worker threads (runner.hpp) → tags and file_writes → writer thread → files.
// Threads: blocks the caller; any thread calls `told_*`, one call at a time each.
// Errors:  those of the folder and the database; all others are in the report.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "apps/jobs/run/run_control.hpp"
#include "apps/jobs/runner.hpp"
#include "apps/tagger/library/library_writer.hpp"
#include "apps/tagger/model/model_client.hpp"
#include "apps/tagger/run/library_scan.hpp"
#include "apps/tagger/tags/vocabulary.hpp"

namespace sluice::tagger {

enum class tagging_point : std::uint8_t { after_claim, before_send, before_commit, after_commit, amid_file_write };

struct tagging_params {  // NOLINT(clang-analyzer-optin.performance.Padding): in the order of reading
    sqlite::database* database = nullptr;
    const jobs::run_locks* locks = nullptr;
    jobs::run_control* control = nullptr;
    std::filesystem::path folder;
    model_client* model = nullptr;
    std::string model_name;
    const vocabulary* words = nullptr;
    std::size_t concurrency = 3;
    std::size_t batch_size = 50;
    jobs::rate_limits limits;
    std::chrono::milliseconds request_timeout{180'000};
    bool writes_files = false;
    bool retries_dead = false;
    bool waits_for_day = false;
    std::optional<jobs::token_prices> prices;
    const base::clock* time = &base::system_clock();
    jobs::progress_callback on_progress;  // may be empty, like the others
    std::function<void(const scan_problem&)> told_problem;
    std::function<void(const file_failure_told&)> told_failure;
    std::function<void(tagging_point)> reached;  // a seam for tests
};

struct tagging_report {
    library_scan_report scan;
    jobs::run_report run;
    library_write_report files;
    // True if every file found is tagged, and written if the run writes files.
    [[nodiscard]] bool is_complete() const;
};

result<tagging_report> tag_folder(const tagging_params& params);

}  // namespace sluice::tagger
