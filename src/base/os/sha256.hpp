// sha256.hpp - the SHA-256 of something that comes in pieces, or at once.
//
// Use:     sha256 hash;  hash.add(bytes);  const std::string hex = hash.finish();   // 64 digits, lower case
//          const std::string hex = hex_sha256(bytes);
// Source:  FIPS 180-4, by OpenSSL.
// Threads: one at a time.
// Errors:  none; without memory for its state the process ends.
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
    // Once.
    [[nodiscard]] std::string finish();

  private:
    class state;
    std::unique_ptr<state> state_;
};

[[nodiscard]] std::string hex_sha256(std::span<const std::byte> bytes);

}  // namespace sluice::base
