// test_client.hpp - a raw PostgreSQL client for tests: bytes out, messages in, every wait with a deadline.
//
// Use:     wire_client client(port);  client.startup();  client.ask("Q select 1")  → lines up to ReadyForQuery
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "testing/wire_text.hpp"

namespace sluice::server::test {

inline std::string be32(std::uint32_t value) {
    std::string bytes(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[i] = static_cast<char>(value >> (24U - 8U * i));
    }
    return bytes;
}

inline std::string startup_frame(std::string_view body) {
    return be32(static_cast<std::uint32_t>(body.size() + 4)).append(body);
}

inline std::string startup_packet(std::string_view user, std::string_view database) {
    std::string body = be32(3U << 16U);
    body.append("user").append(1, '\0').append(user).append(1, '\0');
    body.append("database").append(1, '\0').append(database).append(2, '\0');
    return startup_frame(body);
}

inline std::string ssl_request() {
    return startup_frame(be32((1234U << 16U) | 5679U));
}

inline std::string cancel_packet(std::int32_t process_id, std::int32_t secret_key) {
    return startup_frame(be32((1234U << 16U) | 5678U) + be32(static_cast<std::uint32_t>(process_id)) +
                         be32(static_cast<std::uint32_t>(secret_key)));
}

class wire_client {
  public:
    struct message {
        char type = '\0';  // '\0': the server has closed
        std::string body;
    };

    explicit wire_client(std::uint16_t port, int receive_buffer_bytes = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer_bytes > 0) {
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
        }
        const timeval deadline{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    wire_client(const wire_client&) = delete;
    wire_client& operator=(const wire_client&) = delete;
    ~wire_client() { close(); }

    [[nodiscard]] bool connected() const { return connected_; }
    void close() {
        ssl_.reset();
        if (socket_ >= 0) {
            ::close(std::exchange(socket_, -1));
        }
    }
    // Closes like a client that dies: the kernel answers with RST.
    void reset() {
        const linger abort{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
        close();
    }

    // Bytes received by the kernel and not yet read.
    [[nodiscard]] int unread_bytes() const {
        int bytes = 0;
        ::ioctl(socket_, FIONREAD, &bytes);
        return bytes;
    }

    // False: the server refused. `alpn` as on the wire, with its length byte; empty: none.
    [[nodiscard]] bool start_tls(std::string_view alpn = {}, int version_max = 0) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (version_max != 0) {
            SSL_CTX_set_max_proto_version(context_.get(), version_max);
        }
        ssl_.reset(SSL_new(context_.get()));
        if (!alpn.empty()) {
            SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                                static_cast<unsigned>(alpn.size()));
        }
        SSL_set_fd(ssl_.get(), socket_);
        ERR_clear_error();
        return SSL_connect(ssl_.get()) == 1;
    }
    [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

    // False: the server has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                   : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    bool say(std::string_view line) { return send(testing::frontend_message(line)); }

    // A single byte outside of messages: the answer to SSLRequest. '\0': closed.
    [[nodiscard]] char read_byte() {
        fill(1);
        return received_.empty() ? '\0' : take(1).front();
    }
    [[nodiscard]] message read_message() {
        if (!fill(5)) {
            return {};
        }
        std::uint32_t length = 0;
        for (std::size_t i = 1; i < 5; ++i) {
            length = (length << 8U) | static_cast<unsigned char>(received_[at_ + i]);
        }
        if (!fill(std::size_t{1} + length)) {
            return {};
        }
        message next{.type = received_[at_], .body = {}};
        take(5);
        next.body = take(length - 4);
        return next;
    }
    // Messages as lines, up to and including the first of that type, or up to the end of the connection.
    [[nodiscard]] std::vector<std::string> read_until(char type) {
        std::vector<std::string> lines;
        for (;;) {
            const message next = read_message();
            if (next.type == '\0') {
                lines.emplace_back("closed");
                return lines;
            }
            for (auto& line : testing::backend_lines(testing::frame_bytes(next.type, next.body))) {
                lines.push_back(std::move(line));
            }
            if (next.type == 'K') {
                process_id = integer_at(next.body, 0);
                secret_key = integer_at(next.body, 4);
            }
            if (next.type == type) {
                return lines;
            }
        }
    }
    [[nodiscard]] std::vector<std::string> ask(std::string_view line) {
        say(line);
        return read_until('Z');
    }
    // The last line is "Z I", an error, or "closed".
    std::vector<std::string> startup(std::string_view user = "ann", std::string_view database = "main") {
        send(startup_packet(user, database));
        return read_until('Z');
    }
    // Reads until the server closes; true if it closed without an error.
    [[nodiscard]] bool closed_by_server() {
        while (read_message().type != '\0') {
        }
        return end_seen_;
    }
    // Bytes until the server closes.
    [[nodiscard]] std::string read_all() {
        std::size_t count = 1;
        while (fill(count)) {
            count = received_.size() - at_ + 1;
        }
        return received_.substr(at_);
    }

    std::int32_t process_id = 0;
    std::int32_t secret_key = 0;

  private:
    struct releaser {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };

    static std::int32_t integer_at(std::string_view body, std::size_t at) {
        std::uint32_t value = 0;
        for (const char byte : body.substr(at, 4)) {
            value = (value << 8U) | static_cast<unsigned char>(byte);
        }
        return static_cast<std::int32_t>(value);
    }
    bool fill(std::size_t count) {
        if (received_.size() - at_ >= count) {
            return true;
        }
        std::array<char, 65536> room{};
        while (received_.size() - at_ < count) {
            const auto got = ssl_ ? SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()))
                                  : ::recv(socket_, room.data(), room.size(), 0);
            if (got <= 0) {
                end_seen_ = got == 0;
                EXPECT_FALSE(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && !ssl_) << "deadline is over";
                return false;
            }
            received_.erase(0, std::exchange(at_, 0));
            received_.append(room.data(), static_cast<std::size_t>(got));
        }
        return true;
    }
    std::string take(std::size_t count) {
        std::string taken = received_.substr(at_, count);
        at_ += count;
        return taken;
    }

    int socket_;
    bool connected_ = false;
    bool end_seen_ = false;
    std::unique_ptr<SSL_CTX, releaser> context_;
    std::unique_ptr<SSL, releaser> ssl_;
    std::string received_;
    std::size_t at_ = 0;
};

}  // namespace sluice::server::test
