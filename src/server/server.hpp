// server.hpp - the PostgreSQL server over an engine: listens, serves clients, and stops in good order.
//
// Problem: clients come and vanish at any time, slow ones must not cost memory or threads, and a restart should not cut
//          off a statement that is about to finish.
// Use:     server front(params);  TRY(front.bind());  front.run();   // elsewhere: front.request_stop();
// Stops:   first request_stop(): no client is accepted, idle sessions get 57P01 at once, busy ones when their statement
//          is done or drain_timeout is over. Second: every connection is dropped and running statements are cancelled.
// Threads: run() waits for the threads that it starts (server/net/loop_threads.hpp); request_stop() and ports() may be called from any.
// Errors:  bind(): one line for an address that is taken or unknown (08006), or invalid certificate files (F0000).
// Metrics: server/clients/metrics.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/core/result.hpp"
#include "server/clients/params.hpp"

namespace sluice::server {

enum class stop_outcome : std::uint8_t {
    drained,    // every session ended by itself or with 57P01
    cut_off,    // some sessions were dropped
    abandoned,  // an engine call did not return: end the process without destroying the server
};

class server {
  public:
    explicit server(server_params params);
    // Only after run() has returned.
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    result<> bind();
    // The ports of the listeners in their order; for port 0 the one that the system chose.
    [[nodiscard]] std::vector<std::uint16_t> ports() const;
    [[nodiscard]] std::uint16_t http_port() const;  // 0: none

    [[nodiscard]] stop_outcome run();
    void request_stop();

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::server
