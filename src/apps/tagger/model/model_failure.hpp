// model_failure.hpp - what can be done about an answer that is no 200, read from its status and the service's own details.
//
// Use:     if (answer.status != 200) return std::unexpected(failure_of_status(answer, "api.openai.com"));
// Rule:    408, 425, 5xx             transient
//          429                       busy; exhausted where the day's quota (a quota with PerDay in its name) is used up,
//                                    whatever delay is told beside it; refused where the limit is 0 or the money is used
//                                    up (insufficient_quota), since no day changes that
//          401, 402, 403, 404, 405, 407, 410, and 1xx to 3xx   refused: no request of ours gets through like this
//          400 with API_KEY_INVALID or FAILED_PRECONDITION (no service in this country without paying)   refused
//          other 4xx                 rejected
// Delay:   the longer one of Retry-After and RetryInfo; none for what is exhausted.
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

// Of an answer that is a 200 by its status and {"error": ...} by its body, as gateways pass on what failed behind them: by
// the number in its code, else as 502.
[[nodiscard]] jobs::work_failure failure_inside(std::string_view body, std::string_view host);

[[nodiscard]] jobs::work_failure failure_of_exchange(const base::http_failure& cause);

// The message of an error in a body, in one line; empty if there is none.
[[nodiscard]] std::string error_message_of(std::string_view body);

// "34s", "1.5s"; at most a day.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace sluice::tagger
