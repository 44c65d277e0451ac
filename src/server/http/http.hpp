// http.hpp - health, readiness and metrics of the server, over HTTP.
//
// Use:     http_endpoint http(params);  TRY(http.bind(address));  http.run();  ...  http.close();
// Routes:  GET (or HEAD) /healthz: the process answers. /readyz: 200 when the engine can run a statement, 503 with a
//          line for each reason when not, not within 2 s, or while the server drains. /metrics: Prometheus text.
// Bounds:  8 kB of headers, no bodies, 10 s for a request, connections_max at a time (more wait to be accepted).
// Threads: the io_loop's; the engine is asked on an executor thread.
#pragma once

#include <cstdint>
#include <memory>

#include "base/config/units.hpp"
#include "base/core/result.hpp"
#include "server/clients/context.hpp"
#include "server/net/io_loop.hpp"

namespace sluice::server {

struct http_params {
    std::shared_ptr<io_loop> loop;    // shared: see io_loop.hpp
    std::shared_ptr<context> shared;  // shared: see context.hpp
};

class http_endpoint {
  public:
    explicit http_endpoint(http_params params);
    ~http_endpoint();
    http_endpoint(const http_endpoint&) = delete;
    http_endpoint& operator=(const http_endpoint&) = delete;

    result<> bind(const base::host_port& address);
    [[nodiscard]] std::uint16_t port() const;
    void run();
    // Answers the requests that have arrived, and accepts no more.
    void close();
    [[nodiscard]] std::size_t connections() const;

  private:
    class impl;
    std::shared_ptr<impl> impl_;  // shared with the coroutines of its connections
};

}  // namespace sluice::server
