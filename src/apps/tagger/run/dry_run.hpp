// dry_run.hpp - plans a run: counts its requests and writes, without asking, writing, or touching the database.
//
// Use:     TRY_ASSIGN(const auto plan, plan_folder({.database = db_or_null, .folder = dir, .model = "gemini-2.5-flash"}));
//          plan.to_ask, plan.requests(50)
//          TRY(compare_files({.database = db, ...}, [](const file_difference& each) { print(each); }))
// Threads: the caller's.
// Errors:  those of the folder and the database. Unreadable files are reported to `told`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "apps/errors/error.hpp"
#include "apps/tagger/library/scan.hpp"
#include "apps/tagger/tags/tags.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

struct plan_params {
    sqlite::database* database = nullptr;  // null: there is no database yet
    std::filesystem::path folder;
    std::string model;
    bool retries_dead = false;
    std::function<void(const scan_problem&)> told;  // may be empty
    std::function<bool()> goes_on;                  // may be empty
};

struct folder_plan {
    std::int64_t files = 0;
    std::int64_t recordings = 0;  // different sounds among the files
    std::int64_t done = 0;        // recordings with an answer
    std::int64_t dead = 0;        // given up by earlier runs
    std::int64_t to_ask = 0;
    std::int64_t problems = 0;

    [[nodiscard]] std::int64_t requests(std::int64_t batch_size) const {
        return (to_ask + batch_size - 1) / batch_size;
    }
};

result<folder_plan> plan_folder(const plan_params& params);

struct file_difference {
    std::string path;
    tag_set before;  // tags in the file
    tag_set after;   // tags that it would get
};

struct compare_params {
    sqlite::database* database = nullptr;
    std::filesystem::path folder;  // empty: all files in the database
    std::function<void(const scan_problem&)> told;
};

// Reports files whose tags differ from their recordings' tags. Returns the number of files that agree.
result<std::int64_t> compare_files(const compare_params& params,
                                   const std::function<void(const file_difference&)>& on_difference);

}  // namespace sluice::tagger
