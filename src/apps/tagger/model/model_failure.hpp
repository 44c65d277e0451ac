// model_failure.hpp - classifies an answer that is not 200, by its status and the service's details.
//
// Use:     if (answer.status != 200) return std::unexpected(failure_of_status(answer, "api.openai.com"));
// Rule:    408, 425, 5xx             transient
//          429                       busy; exhausted if the day's quota (a quota with PerDay in its name) is used up,
//                                    with any delay; refused if the limit is 0 or the money is used
//                                    up (insufficient_quota), since a new day does not change that
//          401, 402, 403, 404, 405, 407, 410, and 1xx to 3xx   refused: all our requests would fail like this
//          400 with API_KEY_INVALID or FAILED_PRECONDITION (free use is not offered in this country)   refused
//          other 4xx                 rejected
// Delay:   the longer one of Retry-After and RetryInfo; none if exhausted.
// Shapes:  {"error": {message, status | type, code, details}}; the same as the first of a list, as Google's endpoint for
//          OpenAI's clients sends it; {"error": "text"}; {"message": "text"}; anything else has no details.
// Threads: any.
// Source:  ai.google.dev/gemini-api/docs/troubleshooting and .../rate-limits; google/rpc/error_details.proto (QuotaFailure,
//          RetryInfo, ErrorInfo); protobuf's JSON mapping (Duration); platform.openai.com/docs/guides/error-codes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "apps/jobs/work.hpp"
#include "base/http_client/client.hpp"

namespace sluice::tagger {

[[nodiscard]] jobs::work_failure failure_of_status(const base::http_response& answer, std::string_view host);

// For a 200 whose body is {"error": ...}, as gateways pass on failures behind them: classified by the number in its
// code, else as 502.
[[nodiscard]] jobs::work_failure failure_inside(std::string_view body, std::string_view host);

[[nodiscard]] jobs::work_failure failure_of_exchange(const base::http_failure& cause);

// The error message in a body, as one line; empty if there is none.
[[nodiscard]] std::string error_message_of(std::string_view body);

// "34s", "1.5s"; at most a day.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace sluice::tagger
