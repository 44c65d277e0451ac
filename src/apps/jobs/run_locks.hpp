// run_locks.hpp - tells whether the process that claimed a batch still lives, without a clock.
//
// Problem: a lease shows only after minutes that its owner died; a process number may belong to another process by now,
//          or to one of another container on the same file.
// Use:     TRY_ASSIGN(auto locks, run_locks::open("library.db"));   TRY(locks->hold(run_id));   locks->is_alive(other_id)
// Shape:   a file beside the database, named after it with "-runs", always empty; a run locks the byte of its number
//          (fcntl, open file description locks), and the kernel releases the lock when the process ends, in any way.
// Limits:  on file systems that do not share such locks between machines, runs of other machines look dead; the fencing
//          token refuses their commits, so their answers are paid for in vain.
// Threads: any.
// Errors:  those of opening the file. A database in memory has no file: all its runs belong to this process, and live.
// Source:  fcntl(2), F_OFD_SETLK.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/errors/error.hpp"
#include "base/os/file_descriptor.hpp"

namespace sluice::jobs {

class run_locks {
  public:
    // `database`: its path, or ":memory:".
    static result<std::unique_ptr<run_locks>> open(const std::string& database);
    run_locks(const run_locks&) = delete;
    run_locks& operator=(const run_locks&) = delete;
    ~run_locks() = default;

    // Holds the lock until let_go(), or until this is destroyed.
    result<> hold(std::int64_t run_id) const;
    void let_go(std::int64_t run_id) const;
    // For runs of other processes only: a process does not see its own locks.
    [[nodiscard]] bool is_alive(std::int64_t run_id) const;

  private:
    run_locks(std::string path, base::file_descriptor held) : path_(std::move(path)), held_(std::move(held)) {}

    std::string path_;
    base::file_descriptor held_;  // not open for a database in memory
};

}  // namespace sluice::jobs
