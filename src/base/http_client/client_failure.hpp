// client_failure.hpp - what curl's codes mean to whoever sent a request, and the one line that says so.
//
// Use:     failure_of({.code = code, .place = "host:443", .detail = buffer, ...});
// Rule:    the line holds host and port and what the system or the TLS library said, on one line; no header, no body.
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
    bool was_named = false;  // the name of the host was resolved
    bool was_ready = false;  // a connection stood, with TLS where there is any
    bool was_late = false;   // all the time for the exchange had passed
};

[[nodiscard]] http_failure failure_of(const ended_exchange& how);

[[nodiscard]] http_failure bad_url_failure();
[[nodiscard]] http_failure cancelled_failure(const std::string& place);
[[nodiscard]] http_failure too_large_failure(const std::string& place, std::size_t bytes_max);

}  // namespace sluice::base
