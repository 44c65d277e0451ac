// sha256.hpp - the SHA-256 of bytes that come in pieces or at once.
//
// Use:     sha256 hash;  hash.add(bytes);  const std::string hex = hash.finish();   // 64 digits, lower case
//          const std::string hex = hex_sha256(bytes);
// Source:  FIPS 180-4, implemented by OpenSSL.
// Threads: one at a time.
// Errors:  none; the process ends if there is no memory for its state.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace sluice::base {

class sha256 {
  public:
    sha256();
    ~sha256();
    sha256(const sha256&) = delete;
    sha256& operator=(const sha256&) = delete;

    void add(std::span<const std::byte> bytes);
    // Call it once.
    [[nodiscard]] std::string finish();

  private:
    class state;
    std::unique_ptr<state> state_;
};

[[nodiscard]] std::string hex_sha256(std::span<const std::byte> bytes);

}  // namespace sluice::base
