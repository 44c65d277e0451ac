#include "server/clients/greeter.hpp"

#include <array>
#include <utility>

#include "base/observe/log.hpp"
#include "postgres/wire/backend_messages.hpp"

namespace sluice::server {

namespace {

constexpr base::logger log{"server"};
constexpr char tls_handshake_record = 0x16;  // no startup packet begins with it: it would be 369 MB long

session::handshake_params handshake_params_of(const context& shared) {
    const auto& authentication = shared.params.authentication;
    return {.method = authentication.method,
            .users = authentication.users,
            .tls_available = shared.tls.has_value(),
            .tls_required = authentication.tls_required,
            .databases = authentication.databases};
}

}  // namespace

greeter::greeter(context& shared, bool refused)
    : shared_(shared),
      handshake_(handshake_params_of(shared)),
      reader_(shared.params.limits.preauthentication_bytes_max),
      refused_(refused) {}

greeter::outcome greeter::received(std::string_view bytes) {
    if (std::exchange(first_, false) && bytes.starts_with(tls_handshake_record) && !begin_tls(true)) {
        return outcome::closing;
    }
    if (!tls_) {
        reader_.append(bytes);
    } else if (!continue_tls(bytes)) {
        return outcome::closing;
    }
    return tls_ && !tls_ready_ ? outcome::need_input : take_frames();
}

void greeter::refuse(const error& cause) {
    if (startup_seen_) {
        (void)close_with(cause);
    }
}

bool greeter::begin_tls(bool direct) {
    if (!shared_.tls) {
        return false;
    }
    direct_tls_ = direct;
    tls_ = std::make_unique<tls_stream>(*shared_.tls);
    return true;
}

bool greeter::continue_tls(std::string_view bytes) {
    tls_->feed(bytes);
    if (!tls_ready_) {
        const auto progress = tls_->handshake();
        outgoing_.append(tls_->outgoing().view());
        tls_->outgoing().clear();
        if (progress == tls_stream::progress::need_input) {
            return true;
        }
        if (progress != tls_stream::progress::done || (direct_tls_ && !tls_->speaks_postgresql())) {
            shared_.metrics.tls_failures_total.add();
            log.info("TLS handshake failed",
                     {{"reason", tls_->reason().empty() ? "no ALPN for direct TLS" : tls_->reason()}});
            return false;
        }
        tls_ready_ = true;
        handshake_.tls_established(tls_->server_end_point());
    }
    // The reader refuses a message that is too long; this only bounds the loop.
    std::array<char, 4096> room{};
    for (;;) {
        const auto [state, count] = tls_->decrypt(room);
        if (state != tls_stream::progress::done) {
            return state == tls_stream::progress::need_input;
        }
        reader_.append({room.data(), count});
    }
}

greeter::outcome greeter::take_frames() {
    for (;;) {
        auto frame = reader_.next();
        if (!frame) {
            shared_.metrics.rejected_startup.add();
            return close_with(frame.error());
        }
        if (!*frame) {
            return outcome::need_input;
        }
        plain_.clear();
        const auto action = handshake_.on_frame(**frame, reader_.pending_bytes(), plain_);
        reader_.enter(handshake_.expected_phase());
        if (!startup_seen_ && !admit(action)) {
            return outcome::closing;
        }
        const auto next = act(action);
        if (next != outcome::need_input || (tls_ && !tls_ready_)) {
            return next;
        }
    }
}

greeter::outcome greeter::act(session::handshake_action action) {
    switch (action) {
        case session::handshake_action::need_input:
            emit();
            return outcome::need_input;
        case session::handshake_action::start_tls:
            emit();
            return begin_tls(false) ? outcome::need_input : outcome::closing;
        case session::handshake_action::cancel: {
            const auto target = handshake_.cancel_target();
            shared_.metrics.cancel_requests_total.add();
            (void)shared_.cancels.request(target.process_id, target.secret_key);
            return outcome::closing;
        }
        case session::handshake_action::authenticated:
            return outcome::session;
        case session::handshake_action::close:
            (startup_seen_ ? shared_.metrics.authentication_failures_total : shared_.metrics.rejected_startup).add();
            if (const auto& failure = handshake_.failure()) {
                log.info("connection refused",
                         {{"user", startup().user}, {"sqlstate", failure->code.view()}, {"reason", failure->message}});
            }
            emit();
            return outcome::closing;
    }
    return outcome::closing;
}

// Takes a slot of connections_max when the startup packet has arrived. True: go on.
bool greeter::admit(session::handshake_action action) {
    const bool startup_taken = action == session::handshake_action::authenticated ||
                               (action == session::handshake_action::need_input &&
                                handshake_.expected_phase() == postgres::frame_reader::phase::messages);
    if (!startup_taken) {
        return true;
    }
    startup_seen_ = true;
    if (shared_.stopping.load(std::memory_order_acquire)) {
        shared_.metrics.rejected_stopping.add();
        (void)close_with(
            {.code = sqlstates::cannot_connect_now, .message = "the database system is shutting down", .fatal = true});
        return false;
    }
    if (refused_) {
        shared_.metrics.rejected_descriptors.add();
        (void)close_with({.code = sqlstates::too_many_connections,
                          .message = "sorry, too many clients already",
                          .detail = "The server has no file descriptors left.",
                          .hint = "Raise its limit of open files (ulimit -n), or close connections.",
                          .retryable = true,
                          .fatal = true});
        return false;
    }
    slot_ = session_slot::take(shared_);
    if (!slot_) {
        shared_.metrics.rejected_full.add();
        (void)close_with({.code = sqlstates::too_many_connections,
                          .message = "sorry, too many clients already",
                          .retryable = true,
                          .fatal = true});
    }
    return static_cast<bool>(slot_);
}

greeter::outcome greeter::close_with(const error& cause) {
    plain_.clear();
    postgres::write_error(plain_, cause);
    emit();
    return outcome::closing;
}

// Moves the plain messages to outgoing_, encrypted if need be.
void greeter::emit() {
    if (tls_) {
        if (tls_ready_ && tls_->encrypt(plain_.view())) {
            outgoing_.append(tls_->outgoing().view());
            tls_->outgoing().clear();
        }
    } else {
        outgoing_.append(plain_.view());
    }
    plain_.clear();
}

}  // namespace sluice::server
