// library_writer.hpp - brings tags into files, behind the transactions that decided so.
//
// Use:     library_writer writer({.database = &db});
//          writer.notify();                     // after each commit that queued some
//          TRY(writer.finish());                // all that is queued has been tried once
//          TRY(write_queued({.database = &db}))  // the same at once, on the caller's thread
// States:  a row of file_writes → what the file had is noted in it → the file is replaced (track_writer.hpp) → the row
//          becomes one of file_changes, with the file's new size and time. Killed in between, the next run finds the row,
//          and either the old file or the new one.
// Failed:  the row stays with its reason, and is tried again by the next run. A file that is gone from
//          its folder loses its row.
// Others:  any number of processes empty the same queue: each file has one writer at a time, and one process notes what
//          was done. What another one has in its hands when this one comes by is left to it, and counted as `busy`.
// Threads: one of its own.
// Errors:  the database's; a file's are told to `told` and kept.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

struct file_failure_told {
    std::string path;  // harmless to print
    std::string reason;
};

struct library_writer_params {
    sqlite::database* database = nullptr;
    const base::clock* time = &base::system_clock();
    std::function<void(const file_failure_told&)> told;  // may be empty
    std::function<bool()> goes_on;                       // may be empty; false: leaves the rest for later
    std::function<void()> before_rename;                 // a seam for tests; may be empty
};

struct library_write_report {
    std::int64_t written = 0;
    std::int64_t unchanged = 0;  // had these tags already
    std::int64_t failed = 0;
    std::int64_t busy = 0;  // being written by another process at the last look
};

// Everything that is queued, each once; failed ones of earlier runs, too.
result<library_write_report> write_queued(const library_writer_params& params);

class library_writer {
  public:
    explicit library_writer(library_writer_params params);
    library_writer(const library_writer&) = delete;
    library_writer& operator=(const library_writer&) = delete;
    ~library_writer();

    void notify();
    result<library_write_report> finish();

  private:
    void run();

    const library_writer_params params_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool has_work_ = true;  // of earlier runs, maybe
    bool is_finishing_ = false;
    library_write_report report_;
    std::optional<error> failure_;
    std::jthread thread_;
};

}  // namespace sluice::tagger
