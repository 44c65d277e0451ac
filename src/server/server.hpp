// server.hpp - the PostgreSQL server over a backend: listens, lets clients in, and stops in good order.
//
// Problem: clients come and vanish at any time, slow ones must not cost memory or threads, and a restart should not cut
//          off a statement that is about to finish.
// Use:     server front(params);  TRY(front.bind());  front.run();   // elsewhere: front.request_stop();
// Stops:   first request_stop(): nobody is let in, idle sessions get 57P01 at once, busy ones when their statement is
//          done or drain_timeout is over. Second: every connection is dropped and what runs is cancelled.
// Threads: run() uses the calling thread and io_threads - 1 more; request_stop() and ports() may be called from any.
// Errors:  bind(): one line for an address that is taken or unknown (08006), files that are no certificate (F0000).
// Metrics: see metrics.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/core/result.hpp"
#include "server/clients/params.hpp"

namespace sluice::server {

enum class stop_outcome : std::uint8_t {
    drained,    // every session ended by itself or with 57P01
    cut_off,    // some were dropped
    abandoned,  // an engine call did not return: end the process without destroying the server
};

class server {
  public:
    explicit server(server_params params);
    // Not before run() has returned.
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    result<> bind();
    // Of the listeners in their order; what the system chose where port 0 was asked for.
    [[nodiscard]] std::vector<std::uint16_t> ports() const;
    [[nodiscard]] std::uint16_t http_port() const;  // 0: none

    [[nodiscard]] stop_outcome run();
    void request_stop();

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::server
