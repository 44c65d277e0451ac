// scripted_server_test_support.hpp - for tests: an HTTP server that gives the test's answers, one step a request.
//
// Use:     scripted_server server({answer_of(200, "{}"), {.bytes = "HTTP/1.1 200 OK\r\nContent-", .then = ending::reset}});
//          web.send({.url = server.url("/v1")});    server.requests()[0].body, server.connections()
// Rule:    requests are taken one after another, over one connection as long as it is kept. After the last step it
//          answers no request.
// Ends:    with the object, even if a client is connected. No wait is longer than `patience`.
// Proxies: the machine's proxies are ignored, for the whole test process.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <gtest/gtest.h>
#include <mutex>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sluice::base {

inline constexpr std::chrono::seconds patience{20};
inline const bool passes_over_proxies = ::setenv("no_proxy", "*", 1) == 0;

enum class ending : std::uint8_t { keep, close, reset, hang };

struct scripted_step {
    std::string bytes;
    ending then = ending::keep;
    bool reads_first = true;  // false: answers before any request, or after any bytes
};

struct seen_request {
    std::string head;  // request line and headers, with their line ends
    std::string body;

    [[nodiscard]] std::string line() const { return head.substr(0, head.find("\r\n")); }
    // The value of the first header of that name, as it was sent; "(none)" if there is none.
    [[nodiscard]] std::string header(std::string_view name) const {
        const auto at = head.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos) {
            return "(none)";
        }
        const auto begin = at + 4 + name.size();
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }
};

inline scripted_step answer_of(int status, std::string_view body, std::string_view headers = "") {
    return {.bytes = "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\n" + std::string(headers) + "\r\n" + std::string(body)};
}

class scripted_server {
  public:
    explicit scripted_server(std::vector<scripted_step> steps) : steps_(std::move(steps)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof(address);
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_, raw, size), 0);
        EXPECT_EQ(::listen(listener_, 16), 0);
        EXPECT_EQ(::getsockname(listener_, raw, &size), 0);
        port_ = ntohs(address.sin_port);
        stop_ = ::eventfd(0, EFD_CLOEXEC);
        thread_ = std::jthread([this] { serve(); });
    }
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;
    ~scripted_server() {
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(stop_, &one, sizeof(one)), ssize_t{sizeof(one)});
        thread_.join();
        ::close(listener_);
        ::close(stop_);
    }

    [[nodiscard]] std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string url(std::string_view path = "/") const { return "http://" + place() + std::string(path); }
    [[nodiscard]] std::vector<seen_request> requests() const {
        const std::scoped_lock lock(mutex_);
        return requests_;
    }
    [[nodiscard]] int connections() const {
        const std::scoped_lock lock(mutex_);
        return connections_;
    }
    // False: fewer requests came in time.
    [[nodiscard]] bool wait_for_requests(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; });
    }

  private:
    void serve() {
        for (const scripted_step& step : steps_) {
            if (!take_request(step)) {
                return drop();
            }
            for (std::string_view rest = step.bytes; !rest.empty();) {
                const auto sent = ::send(peer_, rest.data(), rest.size(), MSG_NOSIGNAL);
                if (sent <= 0) {
                    break;  // the client has closed the connection
                }
                rest.remove_prefix(static_cast<std::size_t>(sent));
            }
            end(step.then);
        }
        (void)is_readable(-1);
        drop();
    }

    // If the client has closed a kept connection, accepts a new one.
    bool take_request(const scripted_step& step) {
        for (;;) {
            if (peer_ < 0 && !accept_one()) {
                return false;
            }
            if (!step.reads_first) {
                return is_readable(peer_);
            }
            if (auto read = read_request()) {
                const std::scoped_lock lock(mutex_);
                requests_.push_back(std::move(*read));
                changed_.notify_all();
                return true;
            }
            if (is_stopped_) {
                return false;
            }
            drop();
        }
    }

    bool accept_one() {
        if (!is_readable(listener_)) {
            return false;
        }
        peer_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const std::scoped_lock lock(mutex_);
        ++connections_;
        return peer_ >= 0;
    }

    std::optional<seen_request> read_request() {
        std::string bytes;
        for (;;) {
            if (const auto end_of_head = bytes.find("\r\n\r\n"); end_of_head != std::string::npos) {
                seen_request read{.head = bytes.substr(0, end_of_head + 2), .body = bytes.substr(end_of_head + 4)};
                const auto length = read.header("Content-Length");
                if (read.body.size() >= (length == "(none)" ? 0 : std::stoul(length))) {
                    return read;
                }
            }
            std::array<char, 16384> piece{};
            const auto got = is_readable(peer_) ? ::recv(peer_, piece.data(), piece.size(), 0) : 0;
            if (got <= 0) {
                return std::nullopt;
            }
            bytes.append(piece.data(), static_cast<std::size_t>(got));
        }
    }

    // Waits for bytes, an end of stream or a client; false once the server is to stop.
    bool is_readable(int descriptor) {
        std::array<pollfd, 2> watched{pollfd{.fd = descriptor, .events = POLLIN, .revents = 0},
                                      pollfd{.fd = stop_, .events = POLLIN, .revents = 0}};
        const int ready = ::poll(watched.data(), watched.size(), std::chrono::milliseconds(patience).count());
        is_stopped_ = is_stopped_ || ready <= 0 || watched[1].revents != 0;
        return !is_stopped_;
    }

    void end(ending how) {
        if (how == ending::hang) {
            (void)is_readable(peer_);  // until the client gives up
        }
        if (how == ending::reset) {
            const linger at_once{.l_onoff = 1, .l_linger = 0};
            EXPECT_EQ(::setsockopt(peer_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
        }
        if (how != ending::keep) {
            drop();
        }
    }

    void drop() {
        if (peer_ >= 0) {
            ::close(std::exchange(peer_, -1));
        }
    }

    std::vector<scripted_step> steps_;
    int listener_ = -1;
    int stop_ = -1;
    int peer_ = -1;
    bool is_stopped_ = false;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<seen_request> requests_;
    int connections_ = 0;
    std::jthread thread_;  // declared last: it uses all of the above
};

}  // namespace sluice::base
