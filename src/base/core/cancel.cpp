#include "base/core/cancel.hpp"

#include <string>
#include <utility>

namespace sluice::base {

bool cancel_token::request(cancel_reason reason) {
    if (reason == cancel_reason::user && refuses_users_.load(std::memory_order_relaxed)) {
        return false;
    }
    const std::scoped_lock lock(mutex_);
    auto expected = cancel_reason::none;
    const bool first = reason_.compare_exchange_strong(expected, reason, std::memory_order_acq_rel);
    if (!first && (reason == cancel_reason::client_gone || reason == cancel_reason::shutdown)) {
        reason_.store(reason, std::memory_order_release);
    }
    if (hook_) {
        hook_();
    }
    return first;
}

error cancel_token::to_error() const {
    switch (reason()) {
        case cancel_reason::statement_timeout:
            return {.code = sqlstates::query_canceled, .message = "canceling statement due to statement timeout"};
        case cancel_reason::profile_timeout:
            return {.code = sqlstates::query_canceled,
                    .message = "canceling statement due to the timeout of its profile",
                    .hint = "SET sluice.profile chooses another one; SET statement_timeout replaces its timeout."};
        case cancel_reason::shutdown:
            return {.code = sqlstates::admin_shutdown,
                    .message = "terminating connection due to administrator command",
                    .fatal = true};
        case cancel_reason::client_gone:
            return {.code = sqlstates::connection_failure, .message = "connection to client lost", .fatal = true};
        case cancel_reason::engine_lost:
            return engine_lost_error();
        case cancel_reason::none:
        case cancel_reason::user:
            break;
    }
    return {.code = sqlstates::query_canceled, .message = "canceling statement due to user request"};
}

error cancel_token::engine_lost_error() const {
    std::string who;
    if (const auto session = session_id_.load(std::memory_order_relaxed); session != 0) {
        who = " (session " + std::to_string(session);
        if (const auto query = query_id_.load(std::memory_order_relaxed); query != 0) {
            who += ", query " + std::to_string(query);
        }
        who += ")";
    }
    return {.code = sqlstates::connection_failure,
            .message = "the connection to the engine is lost" + who,
            .hint = "The database is being opened again; what was committed is there. Send the transaction again.",
            .retryable = true};
}

void cancel_token::arm(std::function<void()> hook) {
    const std::scoped_lock lock(mutex_);
    hook_ = std::move(hook);
}

void cancel_token::disarm() {
    const std::scoped_lock lock(mutex_);
    hook_ = nullptr;
}

void cancel_token::reset() {
    const std::scoped_lock lock(mutex_);
    refuses_users_.store(false, std::memory_order_relaxed);
    const auto current = reason_.load(std::memory_order_acquire);
    if (current == cancel_reason::user || current == cancel_reason::statement_timeout ||
        current == cancel_reason::profile_timeout || current == cancel_reason::engine_lost) {
        reason_.store(cancel_reason::none, std::memory_order_release);
    }
}

}  // namespace sluice::base
