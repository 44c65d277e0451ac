// scram.hpp - the server's side of one SCRAM-SHA-256 or SCRAM-SHA-256-PLUS exchange.
//
// Problem: the client proves that it knows the password, and the server that it knows the verifier, without sending
//          either; channel binding also excludes a third party between the two ends of the TLS connection.
// Use:     TRY_ASSIGN(auto exchange, scram_exchange::create(params));
//          TRY_ASSIGN(auto reply, exchange.start(mechanism, initial_response)); ... until reply.done
// Order:   start, then respond() for each message of the client. After an error the exchange is over.
// Errors:  08P01 for messages that break the protocol, 28000 for failed or downgraded channel binding, 28P01 for a
//          wrong password. A wrong user takes the same path to the same answer (users.hpp). All are fatal.
// Source:  RFC 5802, RFC 7677, RFC 5929 (tls-server-end-point); PostgreSQL 15 manual, 55.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"
#include "postgres/auth/scram_verifier.hpp"

namespace sluice::postgres {

inline constexpr std::string_view scram_mechanism = "SCRAM-SHA-256";
inline constexpr std::string_view scram_plus_mechanism = "SCRAM-SHA-256-PLUS";

struct scram_params {
    std::string user;  // for the error's text
    scram_verifier verifier;
    bool genuine = true;           // false: a mock verifier; every proof fails
    std::string server_end_point;  // hash of the server's certificate; empty: no channel binding on this connection
    std::string server_nonce;      // printable; empty: from the operating system
};

struct scram_reply {
    std::string data;
    bool done = false;  // data is the server-final-message: the client is authenticated
};

class scram_exchange {
  public:
    static result<scram_exchange> create(scram_params params);

    // The mechanisms to offer, the preferred one first.
    [[nodiscard]] std::vector<std::string_view> mechanisms() const;

    // The client's choice, with its first message, or nullopt: the client waits for an empty challenge.
    result<scram_reply> start(std::string_view mechanism, std::optional<std::string_view> initial_response);
    result<scram_reply> respond(std::string_view message);

  private:
    enum class state : std::uint8_t { mechanism, client_first, client_final, over };

    explicit scram_exchange(scram_params params);

    result<scram_reply> on_client_first(std::string_view message);
    result<scram_reply> on_client_final(std::string_view message);
    result<> check_gs2_flag(std::string_view flag) const;
    result<> check_binding(std::string_view encoded) const;
    [[nodiscard]] bool proof_is_good(std::string_view proof, std::string_view auth_message) const;

    scram_params params_;
    state state_ = state::mechanism;
    bool plus_ = false;
    std::string gs2_header_;  // e.g. "n,,"; the client repeats it in its final message
    std::string client_first_bare_;
    std::string server_first_;
    std::string nonce_;  // the client's part and the server's
};

}  // namespace sluice::postgres
