// outbox.hpp - changes on their way to git: recorded in the transaction that makes them, applied to git later.
//
// Problem: a transaction cannot span SQLite and git. A recorded change reaches git sooner or later, in order, although
//          processes die in between.
// Use:     TRY(enqueue(db, entry));                        // inside of the transaction
//          TRY_ASSIGN(auto count, drain(database, git, time));   // outside any transaction
// Rule:    a row leaves the queue once git has it on disk. git accepts a change twice (git_repository.hpp, Again), and
//          a row is marked once: any number of processes may drain at the same time. A change that git refuses stays,
//          and so do all later ones, since the order matters.
//          A finished row keeps everything but its files: those are in its commit.
// Bounds:  rows_max rows or bytes_max bytes at a time, but at least one row; batches_max times.
// Threads: any; only this call uses `git`.
// Errors:  those of git_repository and of the store; they name the refused change.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/parts/git/git_repository.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct outbox_entry {
    std::int64_t revision_id = 0;
    git_action action = git_action::save_draft;
    std::string number;
    std::int64_t version = 0;
    std::vector<git_file> files;
    std::string message;
    std::string author_name;
    std::string author_email;
    std::int64_t now_ms = 0;
};

// Returns the change's id.
result<std::int64_t> enqueue(sqlite::connection& db, const outbox_entry& entry);

// True if changes wait to be brought to git.
result<bool> has_queued(sqlite::database& database);

struct drain_options {
    std::size_t rows_max = 1'000;
    std::size_t bytes_max = std::size_t{32} * 1024 * 1024;
    std::size_t batches_max = std::numeric_limits<std::size_t>::max();
};

// Applies the rows that are queued at its start. Returns the number of changes that it brought to git.
result<std::int64_t> drain(sqlite::database& database, git_repository& git, const base::clock& time,
                           const drain_options& options = {});

}  // namespace sluice::parts
