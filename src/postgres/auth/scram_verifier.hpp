// scram_verifier.hpp - the verifier that a server stores in place of a password.
//
// Use:     TRY_ASSIGN(const auto verifier, make_scram_verifier("secret")); file << to_text(verifier);
// Format:  SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>, the last three in base64: the form of
//          PostgreSQL's pg_authid.rolpassword and of pgbouncer's users file, so verifiers can be copied between them.
// Errors:  22023 for text in another form; XX000 without randomness.
// Source:  RFC 5802 section 3, RFC 7677.
#pragma once

#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "base/os/sha256.hpp"
#include "postgres/auth/crypto.hpp"

namespace sluice::postgres {

// RFC 7677 demands at least 4,096, PostgreSQL's number; a login costs the client that many hashes.
inline constexpr int scram_iterations_default = 4096;
inline constexpr std::size_t scram_salt_bytes = 16;

struct scram_verifier {
    int iterations = scram_iterations_default;
    std::string salt;
    base::digest stored_key{};
    base::digest server_key{};
};

// With a fresh salt from the operating system. The password is normalised first (saslprep.hpp).
result<scram_verifier> make_scram_verifier(std::string_view password, int iterations = scram_iterations_default);
[[nodiscard]] scram_verifier derive_scram_verifier(std::string_view password, std::string salt, int iterations);

[[nodiscard]] std::string to_text(const scram_verifier& verifier);
result<scram_verifier> parse_scram_verifier(std::string_view text);

}  // namespace sluice::postgres
