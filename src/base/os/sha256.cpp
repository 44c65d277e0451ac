#include "base/os/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/core/assert.hpp"

namespace sluice::base {

namespace {

const unsigned char* unsigned_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* unsigned_bytes(digest& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

std::string hex_of(const digest& bytes) {
    std::string hex;
    for (const char byte : bytes) {
        hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return hex;
}

sha256::sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    SLUICE_ASSERT(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void sha256::add(std::span<const std::byte> bytes) {
    SLUICE_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string sha256::finish() {
    digest hash{};
    SLUICE_ASSERT(EVP_DigestFinal_ex(context_.get(), unsigned_bytes(hash), nullptr) == 1);
    return hex_of(hash);
}

digest sha256_of(std::string_view bytes) {
    digest hash{};
    SLUICE_ASSERT(EVP_Digest(bytes.data(), bytes.size(), unsigned_bytes(hash), nullptr, EVP_sha256(), nullptr) == 1);
    return hash;
}

std::string hex_sha256(std::string_view bytes) {
    return hex_of(sha256_of(bytes));
}

digest hmac_sha256(std::string_view key, std::string_view bytes) {
    digest mac{};
    unsigned int length = 0;
    SLUICE_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), unsigned_bytes(bytes), bytes.size(),
                       unsigned_bytes(mac), &length) != nullptr);
    SLUICE_ASSERT(length == mac.size());
    return mac;
}

digest pbkdf2_sha256(std::string_view password, std::string_view salt, int iterations) {
    digest key{};
    SLUICE_ASSERT(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), unsigned_bytes(salt),
                                    static_cast<int>(salt.size()), iterations, EVP_sha256(),
                                    static_cast<int>(key.size()), unsigned_bytes(key)) == 1);
    return key;
}

}  // namespace sluice::base
