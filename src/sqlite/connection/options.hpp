// options.hpp - how a database is opened, and what a call may take.
//
// Use:     database::open("parts.db", {.max_size = 4, .acquire_timeout = 5s});
//          manager.configure({.max_size = 8});   // every field counts, those left out with their defaults
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

// A commit survives the death of the process in both; only with `full` also that of the machine.
enum class synchronous_mode : std::uint8_t { normal, full };

// May be changed while the manager works.
struct connection_options {
    std::size_t max_size = 10;  // connections that read; one more writes
    std::size_t min_idle = 2;   // of them kept open
    std::size_t waiters_max = 1024;
    std::chrono::milliseconds max_lifetime{3'600'000};  // of a connection, less up to a tenth; 0: for ever
    std::chrono::milliseconds idle_timeout{600'000};    // 0: never
    std::chrono::milliseconds acquire_timeout{30'000};  // a call waits no longer for a connection
    std::chrono::milliseconds busy_timeout{30'000};     // nor for another process's lock
    std::chrono::milliseconds leak_threshold{0};        // who holds one for longer is reported with a stack; 0: nobody
    std::size_t statement_cache_size = 64;              // of each connection
    synchronous_mode synchronous = synchronous_mode::full;
    bool foreign_keys = true;
    std::size_t checkpoint_pages = 1000;  // in the write-ahead log before they are copied into the database
    std::size_t wal_size_bytes_max =
        std::size_t{64} * 1024 * 1024;  // beyond it the writer itself makes the log start over
};

// Fixed once it is open.
struct open_params {
    connection_options options;
    bool read_only = false;
    bool create = true;
    std::string vfs;                               // empty: SQLite's default
    std::chrono::milliseconds upkeep_every{1000};  // 0: only when upkeep() is called
    // A seam for tests: an error is told to the caller instead of lending it a connection.
    std::function<std::optional<error>(access mode)> before_lending;
    const base::clock* time = &base::system_clock();
};

struct call_options {
    // For all of the call, waiting included; without one it waits as long as connection_options says and runs without end.
    std::optional<std::chrono::milliseconds> timeout;
    const base::cancel_token* cancel = nullptr;
    // Of transaction(): it is short, and may share its COMMIT with others that say so: commit_group.hpp.
    bool together = false;
};

}  // namespace sluice::sqlite
