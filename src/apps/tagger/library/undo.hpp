// undo.hpp - takes back the changes of a run, except those that were changed again.
//
// Use:     TRY_ASSIGN(const auto done, undo_run({.database = &db}));                    // the last one that is in force
//          TRY_ASSIGN(const auto done, undo_run({.database = &db, .tag_run_id = 7}));   // or that one
// Rule:    a recording that still has the tags that the run left gets its former tags; one that was changed since
//          stays, and is counted. The same holds for files. Files that the run has written are queued to get their
//          former tags; library_writer.hpp writes them. Items of a tagging run become pending again, with the paid
//          answer: a later run applies it for free. An undo is a run, too: undoing it, by its number, restores the
//          changes that it took back. Without a number undos are skipped, so that one undo after the other goes further
//          back.
// Order:   all in one transaction.
// Threads: any.
// Errors:  not_found: no such run, or none is left; wrong_state: it is undone already.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/errors/error.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

struct undo_params {
    sqlite::database* database = nullptr;
    std::optional<std::int64_t> tag_run_id;
    const base::clock* time = &base::system_clock();
};

struct undo_report {
    std::int64_t undone_run_id = 0;
    std::string what;  // tag, import, write, undo
    std::string detail;
    std::int64_t date = 0;        // of the undone run
    std::int64_t tag_run_id = 0;  // of the undo
    std::int64_t recordings = 0;  // recordings with restored tags
    std::int64_t recordings_left = 0;
    std::int64_t files = 0;  // files queued
    std::int64_t files_left = 0;
};

result<undo_report> undo_run(const undo_params& params);

struct listed_run {
    std::int64_t tag_run_id = 0;
    std::string what;
    std::string detail;  // for an undo: the number of the run that it undid
    std::int64_t date = 0;
    std::optional<std::int64_t> undone_by;
    std::int64_t recordings = 0;  // recordings that it changed
    std::int64_t files = 0;       // files that it wrote
};

// Newest first.
result<std::vector<listed_run>> list_runs(sqlite::database& database, std::int64_t list_max);

}  // namespace sluice::tagger
