// query_watch.hpp - stops a query of the C++ API from outside: by a canceller in the program's hands, or by its
// timeout.
//
// Problem: execute() and next() block their thread in the engine or in a queue; another thread must be able to end the
//          query at any moment, also just before it begins and just when it is over.
// Use:     canceller stop;  engine.query(sql).with_cancel(stop).execute();  ... elsewhere: stop.request();
//          inside: stop_point reaches the engine's token while there is one; query_watch::timed bounds a call's time.
// Order:   a request is permanent: queries that run with the canceller end now, queries that begin with it later end at
//          once.
// Bounds:  one thread for a query_watch; it sleeps until the next deadline, and is woken only for an earlier one.
// Threads: any. The engine's interrupt runs under the stop_point's lock, as it does under the token's.
// Errors:  57014 in the stopped query.
#pragma once

#include <chrono>
#include <compare>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/core/cancel.hpp"
#include "base/core/clock.hpp"
#include "workload/governed_statement.hpp"

namespace sluice::embed {

// One execution that can be stopped, and woken while it waits.
class stop_point {
  public:
    stop_point() = default;
    stop_point(const stop_point&) = delete;
    stop_point& operator=(const stop_point&) = delete;
    ~stop_point() = default;

    // From now on the engine's token exists. `cancellable`: by a canceller.
    void open(base::cancel_token& token, bool cancellable);
    // False: the execution may not be cancelled.
    [[nodiscard]] bool cancel();
    void time_is_over();
    // Tells that the execution may have what it waits for.
    void wake();
    // Waits until one of the calls above, before or during the wait, but at most for `time`.
    void wait_for(std::chrono::nanoseconds time);
    // The engine's token ends; later requests have no effect.
    void close();

  private:
    void stop_locked(base::cancel_reason reason);

    std::mutex mutex_;
    std::condition_variable changed_;
    base::cancel_token* token_ = nullptr;  // nullptr: not open yet, or closed
    bool cancellable_ = true;
    bool woken_ = false;
};

// A handle: copies are the same canceller.
class canceller {
  public:
    canceller() : state_(std::make_shared<state>()) {}

    // False: a query that runs with it may not be cancelled, by its profile, and goes on.
    bool request() const;
    [[nodiscard]] bool requested() const;

    // For the execution: an earlier request stops it, too.
    void attach(const std::shared_ptr<stop_point>& point) const;

  private:
    struct state {
        std::mutex mutex;
        bool requested = false;
        std::vector<std::weak_ptr<stop_point>> points;
    };

    std::shared_ptr<state> state_;  // shared: by the copies
};

class query_watch {
  public:
    class timed;
    static constexpr std::int64_t unlimited_ns = std::numeric_limits<std::int64_t>::max();

    explicit query_watch(base::clock& time);
    query_watch(const query_watch&) = delete;
    query_watch& operator=(const query_watch&) = delete;
    ~query_watch();

  private:
    struct key {
        std::int64_t deadline_ns = 0;
        std::uint64_t number = 0;
        friend auto operator<=>(const key&, const key&) = default;
    };

    [[nodiscard]] key add(std::shared_ptr<stop_point> point, std::int64_t deadline_ns);
    void remove(key at);
    void run();

    base::clock& clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<key, std::shared_ptr<stop_point>> due_;  // shared: stopped without the lock, perhaps after its end
    std::uint64_t numbers_ = 0;
    std::int64_t wakes_at_ns_ = unlimited_ns;
    bool ends_ = false;
    std::thread thread_;
};

// Counts an execution's time while it lives, and stops the execution when no time is left.
class query_watch::timed {
  public:
    timed(query_watch& watch, std::shared_ptr<stop_point> point, workload::governed_statement& statement);
    timed(const timed&) = delete;
    timed& operator=(const timed&) = delete;
    ~timed();

  private:
    query_watch& watch_;
    workload::governed_statement& statement_;
    key at_;
    bool is_limited_ = false;
};

}  // namespace sluice::embed
