// options.hpp - how a database is opened, and the limits of a call.
//
// Use:     database::open("parts.db", {.max_size = 4, .acquire_timeout = 5s});
//          manager.configure({.max_size = 8});   // replaces all options: a field left out gets its default
//          manager.execute(work, {.timeout = 100ms, .cancel = &token});
// Threads: none; plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/core/cancel.hpp"
#include "base/core/clock.hpp"
#include "sqlite/connection/error.hpp"

namespace sluice::sqlite {

enum class access : std::uint8_t { read, write };

// A commit survives the end of the process with both modes; it survives a power failure only with `full`.
enum class synchronous_mode : std::uint8_t { normal, full };

// These can be changed while the manager works.
struct connection_options {
    std::size_t max_size = 10;  // reading connections; one more connection writes
    std::size_t min_idle = 2;   // reading connections that are kept open when idle
    std::size_t waiters_max = 1024;
    std::chrono::milliseconds max_lifetime{3'600'000};  // of a connection, randomly up to 10 % less; 0: for ever
    std::chrono::milliseconds idle_timeout{600'000};    // 0: never
    std::chrono::milliseconds acquire_timeout{30'000};  // longest wait for a connection
    std::chrono::milliseconds busy_timeout{30'000};     // longest wait for another process's lock
    std::chrono::milliseconds leak_threshold{0};        // a longer loan is logged with the borrower's stack; 0: never
    std::size_t statement_cache_size = 64;              // of each connection
    synchronous_mode synchronous = synchronous_mode::full;
    bool foreign_keys = true;
    std::size_t checkpoint_pages = 1000;  // pages in the write-ahead log before they are copied into the database
    std::size_t wal_size_bytes_max = std::size_t{64} * 1024 * 1024;  // at this size the writer makes the log start over
};

// These are fixed once the database is open.
struct open_params {
    connection_options options;
    bool read_only = false;
    bool create = true;
    std::string vfs;                               // empty: SQLite's default
    std::chrono::milliseconds upkeep_every{1000};  // 0: only when upkeep() is called
    // A seam for tests: if it returns an error, the caller gets that error instead of a connection.
    std::function<std::optional<error>(access mode)> before_lending;
    const base::clock* time = &base::system_clock();
};

struct call_options {
    // For the whole call, waiting included. Without it the call waits as long as connection_options allows and runs
    // without a limit.
    std::optional<std::chrono::milliseconds> timeout;
    const base::cancel_token* cancel = nullptr;
    // For transaction(): the closure is short, and may share its COMMIT with others that set this: commit_group.hpp.
    bool together = false;
};

}  // namespace sluice::sqlite
