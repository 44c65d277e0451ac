// sha256.hpp - SHA-256 of bytes that come in pieces or at once, with a key, and of passwords in many rounds.
//
// Use:     sha256 hash;  hash.add(bytes);  const std::string hex = hash.finish();   // 64 digits, lower case
//          const std::string hex = hex_sha256(text);   const digest key = hmac_sha256(view_of(salted), "Client Key");
// Source:  FIPS 180-4, RFC 2104 and RFC 8018, implemented by OpenSSL. No other file of the product calls it for a digest,
//          except for the one that a certificate names.
// Threads: one at a time.
// Errors:  none; the process ends if there is no memory for the state.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace sluice::base {

using digest = std::array<char, 32>;

[[nodiscard]] inline std::string_view view_of(const digest& bytes) {
    return {bytes.data(), bytes.size()};
}
[[nodiscard]] std::string hex_of(const digest& bytes);

class sha256 {
  public:
    sha256();

    void add(std::span<const std::byte> bytes);
    // Call it once.
    [[nodiscard]] std::string finish();

  private:
    std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

[[nodiscard]] digest sha256_of(std::string_view bytes);
[[nodiscard]] std::string hex_sha256(std::string_view bytes);
[[nodiscard]] digest hmac_sha256(std::string_view key, std::string_view bytes);
[[nodiscard]] digest pbkdf2_sha256(std::string_view password, std::string_view salt, int iterations);

}  // namespace sluice::base
