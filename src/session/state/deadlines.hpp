// deadlines.hpp - when a session's current activity must end, for whoever watches the clock.
//
// Problem: a session runs on an executor thread and may block in the engine; its timeouts are enforced from the io
//          thread.
// Use:     session: deadlines.statement.store(now + timeout);  server: sweeps every 20 ms and compares with now.
// Threads: any; each field is an atomic of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

namespace sluice::session {

// Steady-clock nanoseconds; 0 (housekeeping: the largest number): none.
struct deadlines {
    std::atomic<std::int64_t> statement{0};            // then cancel_reason::statement_timeout is requested
    std::atomic<std::int64_t> profile{0};              // then cancel_reason::profile_timeout
    std::atomic<std::int64_t> waiting{0};              // then a blocked session is to be run again
    std::atomic<std::int64_t> gives_way{0};            // then session::give_way(), if its client keeps it waiting still
    std::atomic<std::int64_t> idle_in_transaction{0};  // then the session ends with 25P03
    std::atomic<std::int64_t> housekeeping{std::numeric_limits<std::int64_t>::max()};  // then session::housekeep()
};

}  // namespace sluice::session
