#include "server/clients/connection.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/observe/log.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "server/clients/greeter.hpp"
#include "server/clients/reply_writer.hpp"
#include "server/clients/session_runner.hpp"

namespace sluice::server {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr base::logger log{"server"};
// An idle connection holds this much for its next message; the rest of a long one is read through the loop's scratch.
constexpr std::size_t first_read_bytes = 1024;
constexpr int bulk_reads_max = 16;
constexpr std::size_t tls_record_bytes_max = std::size_t{16} * 1024;
constexpr std::int64_t ns_per_ms = 1'000'000;

error shutdown_error() {
    return {.code = sqlstates::admin_shutdown,
            .message = "terminating connection due to administrator command",
            .fatal = true};
}

void set_option(int socket, int level, int name, int value) {
    (void)::setsockopt(socket, level, name, &value, sizeof value);  // a hint: the connection works without
}

void set_options(int socket, const keepalive_params& keepalive) {
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    const std::array<std::pair<int, std::int64_t>, 4> settings{{{TCP_KEEPIDLE, keepalive.idle.count()},
                                                                {TCP_KEEPINTVL, keepalive.interval.count()},
                                                                {TCP_KEEPCNT, keepalive.count},
                                                                {TCP_USER_TIMEOUT, keepalive.user_timeout.count()}}};
    for (const auto& [name, value] : settings) {
        if (value > 0) {
            set_option(socket, IPPROTO_TCP, name, static_cast<int>(value));
        }
    }
}

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
    void output_ready() override { post(&socket_connection::pump); }
    void input_room() override { post(&socket_connection::read_on); }
    void ended() override { post(&socket_connection::on_ended); }

  private:
    enum class phase : std::uint8_t { greeting, session, lingering, closed };

    void post(void (socket_connection::*step)()) {
        asio::post(loop_->io(), [self = shared_from_this(), step] { ((*self).*step)(); });
    }
    [[nodiscard]] std::int64_t in(std::chrono::milliseconds delay) const {
        return shared_->params.clock->steady_ns() + delay.count() * ns_per_ms;
    }

    void read_on();
    void on_read(const error_code& failure, std::size_t count);
    [[nodiscard]] bool read_bulk();
    [[nodiscard]] bool deliver(std::string_view bytes);
    [[nodiscard]] bool deliver_encrypted(std::string_view bytes);
    void greet(std::string_view bytes);
    void begin_session();
    void pump();
    [[nodiscard]] reply_writer::source source();
    void on_writable(const error_code& failure);
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
    asio::generic::stream_protocol::socket socket_;
    const int descriptor_;
    const std::int64_t accepted_ns_;
    std::unique_ptr<greeter> greeter_;  // until the session begins
    const bool refused_;                // it has the last descriptor, so it may not take its time
    std::unique_ptr<tls_stream> tls_;
    std::unique_ptr<session_runner> runner_;
    reply_writer writer_;
    flush_watch flush_;
    std::array<char, first_read_bytes> first_read_{};
    phase phase_ = phase::greeting;
    bool started_ = false;  // the descriptor is socket_'s
    bool reading_ = false;
    bool awaiting_writable_ = false;
    bool watched_ = false;
    bool gone_ = false;           // the client has closed, or the socket is broken
    bool session_ended_ = false;  // nobody but us uses the descriptor
    bool sending_finished_ = false;
    std::int64_t deadline_ns_ = 0;  // of the phase; 0: none
};

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

// The first read was full, so there may be much more: read on without the event loop.
bool socket_connection::read_bulk() {
    auto& room = loop_->scratch();
    for (int i = 0; i < bulk_reads_max; ++i) {
        const auto count = ::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT);
        if (count < 0) {
            return true;  // nothing there, or an error that the next read will tell
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
            return true;  // nobody reads it
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
        greeting = writer_.take_raw();  // it has to stay before what the session sends directly
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
    return bytes.size();  // nobody wants them any more
}

// ---- ending

void socket_connection::on_ended() {
    session_ended_ = true;
    if (gone_) {
        close();
    } else {
        linger();
    }
}

// The session, if there is one, may still be using the descriptor: it is shut down now and closed by on_ended().
void socket_connection::on_gone() {
    leave(departure::left);
}

void socket_connection::leave(departure how) {
    if (phase_ == phase::closed || std::exchange(gone_, true)) {
        return;
    }
    (void)::shutdown(descriptor_, SHUT_RDWR);
    if (runner_ && !session_ended_) {
        runner_->client_gone(how);
    } else {
        close();
    }
}

// The statement does not stop: its client learns why the connection ends, and need not wait for the statement's thread.
void socket_connection::answer_for(const error& cause) {
    if (gone_ || phase_ != phase::session || waiting_bytes() != 0 || awaiting_writable_) {
        return;
    }
    base::byte_buffer answer;
    sluice::error error = cause;
    error.detail = "The statement does not stop yet. It will end on its own; the connection is closed now.";
    postgres::write_error(answer, std::move(error).as_fatal());
    if (tls_) {
        if (!tls_->encrypt(answer.view())) {
            return;
        }
        tls_->close_notify();
        answer.clear();
        answer.append(tls_->outgoing().view());
        tls_->outgoing().clear();
    }
    writer_.append_raw(answer.view());
    pump();
    gone_ = true;
    (void)::shutdown(descriptor_, SHUT_RDWR);  // closed by on_ended()
    if (!runner_->leave_behind()) {
        runner_->client_gone(departure::left);
    }
}

// Nothing more will be said after what is queued. Reading goes on so that the client can close first.
void socket_connection::linger() {
    phase_ = phase::lingering;
    if (greeter_) {
        tls_ = greeter_->take_tls();
        greeter_.reset();  // its place among connections_max is free again
    }
    // What a session has left is the client's to read for as long as while it lived; see flush_timed_out().
    deadline_ns_ = runner_ ? 0 : in(shared_->params.limits.linger);
    ensure_watched();
    pump();
    read_on();
}

void socket_connection::finish_sending() {
    if (tls_) {
        tls_->close_notify();
        writer_.append_raw(tls_->outgoing().view());
        tls_->outgoing().clear();
        (void)writer_.pump(descriptor_, {}, nullptr);  // a courtesy; it may be lost
    }
    sending_finished_ = true;
    (void)::shutdown(descriptor_, SHUT_WR);
    deadline_ns_ = in(shared_->params.limits.linger);
}

void socket_connection::close() {
    if (phase_ != phase::closed) {
        phase_ = phase::closed;
        error_code ignored;
        socket_.close(ignored);
        loop_->forget(*this);
    }
}

void socket_connection::drain() {
    if (phase_ == phase::session) {
        runner_->end_when_idle(shutdown_error());
    } else if (phase_ == phase::greeting) {
        expel();
    }
}

void socket_connection::expel() {
    if (phase_ == phase::session) {
        deadline_ns_ = in(shared_->params.limits.linger);
        ensure_watched();
        runner_->end_now(shutdown_error());
    } else if (phase_ == phase::greeting) {
        shared_->metrics.rejected_stopping.add();
        greeter_->refuse(shutdown_error());
        writer_.append_raw(greeter_->outgoing().view());
        greeter_->outgoing().clear();
        linger();
    }
}

void socket_connection::abandon() {
    leave(departure::shutdown);
}

// ---- time

void socket_connection::ensure_watched() {
    if (!std::exchange(watched_, true)) {
        loop_->watch(shared_from_this());
    }
}

// Bytes that wait for the client: encoded, and not yet taken by the kernel.
std::size_t socket_connection::waiting_bytes() {
    const std::size_t queued = runner_ ? runner_->output().bytes() : 0;
    return queued != 0 || !writer_.raw_pending() ? queued : 1;
}

bool socket_connection::flush_timed_out(std::int64_t now_ns) {
    const auto unacknowledged = [this] {
        int bytes = 0;  // of the send queue, tcp(7)
        return ::ioctl(descriptor_, TIOCOUTQ, &bytes) == 0 ? static_cast<std::uint64_t>(bytes) : 0;
    };
    const auto verdict = flush_.look(
        {.now_ns = now_ns, .waiting = waiting_bytes() != 0, .sent_bytes = writer_.sent_bytes()}, unacknowledged);
    if (verdict == flush_watch::verdict::fine) {
        return false;
    }
    const auto seconds = static_cast<double>(flush_.stalled(now_ns).count()) * 1e-3;
    const std::int32_t session = runner_ ? runner_->session_id() : 0;
    const std::size_t held = runner_ ? runner_->account().held() : 0;
    if (verdict == flush_watch::verdict::slow) {
        shared_->metrics.slow_flush_count.add();  // before its line, so that the line can be waited for
        log.info("client reads nothing", {{"session", session}, {"buffered_bytes", held}, {"seconds", seconds}});
        return false;
    }
    shared_->metrics.flush_timeouts_total.add();
    log.warn("connection closed: client has read nothing for flush_timeout",
             {{"session", session}, {"buffered_bytes", held}, {"seconds", seconds}});
    return true;
}

bool socket_connection::sweep(std::int64_t now_ns) {
    bool due = deadline_ns_ != 0 && now_ns >= deadline_ns_;
    auto how = due ? departure::shutdown : departure::left;  // a session has a deadline only once it is expelled
    watched_ = phase_ != phase::closed;
    if (phase_ == phase::session) {
        // A statement may have ended long before its last byte leaves.
        watched_ = runner_->sweep(now_ns) || deadline_ns_ != 0 || waiting_bytes() != 0;
        if (runner_->unanswered()) {
            answer_for(*runner_->unanswered());
        }
        // While reading is paused, the kernel is asked whether the client is still there.
        pollfd state{.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
        due = due || (!gone_ && !reading_ && ::poll(&state, 1, 0) == 1);
    }
    if (!due && !gone_ && !sending_finished_ && flush_timed_out(now_ns)) {
        due = true;
        how = departure::flush_timeout;
    }
    if (due && phase_ == phase::greeting) {
        shared_->metrics.rejected_timeout.add();
        greeter_->refuse(
            {.code = sqlstates::query_canceled, .message = "canceling authentication due to timeout", .fatal = true});
        writer_.append_raw(greeter_->outgoing().view());
        greeter_->outgoing().clear();
        linger();
    } else if (due) {
        leave(how);
    }
    return watched_;
}

}  // namespace

std::shared_ptr<connection> make_connection(connection_params params) {
    return std::make_shared<socket_connection>(std::move(params));
}

}  // namespace sluice::server
