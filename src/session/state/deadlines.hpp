// deadlines.hpp - a session's deadlines, for the thread that watches the clock.
//
// Problem: a session runs on an executor thread and may block in the engine; its timeouts are enforced from the io
//          thread.
// Use:     session: watch.set(deadline::statement, now + timeout); ... watch.clear(deadline::statement);
//          server:  every 20 ms: if (watch.take(deadline::statement, now)) { cancel it }
// Threads: any; each deadline is an atomic of its own.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::session {

enum class deadline : std::uint8_t {
    statement,            // the statement is cancelled with cancel_reason::statement_timeout
    profile,              // the same with cancel_reason::profile_timeout
    waiting,              // a blocked session is run again
    gives_way,            // conversation::give_way(), if its client still does not read
    idle_in_transaction,  // the session ends with 25P03
    housekeeping,         // conversation::housekeep()
};

class deadlines {
  public:
    // `at_ns` on the steady clock; 0: there is none.
    void set(deadline kind, std::int64_t at_ns) { of(kind).store(at_ns, std::memory_order_release); }
    void clear(deadline kind) { set(kind, 0); }
    // 0: there is none.
    [[nodiscard]] std::int64_t at(deadline kind) const {
        return times_[static_cast<std::size_t>(kind)].load(std::memory_order_acquire);
    }
    [[nodiscard]] bool is_set(deadline kind) const { return at(kind) != 0; }
    [[nodiscard]] bool is_due(deadline kind, std::int64_t now_ns) const {
        const std::int64_t at_ns = at(kind);
        return at_ns != 0 && now_ns >= at_ns;
    }
    // True once for a deadline that is due; clears it.
    [[nodiscard]] bool take(deadline kind, std::int64_t now_ns) {
        std::int64_t at_ns = at(kind);
        return at_ns != 0 && now_ns >= at_ns && of(kind).compare_exchange_strong(at_ns, 0);
    }

  private:
    [[nodiscard]] std::atomic<std::int64_t>& of(deadline kind) { return times_[static_cast<std::size_t>(kind)]; }

    std::array<std::atomic<std::int64_t>, 6> times_{};
};

}  // namespace sluice::session
