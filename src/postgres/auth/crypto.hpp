// crypto.hpp - what SCRAM needs of OpenSSL beside digests (base/os/sha256.hpp): random bytes, base64, comparison.
//
// Use:     TRY_ASSIGN(const auto nonce, random_bytes(18)); base64_encode(nonce)
// Errors:  XX000 when the system has no random bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::postgres {

// Takes the same time for all pairs of texts of one length.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);
result<std::string> random_bytes(std::size_t count);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
// RFC 4648, section 4, padded, nothing else between or behind; 22023 otherwise.
result<std::string> base64_decode(std::string_view text);

}  // namespace sluice::postgres
