// socket_connection.hpp - the connection of one client's socket: reading, greeting, session, lingering. Private to
// connection.cpp and connection_end.cpp.
//
// States:  greeting → session → lingering → closed. Lingering: only queued bytes are sent, and the client may close
//          first. A client that is gone, or too slow, goes straight to closed.
// Threads: the io thread, except the functions of runner_host, which executor threads call.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unistd.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "server/clients/connection.hpp"
#include "server/clients/flush_watch.hpp"
#include "server/clients/greeter.hpp"
#include "server/clients/reply_writer.hpp"
#include "server/clients/session_runner.hpp"
#include "server/net/loop_threads.hpp"

namespace sluice::server {

// Each idle connection has this buffer for its next message; the rest of a long message is read through the loop's
// scratch.
constexpr std::size_t first_read_bytes = 1024;

class socket_connection final : public connection,
                                public runner_host,
                                public std::enable_shared_from_this<socket_connection> {
  public:
    explicit socket_connection(connection_params params)
        : loop_(std::move(params.loop)),
          shared_(std::move(params.shared)),
          counted_(*shared_),
          socket_(loop_->io()),
          descriptor_(params.socket),
          accepted_ns_(shared_->params.clock->steady_ns()),
          greeter_(std::make_unique<greeter>(*shared_, params.refused)),
          refused_(params.refused),
          writer_(shared_->buffers, shared_->metrics.bytes_sent_total),
          flush_(shared_->params.limits.flush) {}
    ~socket_connection() override {
        if (!started_) {
            ::close(descriptor_);
        }
    }

    // ---- connection
    void start() override;
    [[nodiscard]] bool sweep(std::int64_t now_ns) override;
    void housekeep(std::int64_t now_ns) override {
        if (phase_ == phase::session && runner_) {
            runner_->housekeep(now_ns);
        }
    }
    void drain() override;
    void expel() override;
    void abandon() override;

    // ---- runner_host, on executor threads
    [[nodiscard]] std::shared_ptr<runner_host> keep_alive() override { return shared_from_this(); }
    [[nodiscard]] std::size_t send_now(std::string_view bytes) override;
    // A session that runs on the leader sends by itself: the loop would not come to it before the run ends.
    void output_ready() override {
        if (!loop_threads::while_leading([this] { pump(); })) {
            post(&socket_connection::pump);
        }
    }
    void input_room() override { post(&socket_connection::read_on); }
    void ended() override { post(&socket_connection::on_ended); }

  private:
    enum class phase : std::uint8_t { greeting, session, lingering, closed };

    void post(void (socket_connection::*step)()) {
        boost::asio::post(loop_->io(), [self = shared_from_this(), step] { ((*self).*step)(); });
    }
    [[nodiscard]] std::int64_t in(std::chrono::milliseconds delay) const {
        return shared_->params.clock->steady_ns() + delay.count() * 1'000'000;
    }

    void read_on();
    void on_read(const boost::system::error_code& failure, std::size_t count);
    [[nodiscard]] bool read_bulk();
    [[nodiscard]] bool deliver(std::string_view bytes);
    [[nodiscard]] bool deliver_encrypted(std::string_view bytes);
    void greet(std::string_view bytes);
    void begin_session();
    void pump();
    [[nodiscard]] reply_writer::source source();
    void on_writable(const boost::system::error_code& failure);
    void on_ended();
    void on_gone();
    void leave(departure how);
    void answer_for(const error& cause);
    void linger();
    void finish_sending();
    void close();
    void ensure_watched();
    [[nodiscard]] std::size_t waiting_bytes();
    [[nodiscard]] bool flush_timed_out(std::int64_t now_ns);

    const std::shared_ptr<io_loop> loop_;
    const std::shared_ptr<context> shared_;
    const connection_count counted_;
    boost::asio::generic::stream_protocol::socket socket_;
    const int descriptor_;
    const std::int64_t accepted_ns_;
    std::unique_ptr<greeter> greeter_;  // until the session begins
    const bool refused_;                // it has the last descriptor, so its time is short
    std::unique_ptr<tls_stream> tls_;
    std::unique_ptr<session_runner> runner_;
    reply_writer writer_;
    flush_watch flush_;
    std::array<char, first_read_bytes> first_read_{};
    phase phase_ = phase::greeting;
    bool started_ = false;  // socket_ owns the descriptor
    bool reading_ = false;
    bool awaiting_writable_ = false;
    bool watched_ = false;
    bool gone_ = false;           // the client has closed, or the socket is broken
    bool session_ended_ = false;  // no executor thread uses the descriptor any more
    bool sending_finished_ = false;
    std::int64_t deadline_ns_ = 0;  // of the phase; 0: none
};

}  // namespace sluice::server
