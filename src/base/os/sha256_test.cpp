#include "base/os/sha256.hpp"

#include <gtest/gtest.h>
#include <string_view>

namespace sluice::base {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// The examples of FIPS 180-4 (csrc.nist.gov, SHA256.pdf), and sha256sum's result for an empty input.
TEST(sha256, is_what_the_standard_shows) {
    EXPECT_EQ(hex_sha256(bytes_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex_sha256({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(sha256, comes_in_pieces) {
    sha256 hash;
    hash.add(bytes_of("a"));
    hash.add({});
    hash.add(bytes_of("bc"));
    EXPECT_EQ(hash.finish(), hex_sha256(bytes_of("abc")));
}

}  // namespace
}  // namespace sluice::base
