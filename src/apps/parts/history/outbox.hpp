// outbox.hpp - what git has still to learn, recorded by the transaction that decided it, and brought there later.
//
// Problem: a transaction cannot span SQLite and git. What is recorded with it reaches git sooner or later, in order,
//          although processes die in between.
// Use:     TRY(enqueue(db, entry));                        // inside of the transaction
//          TRY_ASSIGN(auto count, drain(database, git, time));   // outside of any
// Rule:    a row leaves the queue once git has it on disk. git takes a change twice (git_repository.hpp, Again), and a row
//          is marked once: any number of processes may drain at the same time. What git refuses stays, and so does all
//          that comes after it, since the order matters.
//          A row that is done keeps everything but its files: those are in its commit.
// Bounds:  rows_max rows or bytes_max bytes at a time, one row at least; batches_max times.
// Threads: any; `git` is used by this call alone.
// Errors:  those of git_repository and of the store; the change that was refused is named.
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

struct drain_options {
    std::size_t rows_max = 1'000;
    std::size_t bytes_max = std::size_t{32} * 1024 * 1024;
    std::size_t batches_max = std::numeric_limits<std::size_t>::max();
};

// What waits when it is called. Returns the number of changes that git got from this call.
result<std::int64_t> drain(sqlite::database& database, git_repository& git, const base::clock& time,
                           const drain_options& options = {});

}  // namespace sluice::parts
