#include "postgres/auth/crypto.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluice::postgres {
namespace {

// RFC 4648, section 10.
TEST(crypto, base64) {
    const std::pair<std::string, std::string> pairs[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : pairs) {
        EXPECT_EQ(base64_encode(plain), encoded);
        EXPECT_EQ(base64_decode(encoded).value(), plain);
    }
    for (const char* bad : {"Zg", "Zg=", "Zg==\n", " Zg==", "Zg==Zg==", "Z===", "====", "Z-9v", "Zm9v=", "=Zm9"}) {
        EXPECT_FALSE(base64_decode(bad).has_value()) << bad;
    }
}

TEST(crypto, comparison_and_randomness) {
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_NE(random_bytes(18).value(), random_bytes(18).value());
}

}  // namespace
}  // namespace sluice::postgres
