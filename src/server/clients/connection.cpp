#include "server/clients/connection.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/buffer.hpp>

#include "server/clients/socket_connection.hpp"

namespace sluice::server {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int bulk_reads_max = 16;
constexpr std::size_t tls_record_bytes_max = std::size_t{16} * 1024;

void set_option(int socket, int level, int name, int value) {
    (void)::setsockopt(socket, level, name, &value, sizeof value);  // a hint: the connection works without it
}

void set_options(int socket, const keepalive_params& keepalive) {
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    const auto seconds = [](auto time) { return std::chrono::ceil<std::chrono::seconds>(time).count(); };
    const std::array<std::pair<int, std::int64_t>, 4> options{{{TCP_KEEPIDLE, seconds(keepalive.idle)},
                                                               {TCP_KEEPINTVL, seconds(keepalive.interval)},
                                                               {TCP_KEEPCNT, keepalive.count},
                                                               {TCP_USER_TIMEOUT, keepalive.user_timeout.count()}}};
    for (const auto& [name, value] : options) {
        if (value > 0) {
            set_option(socket, IPPROTO_TCP, name, static_cast<int>(value));
        }
    }
}

}  // namespace

void socket_connection::start() {
    error_code failure;
    sockaddr_storage address{};
    socklen_t address_bytes = sizeof address;
    (void)::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &address_bytes);
    socket_.assign({address.ss_family, IPPROTO_TCP}, descriptor_, failure);
    if (failure) {
        phase_ = phase::closed;
        loop_->forget(*this);
        return;
    }
    started_ = true;
    socket_.native_non_blocking(true, failure);
    set_options(descriptor_, shared_->params.keepalive);
    const auto& limits = shared_->params.limits;
    deadline_ns_ =
        in(refused_ ? std::min(limits.linger, limits.authentication_timeout) : limits.authentication_timeout);
    ensure_watched();
    read_on();
}

// ---- reading

void socket_connection::read_on() {
    if (reading_ || gone_ || phase_ == phase::closed) {
        return;
    }
    reading_ = true;
    socket_.async_read_some(
        asio::buffer(first_read_),
        [self = shared_from_this()](const error_code& failure, std::size_t count) { self->on_read(failure, count); });
}

void socket_connection::on_read(const error_code& failure, std::size_t count) {
    reading_ = false;
    if (gone_ || phase_ == phase::closed) {
        return;
    }
    if (failure) {
        on_gone();
        return;
    }
    bool go_on = deliver({first_read_.data(), count});
    if (go_on && count == first_read_.size()) {
        go_on = read_bulk();
    }
    if (go_on) {
        read_on();
    }
}

// The first read was full, so there may be much more: reads on without the event loop.
bool socket_connection::read_bulk() {
    auto& room = loop_->scratch();
    for (int i = 0; i < bulk_reads_max; ++i) {
        const auto count = ::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT);
        if (count < 0) {
            return true;  // no bytes, or an error that the next read will report
        }
        if (count == 0) {
            on_gone();
            return false;
        }
        if (!deliver({room.data(), static_cast<std::size_t>(count)})) {
            return false;
        }
        if (static_cast<std::size_t>(count) < room.size()) {
            break;
        }
    }
    return true;
}

// False: stop reading.
bool socket_connection::deliver(std::string_view bytes) {
    switch (phase_) {
        case phase::greeting:
            shared_->metrics.bytes_received_total.add(bytes.size());
            greet(bytes);
            return phase_ != phase::closed;
        case phase::session:
            ensure_watched();
            shared_->metrics.bytes_received_total.add(bytes.size());
            return tls_ ? deliver_encrypted(bytes) : runner_->received(bytes);
        case phase::lingering:
            return true;  // input after the end is dropped
        case phase::closed:
            return false;
    }
    return false;
}

bool socket_connection::deliver_encrypted(std::string_view bytes) {
    tls_->feed(bytes);
    bool go_on = true;
    std::array<char, tls_record_bytes_max> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): 16 kB a call
    for (;;) {
        const auto [state, count] = tls_->decrypt(room);
        if (state == tls_stream::progress::done) {
            go_on = runner_->received({room.data(), count});
            continue;
        }
        // An answer to a key update, or an alert.
        writer_.append_raw(tls_->outgoing().view());
        tls_->outgoing().clear();
        if (writer_.raw_pending()) {
            pump();
        }
        if (state != tls_stream::progress::need_input) {
            on_gone();
            return false;
        }
        return go_on;
    }
}

void socket_connection::greet(std::string_view bytes) {
    const auto outcome = greeter_->received(bytes);
    writer_.append_raw(greeter_->outgoing().view());
    greeter_->outgoing().clear();
    switch (outcome) {
        case greeter::outcome::need_input:
            pump();
            return;
        case greeter::outcome::session:
            begin_session();
            return;
        case greeter::outcome::closing:
            linger();
            return;
    }
}

void socket_connection::begin_session() {
    pump();
    if (phase_ != phase::greeting || gone_) {
        return;
    }
    phase_ = phase::session;
    deadline_ns_ = 0;
    tls_ = greeter_->take_tls();
    runner_ = std::make_unique<session_runner>(session_runner_params{
        .shared = shared_.get(), .host = this, .slot = greeter_->take_slot(), .accepted_ns = accepted_ns_});
    base::byte_buffer greeting;
    if (!tls_ && writer_.raw_pending()) {
        greeting = writer_.take_raw();  // it must stay before bytes that the session sends directly
    }
    greeting.append(greeter_->greeting());
    runner_->start(greeter_->startup(), greeter_->leftover(), greeting.view());
    greeter_.reset();
}

// ---- writing

void socket_connection::pump() {
    if (awaiting_writable_ || gone_ || phase_ == phase::closed || sending_finished_) {
        return;
    }
    switch (writer_.pump(descriptor_, source(), tls_.get())) {
        case reply_writer::progress::drained:
            if (phase_ == phase::lingering) {
                finish_sending();
            }
            return;
        case reply_writer::progress::would_block:
            awaiting_writable_ = true;
            socket_.async_wait(asio::socket_base::wait_write,
                               [self = shared_from_this()](const error_code& failure) { self->on_writable(failure); });
            return;
        case reply_writer::progress::more:
            post(&socket_connection::pump);
            return;
        case reply_writer::progress::failed:
            on_gone();
            return;
    }
}

reply_writer::source socket_connection::source() {
    return runner_ ? reply_writer::source{.channel = &runner_->output(), .account = &runner_->account()}
                   : reply_writer::source{};
}

void socket_connection::on_writable(const error_code& failure) {
    awaiting_writable_ = false;
    if (!failure) {
        pump();
    }
}

std::size_t socket_connection::send_now(std::string_view bytes) {
    if (tls_) {
        return 0;
    }
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
        shared_->metrics.bytes_sent_total.add(static_cast<std::uint64_t>(sent));
        return static_cast<std::size_t>(sent);
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return 0;
    }
    post(&socket_connection::on_gone);
    return bytes.size();  // the client is gone: the bytes are dropped
}

std::shared_ptr<connection> make_connection(connection_params params) {
    return std::make_shared<socket_connection>(std::move(params));
}

}  // namespace sluice::server
