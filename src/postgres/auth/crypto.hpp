// crypto.hpp - the few cryptographic functions that SCRAM needs, over OpenSSL.
//
// Use:     TRY_ASSIGN(const auto nonce, random_bytes(18)); const digest key = hmac_sha256(salted, "Client Key");
// Errors:  XX000 when the system has no random bytes. Any other failure of OpenSSL is a broken invariant.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::postgres {

using digest = std::array<char, 32>;  // SHA-256

[[nodiscard]] inline std::string_view view_of(const digest& bytes) {
    return {bytes.data(), bytes.size()};
}

[[nodiscard]] digest sha256(std::string_view data);
[[nodiscard]] digest hmac_sha256(std::string_view key, std::string_view data);
[[nodiscard]] digest pbkdf2_sha256(std::string_view password, std::string_view salt, int iterations);
// Takes the same time for all pairs of texts of one length.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);
result<std::string> random_bytes(std::size_t count);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
// RFC 4648, section 4, padded, nothing else between or behind; 22023 otherwise.
result<std::string> base64_decode(std::string_view text);

}  // namespace sluice::postgres
