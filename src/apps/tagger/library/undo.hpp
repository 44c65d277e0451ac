// undo.hpp - takes back what a run has changed, as far as nobody has changed it again.
//
// Use:     TRY_ASSIGN(const auto done, undo_run({.database = &db}));                    // the last one that is in force
//          TRY_ASSIGN(const auto done, undo_run({.database = &db, .tag_run_id = 7}));   // or that one
// Rule:    a recording whose tags are those that the run left gets those of before; one that has been changed since is left
//          alone, and counted. So is a file. Files that the run has written are queued to get what they had before:
//          library_writer.hpp brings it into them.
//          Items of a tagging run are to be done again, with the answer that was paid for: a later run applies it for free.
//          An undo is a run, too: undoing it, by its number, brings back what it took away. Without a number undos are
//          passed over, so that one undo after the other goes further back.
// Order:   all in one transaction.
// Threads: any.
// Errors:  undefined_object: no such run, or none that is left; object_not_in_prerequisite_state: it is undone already.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/core/clock.hpp"
#include "base/core/result.hpp"
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
    std::int64_t date = 0;        // of that run
    std::int64_t tag_run_id = 0;  // of the undo
    std::int64_t recordings = 0;  // whose tags were put back
    std::int64_t recordings_left = 0;
    std::int64_t files = 0;  // that are queued
    std::int64_t files_left = 0;
};

result<undo_report> undo_run(const undo_params& params);

struct listed_run {
    std::int64_t tag_run_id = 0;
    std::string what;
    std::string detail;  // of an undo the number of the run that it undid
    std::int64_t date = 0;
    std::optional<std::int64_t> undone_by;
    std::int64_t recordings = 0;  // that it changed
    std::int64_t files = 0;       // that it wrote
};

// The last one first.
result<std::vector<listed_run>> list_runs(sqlite::database& database, std::int64_t list_max);

}  // namespace sluice::tagger
