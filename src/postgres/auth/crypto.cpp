#include "postgres/auth/crypto.hpp"

#include <algorithm>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/text/ascii.hpp"

namespace sluice::postgres {

namespace {

const unsigned char* unsigned_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_base64_digit(char c) {
    return base::is_letter_or_digit(c) || c == '+' || c == '/';
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

result<std::string> random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
        return fail(sqlstates::internal_error, "could not generate random bytes");
    }
    return bytes;
}

std::string base64_encode(std::string_view bytes) {
    // OpenSSL adds a zero byte; it must not write over the string's own terminator.
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), unsigned_bytes(bytes),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

result<std::string> base64_decode(std::string_view text) {
    // OpenSSL's decoder also takes white space and misplaced padding, and counts the padding as bytes.
    const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(text, is_base64_digit) - text.begin());
    const std::string_view padding = text.substr(digits);
    if (text.size() % 4 != 0 || (!padding.empty() && padding != "=" && padding != "==")) {
        return fail(sqlstates::invalid_parameter_value, "invalid base64");
    }
    std::string bytes(text.size() / 4 * 3, '\0');
    if (!text.empty() && EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), unsigned_bytes(text),
                                         static_cast<int>(text.size())) < 0) {
        return fail(sqlstates::invalid_parameter_value, "invalid base64");
    }
    bytes.resize(bytes.size() - padding.size());
    return bytes;
}

}  // namespace sluice::postgres
