// file_watch.hpp - tells whether a database file is still the one that was opened.
//
// Problem: a file that is removed or replaced stays readable and writable for a process that has it open. Data written
//          then is lost with the process, although it was acknowledged.
// Use:     TRY_ASSIGN(file_watch files, file_watch::of({path, ...}));  TRY(files.check());   // before a commit
// Cost:    one stat() a file, 1 us.
// Threads: any; immutable.
// Errors:  58P01 with the file's name.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::duckdb {

class file_watch {
  public:
    enum class state : std::uint8_t { same, removed, replaced };

    // The files as they are now; missing files are not watched.
    [[nodiscard]] static file_watch of(const std::vector<std::string>& paths);

    // The worst of all files; `replaced` is worse than `removed`.
    [[nodiscard]] state look() const;
    result<> check() const;
    // True if this process has one of them open, or if that cannot be found out.
    [[nodiscard]] bool are_open_here() const;

  private:
    struct watched {
        std::string path;
        dev_t device = 0;
        ino_t inode = 0;
    };

    [[nodiscard]] static state look_at(const watched& file);

    std::vector<watched> files_;
};

}  // namespace sluice::duckdb
