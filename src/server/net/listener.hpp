// listener.hpp - accepts connections on one address, and stops accepting while there are too many.
//
// Problem: a flood of connections must not take every file descriptor; the kernel's backlog is the place to wait.
// Use:     listener door(io, reserve);  TRY(door.bind(address));  door.run({.may_accept = ..., .accepted = ...});  door.close();
// Scarce:  when there are no descriptors, one client after the other is let in with the reserve, to be told so
//          (`is_last`).
// Bounds:  `may_accept` is asked before each accept; while it says no, it is asked again every 20 ms.
// Threads: the io_context's thread; bind() before it runs.
// Errors:  08006 with the address in one line. A shortage of descriptors or memory is logged, and tried again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/config/units.hpp"
#include "base/core/result.hpp"
#include "server/net/descriptor_reserve.hpp"

namespace boost::asio {
class io_context;
}

namespace sluice::server {

class listener {
  public:
    struct callbacks {
        std::function<bool()> may_accept;
        // Non-blocking, close on exec; owned by the callee.
        std::function<void(int socket, bool is_last)> accepted;
    };

    // The reserve outlives the listener.
    listener(boost::asio::io_context& io, descriptor_reserve& reserve);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    result<> bind(const base::host_port& address);
    [[nodiscard]] std::uint16_t port() const;
    void run(callbacks act);
    void close();

  private:
    class impl;
    std::shared_ptr<impl> impl_;  // shared with its pending accept
};

}  // namespace sluice::server
