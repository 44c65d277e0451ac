// io_loop.hpp - one event loop: its connections, the sweep that watches their time, and the threads that lead it.
//
// Problem: thousands of connections have deadlines that are almost never reached; a timer for each would cost more than
//          looking at the few active ones every 20 ms.
// Use:     loop->post([loop, fd] { loop->adopt(make_connection(...)); });  loop->threads().start();
// Threads: "the loop's thread" is the one that leads (loop_threads.hpp). post(), stop() and the counts from any thread;
//          the rest on the loop's thread.
// Ends:    shared: connections hold their loop, since the last reference to one may be dropped on an executor thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/core/clock.hpp"
#include "base/run/executor.hpp"

namespace boost::asio {
class io_context;
}

namespace sluice::server {

// A client's connection, as its loop sees it; see connection.hpp.
class connection {
  public:
    connection() = default;
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    virtual ~connection() = default;

    virtual void start() = 0;
    // Acts on what is due. False: need not be looked at until it asks by io_loop::watch().
    [[nodiscard]] virtual bool sweep(std::int64_t now_ns) = 0;
    // Comes seldom, and to all.
    virtual void housekeep(std::int64_t now_ns) = 0;
    // The server stops: leave as soon as nothing is under way.
    virtual void drain() = 0;
    // Leave now, with a word to the client.
    virtual void expel() = 0;
    // Leave now.
    virtual void abandon() = 0;
};

class leader_watch;
class loop_threads;

struct io_loop_params {
    base::clock* clock = nullptr;
    base::executor* executor = nullptr;
    leader_watch* watch = nullptr;
    std::chrono::milliseconds housekeeping_interval{60'000};
};

class io_loop : public std::enable_shared_from_this<io_loop> {
  public:
    explicit io_loop(const io_loop_params& params);
    ~io_loop();
    io_loop(const io_loop&) = delete;
    io_loop& operator=(const io_loop&) = delete;

    [[nodiscard]] boost::asio::io_context& io();
    [[nodiscard]] loop_threads& threads();  // which serve the loop until stop()
    void stop();                            // what was posted before may be left undone
    void post(std::function<void()> work);

    void adopt(std::shared_ptr<connection> fresh);
    void forget(const connection& gone);
    void watch(std::shared_ptr<connection> active);
    void for_each(const std::function<void(connection&)>& act);
    // Space for reading that all connections of the loop share.
    [[nodiscard]] std::array<char, std::size_t{64} * 1024>& scratch();

    [[nodiscard]] std::size_t connections() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::server
