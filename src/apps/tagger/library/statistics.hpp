// statistics.hpp - counts of a library, and the progress of its jobs.
//
// Use:     TRY_ASSIGN(const auto numbers, count_library(db));      TRY_ASSIGN(const auto now, look_at_jobs(db, {...}));
// Rule:    each of the two reads one snapshot. Numbers of files and tags cover existing files only.
// Bounds:  lists of single entries end at `list_max`; their counts do not.
// Threads: any.
// Errors:  the database's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/errors/error.hpp"
#include "apps/jobs/run_locks.hpp"
#include "apps/jobs/work.hpp"
#include "apps/tagger/tags/tags.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

struct tag_count {
    std::string tag;
    std::int64_t recordings = 0;
};

// Usage of all runs with the same model and versions, as job_definition() writes them.
struct definition_usage {
    std::string definition;
    jobs::usage used;
};

struct library_statistics {
    std::int64_t files = 0;
    std::int64_t missing_files = 0;
    std::int64_t recordings = 0;
    std::int64_t tagged_recordings = 0;
    std::int64_t duration_ms = 0;  // sum of all files
    std::int64_t payload_bytes = 0;
    std::array<std::vector<tag_count>, tag_kinds.size()> tags;  // most used first
    std::vector<definition_usage> used;
};

result<library_statistics> count_library(sqlite::database& database);

struct reason_count {
    std::string what;  // class of the failure
    std::string reason;
    std::int64_t items = 0;
};

struct run_status {
    std::int64_t run_id = 0;
    std::int64_t started_date = 0;
    std::optional<std::int64_t> ended_date;
    std::optional<std::string> outcome;
    bool is_alive = false;  // its process lives
    std::int64_t done = 0;
    std::int64_t reused = 0;
    std::int64_t failed = 0;
    jobs::usage used;
};

struct job_status {
    std::int64_t job_id = 0;
    std::string name;
    std::string definition;
    std::int64_t pending = 0;
    std::int64_t claimed = 0;
    std::int64_t done = 0;
    std::int64_t dead = 0;
    std::vector<reason_count> reasons;  // of the dead items, most frequent first
    std::optional<run_status> last_run;
};

struct pause_status {
    std::string service;
    std::int64_t until = 0;
    bool is_day = false;
    std::string reason;
};

struct file_problem {
    std::string path;
    std::string reason;
};

struct jobs_status {
    std::vector<job_status> jobs;
    std::vector<pause_status> pauses;
    std::int64_t open_writes = 0;
    std::int64_t failed_writes = 0;  // of these, writes that failed
    std::vector<file_problem> failures;
    std::int64_t scan_problems = 0;
    std::vector<file_problem> problems;
};

struct jobs_status_params {
    const jobs::run_locks* locks = nullptr;  // null: no run counts as alive
    std::int64_t list_max = 20;              // entries in each list
    const base::clock* time = &base::system_clock();
};

result<jobs_status> look_at_jobs(sqlite::database& database, const jobs_status_params& params);

}  // namespace sluice::tagger
