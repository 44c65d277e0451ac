// url.hpp - extracts the host of a URL, which may be shown to people and which limits are counted by.
//
// Use:     host_of("https://key@api.openai.com/v1?x=y")      → "api.openai.com"
// Bytes:   a host is lower-cased; user, password, path and query never come out.
// Threads: any.
// Source:  libcurl-url(3).
#pragma once

#include <string>

namespace sluice::base {

// "host", or "host:port" if the URL has a port. Empty: not a URL of http or https.
[[nodiscard]] std::string host_of(const std::string& url);
// "host:port", with the scheme's port if the URL has none.
[[nodiscard]] std::string host_and_port_of(const std::string& url);

}  // namespace sluice::base
