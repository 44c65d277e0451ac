// cursor_registry.hpp - counts and bounds the SQL cursors of all sessions.
//
// Problem: a forgotten cursor holds a connection of the engine, and rows.
// Use:     cursor_registry cursors({.cursors_max = 10'000}, registry);          // one for the server
//          TRY_ASSIGN(cursor_ticket ticket, cursors.admit(open_in_this_session));  // lives as long as the cursor
// Bounds:  cursors_per_session_max and cursors_max; beyond them 53400. The next sweep of its session
//          (conversation::housekeep) closes a cursor that was idle for idle_timeout.
// Threads: any.
// Metrics: cursor_active_count, cursor_oldest_age_seconds, cursor_declared_total, cursor_rows_fetched_total,
//          cursor_fetch_latency_seconds, cursor_ttl_evictions_total, portal_suspended_total.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "base/observe/metrics.hpp"
#include "settings/client_settings.hpp"

namespace sluice::session {

struct cursor_limits {
    std::size_t cursors_per_session_max = base::default_of(sluice::settings::max_cursors);
    std::size_t cursors_max = base::default_of(sluice::settings::max_cursors_total);
    std::chrono::milliseconds idle_timeout = base::default_of(sluice::settings::cursor_idle_timeout);  // 0: never
};

struct cursor_metrics {
    base::metrics_registry& registry;
    base::gauge& active =
        registry.add_gauge({"cursor_active_count", "cursors", "SQL cursors that are open, in all sessions"});
    base::counter& declared_total = registry.add_counter({"cursor_declared_total", "cursors", "SQL cursors declared"});
    base::counter& rows_fetched_total =
        registry.add_counter({"cursor_rows_fetched_total", "rows", "Rows that FETCH gave to clients"});
    base::counter& ttl_evictions_total = registry.add_counter(
        {"cursor_ttl_evictions_total", "cursors", "SQL cursors closed because they were idle for cursor_idle_timeout"});
    base::counter& portal_suspended_total = registry.add_counter(
        {"portal_suspended_total", "portals", "Executes that stopped at their row limit, with more to come perhaps"});
    base::histogram& fetch_latency_seconds = registry.add_histogram(
        {"cursor_fetch_latency_seconds", "seconds", "From FETCH or MOVE to its last row, slow clients included"});
};

class cursor_registry;

// One of cursors_max; given back by its destructor.
class cursor_ticket {
  public:
    cursor_ticket() = default;
    cursor_ticket(cursor_ticket&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), made_ns_(other.made_ns_) {}
    cursor_ticket& operator=(cursor_ticket&& other) noexcept {
        std::swap(owner_, other.owner_);
        std::swap(made_ns_, other.made_ns_);
        return *this;
    }
    cursor_ticket(const cursor_ticket&) = delete;
    cursor_ticket& operator=(const cursor_ticket&) = delete;
    ~cursor_ticket() { release(); }
    void release();

  private:
    friend cursor_registry;
    cursor_ticket(cursor_registry& owner, std::int64_t made_ns) : owner_(&owner), made_ns_(made_ns) {}

    cursor_registry* owner_ = nullptr;
    std::int64_t made_ns_ = 0;
};

class cursor_registry {
  public:
    // The registry must not be scraped after this object is gone.
    cursor_registry(cursor_limits limits, base::metrics_registry& registry,
                    const base::clock& time = base::system_clock());

    // `in_session`: cursors that the session has already.
    result<cursor_ticket> admit(std::size_t in_session);

    [[nodiscard]] std::int64_t idle_timeout_ns() const {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(limits_.idle_timeout).count();
    }
    // Age of the oldest open cursor; 0: there is none.
    [[nodiscard]] double oldest_age_seconds() const;
    // For error messages: "300 s".
    [[nodiscard]] std::string idle_timeout_text() const;
    [[nodiscard]] cursor_metrics& metrics() { return metrics_; }

  private:
    friend cursor_ticket;

    const cursor_limits limits_;
    const base::clock& clock_;
    cursor_metrics metrics_;
    mutable std::mutex mutex_;
    std::multiset<std::int64_t> open_;  // their creation times
};

}  // namespace sluice::session
