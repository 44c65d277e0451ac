// client_failure.hpp - turns curl's codes into kinds of failure and a message of one line.
//
// Use:     failure_of({.code = code, .place = "host:443", .detail = buffer, ...});
// Rule:    the message holds host and port and the text of the system or the TLS library; no header, no body.
// Threads: any.
// Source:  libcurl-errors(3).
#pragma once

#include <cstddef>
#include <string>

#include "base/http_client/client.hpp"

namespace sluice::base {

struct ended_exchange {
    int code = 0;            // a CURLcode, not CURLE_OK
    std::string place;       // host and port
    std::string detail;      // curl's own words
    int system_code = 0;     // errno of the connection, if any
    bool was_named = false;  // the host's name was resolved
    bool was_ready = false;  // the connection was established, TLS included
    bool was_late = false;   // the timeout of the exchange had passed
};

[[nodiscard]] http_failure failure_of(const ended_exchange& how);

[[nodiscard]] http_failure bad_url_failure();
[[nodiscard]] http_failure cancelled_failure(const std::string& place);
[[nodiscard]] http_failure too_large_failure(const std::string& place, std::size_t bytes_max);

}  // namespace sluice::base
