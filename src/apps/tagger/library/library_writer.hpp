// library_writer.hpp - writes tags into files, after the transactions that decided them.
//
// Use:     library_writer writer({.database = &db});
//          writer.notify();                     // after each commit that queued files
//          TRY(writer.finish());                // every queued file has been tried once
//          TRY(write_queued({.database = &db}))  // the same at once, on the caller's thread
// States:  a row of file_writes → the file's old tags are noted in it → the file is replaced (track_writer.hpp) → the
//          row becomes one of file_changes, with the file's new size and time. After a kill in between, the next run
//          finds the row, and either the old file or the new one.
// Failed:  the row stays with its reason, and the next run tries it again. A file that is gone from
//          its folder loses its row.
// Others:  any number of processes empty the same queue: each file has one writer at a time, and one process records
//          the result. A file that another process is writing is left to it, and counted as `busy`.
// Threads: one of its own.
// Errors:  the database's; errors of a file are reported to `told` and kept in its row.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "apps/errors/error.hpp"
#include "base/core/clock.hpp"
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
    std::function<bool()> goes_on;                       // false: stops and leaves the rest; may be empty
    std::function<void()> before_rename;                 // a seam for tests; may be empty
};

struct library_write_report {
    std::int64_t written = 0;
    std::int64_t unchanged = 0;  // files that had these tags already
    std::int64_t failed = 0;
    std::int64_t busy = 0;  // files that another process was writing at the last look
};

// Writes every queued file once, also those that failed in earlier runs.
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
    bool has_work_ = true;  // earlier runs may have left work
    bool is_finishing_ = false;
    library_write_report report_;
    std::optional<error> failure_;
    std::jthread thread_;
};

}  // namespace sluice::tagger
