// cancel.hpp - asks a running statement to stop, from any thread, and keeps the reason.
//
// Problem: a client's CancelRequest, a timeout, a vanished client and a shutdown all stop a statement; the error that
//          the client sees depends on which came first.
// Use:     owner:   cancel_token token; token.arm([&] { engine interrupt });  ... token.reset() before each statement
//          others:  token.request(cancel_reason::user);
//          worker:  if (token.requested()) return fail(token.to_error());
// Order:   the first reason wins until reset(). request() before arm() is seen by requested().
// Threads: any. The hook runs on the requester's thread, under the token's lock, so it must not block or call the
//          token; once disarm() has returned the hook does not run any more.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/core/error.hpp"

namespace sluice::base {

enum class cancel_reason : std::uint8_t {
    none,
    user,
    statement_timeout,
    profile_timeout,
    client_gone,
    shutdown,
    engine_lost
};

class cancel_token {
  public:
    // Remembers the reason (the first one wins) and runs the hook. True if this call was the first. A user's request is
    // ignored while refuse_users() is in force.
    bool request(cancel_reason reason);
    [[nodiscard]] bool requested() const { return reason() != cancel_reason::none; }
    [[nodiscard]] cancel_reason reason() const { return reason_.load(std::memory_order_acquire); }
    // 57014 or 57P01 in PostgreSQL's words for the reason; 08006 names session and query.
    [[nodiscard]] error to_error() const;

    // Names the session in errors; 0: not named.
    void name_session(std::uint64_t id) { session_id_.store(id, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t session_id() const { return session_id_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t query_id() const { return query_id_.load(std::memory_order_relaxed); }
    void name_query(std::uint64_t id) { query_id_.store(id, std::memory_order_relaxed); }

    void arm(std::function<void()> hook);
    void disarm();
    // Ignores requests of users until the next call or reset().
    void refuse_users(bool refuse) { refuses_users_.store(refuse, std::memory_order_relaxed); }
    // "the connection to the engine is lost (session 12, query 34)"
    [[nodiscard]] error engine_lost_error() const;
    // Forgets a request for an earlier statement; shutdown and client_gone are never forgotten.
    void reset();

  private:
    std::atomic<cancel_reason> reason_{cancel_reason::none};
    std::atomic<bool> refuses_users_{false};
    std::atomic<std::uint64_t> session_id_{0};
    std::atomic<std::uint64_t> query_id_{0};
    std::mutex mutex_;
    std::function<void()> hook_;
};

}  // namespace sluice::base
