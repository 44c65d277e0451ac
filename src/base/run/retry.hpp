// retry.hpp - the only policy for retrying an operation that failed for the moment.
//
// Problem: a conflict of two transactions or a lock of another process is over in a moment, and a client should not see
//          it; but an operation that may have had an effect must never run twice, and a retry must not wait for long.
// Use:     if (policy.may_retry(error, attempts)) { try again after policy.delay(attempts, random_share()) }
// Rule:    only errors marked error::retryable are retried. Waits grow in one of two ways: `linear`, for neighbours
//          that collided: the n-th is n times `step`, more or less by `jitter`; `full_jitter`, for a service with many
//          clients: the n-th is a random part of step * 2^(n-1), at most delay_max.
// Bounds:  attempts_max attempts, the first included; together they wait, if linear, for at most
//          step * (1 + jitter) * attempts_max * (attempts_max - 1) / 2.
// Source:  "Exponential Backoff And Jitter", M. Brooker, AWS Architecture Blog, 2015.
// Threads: any. wait_unless_cancelled() blocks its caller, and looks at the token every cancel_look_every, because the
//          token's only hook is the engine's.
// Metrics: retries_total, retries_succeeded_total, retries_exhausted_total.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/core/cancel.hpp"
#include "base/core/result.hpp"
#include "base/observe/metrics.hpp"

namespace sluice::base {

enum class retry_growth : std::uint8_t { linear, full_jitter };

struct retry_policy {
    std::size_t attempts_max = 1;  // 0 is the same as 1: the first attempt is always made
    std::chrono::milliseconds step{0};
    double jitter = 0.5;  // linear: 0 to 1, the share of a wait that is added or taken away at random
    retry_growth growth = retry_growth::linear;
    std::chrono::milliseconds delay_max{60'000};  // full_jitter

    // True if an operation that failed with `cause` may run again after `attempts` attempts.
    [[nodiscard]] bool may_retry(const error& cause, std::size_t attempts) const {
        return cause.retryable && attempts < attempts_max;
    }
    // The wait after `attempts` attempts. `random` is evenly distributed in [0, 1). Never below `at_least`, the wait
    // that the other side asked for: then up to a `step` more, so that clients do not all come back in the same moment.
    [[nodiscard]] std::chrono::microseconds delay(std::size_t attempts, double random,
                                                  std::chrono::milliseconds at_least = {}) const;
};

// Evenly distributed in [0, 1); a separate sequence for each thread.
[[nodiscard]] double random_share();

struct retry_metrics {
    metrics_registry& registry;
    counter& retries_total = registry.add_counter(
        {"retries_total", "attempts", "Attempts to run a statement again after an error that may pass"});
    counter& retries_succeeded_total = registry.add_counter(
        {"retries_succeeded_total", "statements", "Statements that succeeded after at least one failed attempt"});
    counter& retries_exhausted_total = registry.add_counter(
        {"retries_exhausted_total", "statements", "Statements that failed in every attempt that the policy allows"});
};

// "Tried 3 times." in the detail of the last attempt's error.
[[nodiscard]] error with_attempts(error cause, std::size_t attempts);

inline constexpr std::chrono::milliseconds cancel_look_every{10};

// False, before the time is over, once the token is requested; without a token it always sleeps to the end.
[[nodiscard]] bool wait_unless_cancelled(std::chrono::microseconds duration, const cancel_token* cancel);

}  // namespace sluice::base
