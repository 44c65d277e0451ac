#include "base/text/utf8.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>

namespace sluice::base {
namespace {

// Encodes a code point straight from the definition; also produces forms that are not allowed.
std::string encode(std::uint32_t point, int bytes) {
    if (bytes == 1) {
        return {static_cast<char>(point)};
    }
    std::string text;
    for (int i = 1; i < bytes; ++i) {
        text.insert(text.begin(), static_cast<char>(0x80U | (point & 0x3fU)));
        point >>= 6U;
    }
    const unsigned lead = bytes == 2 ? 0xc0U : bytes == 3 ? 0xe0U : 0xf0U;
    text.insert(text.begin(), static_cast<char>(lead | point));
    return text;
}

int shortest_bytes(std::uint32_t point) {
    if (point < 0x80) {
        return 1;
    }
    return point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

TEST(utf8, accepts_exactly_the_shortest_form_of_every_scalar_value) {
    for (std::uint32_t point = 0; point < 0x200000; ++point) {
        const bool scalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) && point != 0;
        for (int bytes = shortest_bytes(point); bytes <= 4; ++bytes) {
            const bool expected = scalar && bytes == shortest_bytes(point);
            ASSERT_EQ(check_utf8(encode(point, bytes)).has_value(), expected) << std::hex << point << " in " << bytes;
        }
    }
}

TEST(utf8, finds_the_bad_byte_at_every_offset) {
    const std::string good = "0123456789abcdefghijklmnopqrstuvwxyz\u00e9\u20ac\U0001f600 ABCDEFGHIJKLMNOP";
    EXPECT_EQ(valid_utf8_prefix_bytes(good), good.size());
    EXPECT_EQ(valid_utf8_prefix_bytes(""), 0U);
    for (std::size_t at = 0; at < 36; ++at) {
        for (const char bad : {'\0', '\x80', '\xff'}) {
            std::string text = good;
            text[at] = bad;
            EXPECT_EQ(valid_utf8_prefix_bytes(text), at);
        }
    }
    for (std::size_t size = 0; size <= 36; ++size) {
        EXPECT_EQ(valid_utf8_prefix_bytes(std::string_view(good).substr(0, size)), size);
    }
}

// PostgreSQL 15's answers to `select '…'` with these bytes.
TEST(utf8, reports_what_postgresql_reports) {
    const auto message = [](std::string_view text) {
        const auto checked = check_utf8(text);
        return checked ? "valid" : std::string(checked.error().code.view()) + " " + checked.error().message;
    };
    const std::string start = "22021 invalid byte sequence for encoding \"UTF8\": ";
    EXPECT_EQ(message("select '\xff'"), start + "0xff");
    EXPECT_EQ(message("select '\xe2\x82'"), start + "0xe2 0x82 0x27");
    EXPECT_EQ(message("select \xe2"), start + "0xe2");
    EXPECT_EQ(message("select '\xc0\x80'"), start + "0xc0 0x80");
    EXPECT_EQ(message("select '\xed\xa0\x80'"), start + "0xed 0xa0 0x80");
    EXPECT_EQ(message("select '\xf5\x80\x80\x80'"), start + "0xf5 0x80 0x80 0x80");
    EXPECT_EQ(message("select '\xf8\x80\x80\x80'"), start + "0xf8");
    EXPECT_EQ(message("select '\x80\x80'"), start + "0x80");
    EXPECT_EQ(message(std::string_view("a\0", 2)), start + "0x00");
}

}  // namespace
}  // namespace sluice::base
