// client.hpp - one HTTP request after another over a kept connection, with every wait bounded and every failure named.
//
// Use:     http_client web;                                            // one for each thread that calls
//          const auto answer = web.send({.url = url, .headers = {{"x-api-key", key}}, .body = text}, &cancel);
//          if (answer && answer->status == 200) { use(answer->body); }
// Rule:    any status is an answer; a failure means that no complete answer came. Redirects are not followed, and only
//          http and https are spoken. Certificates are checked.
// Proxies: from the environment, as curl reads it: http_proxy, HTTPS_PROXY, ALL_PROXY, NO_PROXY.
// Bounds:  connect_timeout (name, connection, TLS), timeout (the whole exchange),
//          response_bytes_max. A silent name server cannot delay them.
// Threads: one at a time; any thread may request `cancel`, which ends send() within 10 to 20 ms. An answer that is
//          complete at that moment is returned.
// Once:    a request is sent only once. If the server closes a kept connection just as the request is on its way, the
//          result is `interrupted`; the caller, which counts requests, decides whether to send another one.
// Secrets: headers, bodies, and all of a URL except host and port never reach a message.
// Source:  libcurl 7.88: libcurl-multi(3), curl_multi_poll(3), libcurl-errors(3), CURLOPT_QUICK_EXIT(3).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/cancel.hpp"

namespace sluice::base {

struct http_header {
    std::string name;
    std::string value;
};

struct http_request {  // NOLINT(clang-analyzer-optin.performance.Padding): in the order of reading
    std::string method = "POST";
    std::string url;
    std::vector<http_header> headers;
    std::string body;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds timeout{180'000};
    std::size_t response_bytes_max = std::size_t{32} * 1024 * 1024;
};

struct http_response {
    int status = 0;
    std::vector<http_header> headers;
    std::string body;

    // The first header of that name, in any case; empty if there is none.
    [[nodiscard]] std::string_view header_value(std::string_view name) const;
};

enum class http_failure_kind : std::uint8_t {
    bad_url,      // no URL, or not http or https
    resolve,      // the host is unknown, or there is no name server
    connect,      // refused, unreachable, or not within connect_timeout
    tls,          // the certificate is not trusted, or the handshake failed
    timed_out,    // the whole exchange took longer than `timeout`
    interrupted,  // the connection ended before the answer was complete
    too_large,    // longer than response_bytes_max, headers included
    cancelled,
    other,  // the answer is not HTTP, or a header cannot be sent
};

[[nodiscard]] std::string_view to_text(http_failure_kind kind);

struct http_failure {
    http_failure_kind kind = http_failure_kind::other;
    std::string message;  // one line, with host and port, without headers
};

class http_client {
  public:
    http_client();
    ~http_client();
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    [[nodiscard]] std::expected<http_response, http_failure> send(const http_request& wanted,
                                                                  const cancel_token* cancel = nullptr);

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::base
