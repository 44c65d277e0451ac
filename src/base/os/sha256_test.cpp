#include "base/os/sha256.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

// The examples of FIPS 180-4 (csrc.nist.gov, SHA256.pdf), and sha256sum's result for an empty input.
TEST(sha256, is_what_the_standard_shows) {
    EXPECT_EQ(hex_sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex_sha256({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(sha256, comes_in_pieces) {
    const auto bytes_of = [](std::string_view text) { return std::as_bytes(std::span(text)); };
    sha256 hash;
    hash.add(bytes_of("a"));
    hash.add({});
    hash.add(bytes_of("bc"));
    EXPECT_EQ(hash.finish(), hex_sha256("abc"));
}

// RFC 4231, test case 2; RFC 7914, section 11.
TEST(sha256, has_keys_and_rounds) {
    EXPECT_EQ(hex_of(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex_of(pbkdf2_sha256("passwd", "salt", 1)),
              "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

}  // namespace
}  // namespace sluice::base
