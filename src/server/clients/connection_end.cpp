// The end of a connection: its session has ended, its client is gone, too slow or expelled, or the server stops.
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

#include "base/observe/log.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "server/clients/socket_connection.hpp"

namespace sluice::server {

namespace {

constexpr base::logger log{"server"};

error shutdown_error() {
    return {.code = sqlstates::admin_shutdown,
            .message = "terminating connection due to administrator command",
            .fatal = true};
}

}  // namespace

void socket_connection::on_ended() {
    session_ended_ = true;
    if (gone_) {
        close();
    } else {
        linger();
    }
}

// A session may still be using the descriptor: it is shut down now and closed by on_ended().
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

// Called when a statement does not stop: tells its client why the connection ends, without waiting for the statement's
// thread.
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

// Only queued bytes are still sent. Reading goes on so that the client can close first.
void socket_connection::linger() {
    phase_ = phase::lingering;
    if (greeter_) {
        tls_ = greeter_->take_tls();
        greeter_.reset();  // frees its slot of connections_max
    }
    // The client may read a session's last bytes for as long as during the session; see flush_timed_out().
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
        (void)writer_.pump(descriptor_, {}, nullptr);  // best effort; it may be lost
    }
    sending_finished_ = true;
    (void)::shutdown(descriptor_, SHUT_WR);
    deadline_ns_ = in(shared_->params.limits.linger);
}

void socket_connection::close() {
    if (phase_ != phase::closed) {
        phase_ = phase::closed;
        boost::system::error_code ignored;
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
        int bytes = 0;  // bytes in the send queue, tcp(7)
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
        shared_->metrics.slow_flush_count.add();  // before its log line, so that a test can wait for the line
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
        // A statement may end long before its last byte is sent.
        watched_ = runner_->sweep(now_ns) || deadline_ns_ != 0 || waiting_bytes() != 0;
        if (runner_->unanswered()) {
            answer_for(*runner_->unanswered());
        }
        // While reading is paused, this asks the kernel whether the client is still there.
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

}  // namespace sluice::server
