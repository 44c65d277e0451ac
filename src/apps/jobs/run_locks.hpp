// run_locks.hpp - whether the process that claimed something still lives, without a clock.
//
// Problem: a lease tells only after minutes that its owner died; a process number may be another's by now, or that of another
//          container on the same file.
// Use:     TRY_ASSIGN(auto locks, run_locks::open("library.db"));   TRY(locks->hold(run_id));   locks->is_alive(other_id)
// Shape:   a file beside the database, named after it with "-runs", always empty; a run holds a lock on the byte of its
//          number (fcntl, open file description locks), and the kernel lets go of it when the process ends, however.
// Limits:  file systems that do not keep such locks between machines tell every run of another machine dead; what its
//          process then commits is refused by the fencing token, and paid for in vain.
// Threads: any.
// Errors:  those of opening the file. A database in memory has no file: all its runs are this process's, and alive.
// Source:  fcntl(2), F_OFD_SETLK.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/core/result.hpp"
#include "base/os/file_descriptor.hpp"

namespace sluice::jobs {

class run_locks {
  public:
    // Of the database at this path, or ":memory:".
    static result<std::unique_ptr<run_locks>> open(const std::string& database);
    run_locks(const run_locks&) = delete;
    run_locks& operator=(const run_locks&) = delete;
    ~run_locks() = default;

    // Until let_go(), or until this is destroyed.
    result<> hold(std::int64_t run_id) const;
    void let_go(std::int64_t run_id) const;
    // Of runs that others hold; whoever asks for its own is told that it is not.
    [[nodiscard]] bool is_alive(std::int64_t run_id) const;

  private:
    run_locks(std::string path, base::file_descriptor held) : path_(std::move(path)), held_(std::move(held)) {}

    std::string path_;
    base::file_descriptor held_;  // not open: in memory
};

}  // namespace sluice::jobs
