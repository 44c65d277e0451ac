// handshake.hpp - a connection's first messages, up to the point where a session can begin.
//
// Problem: TLS negotiation, cancel requests, protocol versions and authentication come before a session exists, from
//          clients that are not trusted yet.
// Use:     handshake greet(params);
//          for each frame: switch (greet.on_frame(frame, reader.pending_bytes(), out.buffer())) ...
//          Before each frame the reader enters expected_phase(). A client that speaks TLS from its first byte:
//          tls_established() before the first frame.
// Order:   first packet → (TLS) → startup packet → authentication → done. Bytes behind an SSLRequest before the TLS
//          handshake are refused (CVE-2021-23214). An unknown database is refused after authentication.
// Bounds:  an authentication message may have authentication_message_bytes_max; the caller sets it on its reader.
// Threads: one at a time; never blocks.
// Errors:  go to the client, all FATAL; failure() has the one that ended the handshake.
// Source:  PostgreSQL 15 manual, 55.2.1, 55.2.10 (SSL), 55.3 (SASL); RFC 5802, RFC 7677, RFC 5929
// (tls-server-end-point).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/byte_buffer.hpp"
#include "base/core/error.hpp"
#include "postgres/wire/frame.hpp"

namespace sluice::postgres {
class user_table;  // postgres/auth/users.hpp
}

namespace sluice::session {

inline constexpr std::size_t authentication_message_bytes_max = 10'000;

enum class authentication_method : std::uint8_t { trust, scram_sha_256 };

struct handshake_params {
    authentication_method method = authentication_method::trust;
    const postgres::user_table* users = nullptr;  // for scram; outlives the handshake
    bool tls_available = false;
    bool tls_required = false;
    // Names that are accepted. A client that names no database gets the one of its user's name, else the first.
    std::vector<std::string> databases;
};

struct cancel_request {
    std::int32_t process_id = 0;
    std::int32_t secret_key = 0;
};

struct startup_info {
    std::string user;
    std::string database;
    std::vector<std::pair<std::string, std::string>> options;  // settings; if one occurs twice, the later one counts
};

enum class handshake_action : std::uint8_t {
    need_input,     // send what was written, then read on
    start_tls,      // send what was written, then run the TLS handshake and call tls_established()
    cancel,         // act on cancel_target(), then close without an answer
    authenticated,  // AuthenticationOk was written; startup() is complete
    close,          // send what was written (an error), then close
};

class handshake {
  public:
    explicit handshake(handshake_params params);
    ~handshake();
    handshake(const handshake&) = delete;
    handshake& operator=(const handshake&) = delete;

    // `leftover_bytes`: bytes that the reader holds behind this frame.
    [[nodiscard]] handshake_action on_frame(const postgres::frame& frame, std::size_t leftover_bytes,
                                            base::byte_buffer& out);
    // `server_end_point`: hash of the server's certificate for channel binding, empty if it has none.
    void tls_established(std::string server_end_point);

    [[nodiscard]] postgres::frame_reader::phase expected_phase() const;
    [[nodiscard]] const startup_info& startup() const;
    [[nodiscard]] cancel_request cancel_target() const;
    // The reason for `close`; for logs and metrics.
    [[nodiscard]] const std::optional<error>& failure() const;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::session
