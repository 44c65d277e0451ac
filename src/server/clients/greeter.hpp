// greeter.hpp - brings a connection from its first byte to a session: TLS, cancel requests, admission, authentication.
//
// Problem: until a client has authenticated, its bytes are not trusted and its use of memory and time is bounded.
// Use:     greeter greet(shared);
//          outcome o = greet.received(bytes from the socket);  send greet.outgoing();
//          need_input: read on;  session: start one with startup(), leftover(), greeting(), take_tls(), take_slot();
//          closing: send, then close
// Bounds:  messages of at most preauthentication_bytes_max; one of connections_max from the startup packet on (53300).
// Threads: the connection's io thread; never blocks.
// Source:  PostgreSQL 17 manual, 54.2.1 (start-up), 54.2.10 (SSL, also direct), 54.2.8 (cancel).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/core/byte_buffer.hpp"
#include "base/core/error.hpp"
#include "postgres/wire/frame.hpp"
#include "server/clients/context.hpp"
#include "server/net/tls.hpp"
#include "session/handshake/handshake.hpp"

namespace sluice::server {

class greeter {
  public:
    enum class outcome : std::uint8_t { need_input, session, closing };

    // `refused`: there is no room for any session.
    explicit greeter(context& shared, bool refused = false);

    [[nodiscard]] outcome received(std::string_view bytes);
    // Refuses the client with a FATAL error if it can understand one by now, that is, after its startup packet.
    void refuse(const error& cause);
    // The bytes for the socket: plain bytes or TLS records. Clear it when they have been sent.
    [[nodiscard]] base::byte_buffer& outgoing() { return outgoing_; }
    [[nodiscard]] bool startup_seen() const { return startup_seen_; }

    // ---- after outcome::session
    [[nodiscard]] const session::startup_info& startup() const { return handshake_.startup(); }
    [[nodiscard]] postgres::frame_reader& leftover() { return reader_; }
    // AuthenticationOk. Not in outgoing(): it is sent together with the session's first messages.
    [[nodiscard]] std::string_view greeting() const { return plain_.view(); }
    [[nodiscard]] std::unique_ptr<tls_stream> take_tls() { return std::move(tls_); }
    [[nodiscard]] session_slot take_slot() { return std::move(slot_); }

  private:
    [[nodiscard]] bool begin_tls(bool direct);
    [[nodiscard]] bool continue_tls(std::string_view bytes);
    [[nodiscard]] outcome take_frames();
    [[nodiscard]] outcome act(session::handshake_action action);
    [[nodiscard]] bool admit(session::handshake_action action);
    [[nodiscard]] outcome close_with(const error& cause);
    void emit();

    context& shared_;
    session::handshake handshake_;
    postgres::frame_reader reader_;
    std::unique_ptr<tls_stream> tls_;
    base::byte_buffer plain_;  // messages that are not yet in outgoing_
    base::byte_buffer outgoing_;
    session_slot slot_;
    const bool refused_;
    bool first_ = true;  // no byte has come yet
    bool direct_tls_ = false;
    bool tls_ready_ = false;
    bool startup_seen_ = false;
};

}  // namespace sluice::server
