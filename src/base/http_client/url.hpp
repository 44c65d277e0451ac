// url.hpp - the one part of a URL that may be shown to people, and that limits are counted by.
//
// Use:     host_of("https://key@api.openai.com/v1?x=y")      → "api.openai.com"
// Bytes:   a host is lower-cased; user, password, path and query never come out.
// Threads: any.
// Source:  libcurl-url(3).
#pragma once

#include <string>

namespace sluice::base {

// "host", or "host:port" where the URL says a port. Empty: no URL of http or https.
[[nodiscard]] std::string host_of(const std::string& url);
// "host:port", with the port of the scheme where the URL says none.
[[nodiscard]] std::string host_and_port_of(const std::string& url);

}  // namespace sluice::base
