// library_scan.hpp - brings a folder's audio files into the database and into the queue of a job.
//
// Use:     TRY_ASSIGN(const auto found, scan_library({.database = &db, .folder = dir, .model = model, .queue = &jobs, ...}));
// Rule:    a file with unchanged size, time and inode is not read again. A recording is queued under the key of its
//          sound, so moved, renamed and copied files keep their recording. Unreadable files are noted in scan_problems,
//          and do not stop the scan. A deleted file is marked as missing, with its tags kept.
// Order:   transactions of chunk_size files; `queued` is called after each, so that work begins before the scan ends.
// Threads: the caller's, and a few more that read files.
// Errors:  those of the folder and the database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "apps/jobs/job_store.hpp"
#include "apps/tagger/library/scan.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

struct library_scan_params {
    sqlite::database* database = nullptr;
    std::filesystem::path folder;  // canonical
    std::string model;
    jobs::job_store* queue = nullptr;  // null: nothing is queued
    std::int64_t job_id = 0;
    bool retries_dead = false;
    std::int64_t writes_run_id = 0;  // not 0: files of tagged recordings are queued for writing, under this run
    const base::clock* time = &base::system_clock();
    std::function<void()> queued;                   // may be empty
    std::function<void(const scan_problem&)> told;  // may be empty
    std::function<bool()> goes_on;                  // false ends the scan; may be empty
};

struct library_scan_report {
    std::int64_t files = 0;
    std::int64_t read = 0;  // new or changed files
    std::int64_t queued = 0;
    std::int64_t waiting = 0;  // recordings queued before
    std::int64_t done = 0;     // recordings with an answer
    std::int64_t dead = 0;
    std::int64_t missing = 0;  // files that disappeared since the last scan
    std::int64_t problems = 0;
};

result<library_scan_report> scan_library(const library_scan_params& params);

}  // namespace sluice::tagger
