#include "server/net/listener.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/observe/log.hpp"

namespace sluice::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr base::logger log{"server"};
constexpr std::chrono::milliseconds retry_interval{20};
constexpr int accepts_in_a_row_max = 64;

error cannot_listen(const base::host_port& address, const error_code& failure) {
    const std::string host = address.host.contains(':') ? "[" + address.host + "]" : address.host;
    return {.code = sqlstates::connection_failure,
            .message = "cannot listen on " + host + ":" + std::to_string(address.port) + ": " + failure.message()};
}

}  // namespace

class listener::impl : public std::enable_shared_from_this<listener::impl> {
  public:
    impl(asio::io_context& io, descriptor_reserve& reserve)
        : io_(io), acceptor_(io), retry_(io), reserve_(reserve), slot_(reserve.add()) {}

    result<> bind(const base::host_port& address) {
        error_code failure;
        tcp::resolver resolver(io_);
        const auto found = resolver.resolve(address.host, std::to_string(address.port),
                                            tcp::resolver::passive | tcp::resolver::numeric_service, failure);
        if (failure || found.empty()) {
            return fail(cannot_listen(address, failure));
        }
        const tcp::endpoint endpoint = found.begin()->endpoint();
        acceptor_.open(endpoint.protocol(), failure);
        if (!failure) {
            acceptor_.set_option(asio::socket_base::reuse_address(true), failure);
        }
        if (!failure && endpoint.protocol() == tcp::v6()) {
            acceptor_.set_option(asio::ip::v6_only(true), failure);
        }
        if (!failure) {
            acceptor_.bind(endpoint, failure);
        }
        if (!failure) {
            acceptor_.listen(asio::socket_base::max_listen_connections, failure);
        }
        if (!failure) {
            acceptor_.native_non_blocking(true, failure);
        }
        if (failure) {
            error_code ignored;
            acceptor_.close(ignored);
            return fail(cannot_listen(address, failure));
        }
        port_ = acceptor_.local_endpoint(failure).port();
        (void)reserve_.refill();
        return {};
    }

    void run(callbacks act) {
        act_ = std::move(act);
        wait();
    }

    void close() {
        error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    void wait() {
        acceptor_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](const error_code& failure) {
            if (!failure && self->acceptor_.is_open()) {
                self->accept_all();
            }
        });
    }

    void wait_a_little() {
        retry_.expires_after(retry_interval);
        retry_.async_wait([self = shared_from_this()](const error_code& failure) {
            if (!failure && self->acceptor_.is_open()) {
                self->accept_all();
            }
        });
    }

    [[nodiscard]] int accept_one() {
        return ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }

    // Said once for each shortage, not every 20 ms.
    void note_shortage(int cause) {
        if (!std::exchange(short_, true)) {
            log.error("connections are refused",
                      {{"reason", error_code(cause, boost::system::system_category()).message()}});
        }
    }
    void note_plenty() {
        if (std::exchange(short_, false)) {
            log.info("connections are accepted again");
        }
    }

    // With the reserve, to be told that there are no descriptors.
    void accept_last() {
        if (!reserve_.give_up(slot_)) {
            return;  // the one before has it still
        }
        if (const int socket = accept_one(); socket >= 0) {
            note_shortage(EMFILE);
            act_.accepted(socket, true);
        }
        (void)reserve_.refill();
    }

    void accept_all() {
        for (int i = 0; i < accepts_in_a_row_max; ++i) {
            if (!act_.may_accept()) {
                wait_a_little();
                return;
            }
            if (!reserve_.refill()) {
                accept_last();
                wait_a_little();
                return;
            }
            const int socket = accept_one();
            if (socket >= 0) {
                note_plenty();
                act_.accepted(socket, false);
                continue;
            }
            if (const int cause = errno; cause == EMFILE || cause == ENFILE) {
                accept_last();
                wait_a_little();
                return;
            } else if (cause == ENOBUFS || cause == ENOMEM) {
                note_shortage(cause);
                wait_a_little();
                return;
            }
            break;  // none left, or one that vanished while it waited
        }
        wait();
    }

    asio::io_context& io_;
    tcp::acceptor acceptor_;
    asio::steady_timer retry_;
    callbacks act_;
    std::uint16_t port_ = 0;
    descriptor_reserve& reserve_;
    const std::size_t slot_;
    bool short_ = false;
};

listener::listener(boost::asio::io_context& io, descriptor_reserve& reserve)
    : impl_(std::make_shared<impl>(io, reserve)) {}

listener::~listener() {
    impl_->close();
}

result<> listener::bind(const base::host_port& address) {
    return impl_->bind(address);
}

std::uint16_t listener::port() const {
    return impl_->port();
}

void listener::run(callbacks act) {
    impl_->run(std::move(act));
}

void listener::close() {
    impl_->close();
}

}  // namespace sluice::server
