// sasl_messages.hpp - the messages of a client that authenticates (all of type 'p').
//
// Errors:  08P01 for a message whose fields do not add up.
// Source:  PostgreSQL 15 manual, 55.7 (SASLInitialResponse, SASLResponse).
#pragma once

#include <optional>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::postgres {

inline constexpr char sasl_message_type = 'p';

struct sasl_initial_response_message {
    std::string_view mechanism;
    std::optional<std::string_view> data;
};

result<sasl_initial_response_message> parse_sasl_initial_response(std::string_view body);
// A SASLResponse has no fields besides its data, so it needs no parsing.

}  // namespace sluice::postgres
