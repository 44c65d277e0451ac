// file_guard.hpp - decides which files a statement's thread may open, where DuckDB's own switches are too coarse.
//
// Problem: DuckDB lets statements open every file that it may open itself, also for writing: COPY TO could overwrite
//          the log of the served database, and read_blob() could read rows that another session has spilled. The SQLite
//          inside sqlite_scanner opens files without asking DuckDB.
// Use:     file_guard guard({.databases = {"/srv/shop.duckdb"}, ...});
//          file_guard::of_this_thread() = &guard;   // thread_fence::enter() does this
//          TRY(guard_sqlite(temp_directory));       // after LOAD sqlite_scanner
// How:     the linker redirects DuckDB's calls of open() to __wrap_open (cmake/dependencies.cmake), which asks the
//          thread's guard. For SQLite, xOpen of each VFS inside the extension is replaced. Paths are compared after
//          symbolic links are resolved. DuckDB opens its log with O_APPEND, its temporary files with O_RDWR, and files
//          of statements with neither.
// Threads: any; immutable. A thread without a guard opens everything.
// Errors:  a refused open fails with EACCES, in SQLite with SQLITE_PERM.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::duckdb {

struct file_guard_params {
    std::vector<std::string> databases;      // served DuckDB files: only the engine writes their logs
    std::vector<std::string> sqlite_files;   // served SQLite files
    std::vector<std::string> private_files;  // users, keys: no statement opens them
    std::vector<std::string> read_only_directories;
    std::vector<std::string> directories;  // open to statements for reading and writing
    std::string temp_directory;
};

// Absolute, without symbolic links; the last part need not exist.
[[nodiscard]] std::string resolved_path(const std::string& path);
// Both resolved.
[[nodiscard]] bool is_inside(std::string_view path, std::string_view directory);

class file_guard {
  public:
    explicit file_guard(file_guard_params params);

    // `flags` are those of open(2).
    [[nodiscard]] bool may_open(const std::string& path, int flags) const;
    [[nodiscard]] bool may_open_sqlite(const std::string& path) const;

    // Null: the thread has none.
    [[nodiscard]] static const file_guard*& of_this_thread();

  private:
    file_guard_params params_;  // all paths resolved
};

// From now on SQLite asks the guard, and sorts in `temp_directory`. No effect if sqlite_scanner is not loaded.
result<> guard_sqlite(const std::string& temp_directory);

}  // namespace sluice::duckdb
