// retry_after.hpp - reads the wait that a service asks for before the next request.
//
// Use:     if (const auto delay = retry_after(answer)) { ... }
// Rule:    retry-after-ms (OpenAI's endpoints send it, finer than seconds) beats Retry-After, which is seconds or a
//          date. A date is relative to the Date of the same answer, so that our own clock does not matter; without a
//          Date it is relative to the clock.
// Bounds:  0 to a day; a value that is no number and no date is ignored.
// Threads: any.
// Source:  RFC 9110, 10.2.3 (Retry-After) and 5.6.7 (dates); curl_getdate(3).
#pragma once

#include <chrono>
#include <optional>

#include "base/core/clock.hpp"
#include "base/http_client/client.hpp"

namespace sluice::base {

inline constexpr std::chrono::milliseconds retry_after_max = std::chrono::hours(24);

[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after(const http_response& answer,
                                                                   const clock& time = system_clock());

}  // namespace sluice::base
