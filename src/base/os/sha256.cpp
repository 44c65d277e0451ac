#include "base/os/sha256.hpp"

#include <array>
#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/core/assert.hpp"

namespace sluice::base {

class sha256::state {
  public:
    state() : context_(EVP_MD_CTX_new()) {
        SLUICE_ASSERT(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1);
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() { EVP_MD_CTX_free(context_); }

    [[nodiscard]] EVP_MD_CTX* get() const { return context_; }

  private:
    EVP_MD_CTX* context_;
};

sha256::sha256() : state_(std::make_unique<state>()) {}
sha256::~sha256() = default;

void sha256::add(std::span<const std::byte> bytes) {
    SLUICE_ASSERT(EVP_DigestUpdate(state_->get(), bytes.data(), bytes.size()) == 1);
}

std::string sha256::finish() {
    std::array<unsigned char, 32> digest{};
    SLUICE_ASSERT(EVP_DigestFinal_ex(state_->get(), digest.data(), nullptr) == 1);
    std::string hex;
    for (const auto byte : digest) {
        hex += fmt::format("{:02x}", byte);
    }
    return hex;
}

std::string hex_sha256(std::span<const std::byte> bytes) {
    sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

}  // namespace sluice::base
