#include "base/text/utf8.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

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
    const std::string front = "\u00e4\u00f6\u00fc\u00df\u00e9\u00e8\u00ea\u00eb";  // so long that simdjson checks it
    for (std::uint32_t point = 0; point < 0x200000; ++point) {
        const bool scalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) && point != 0;
        for (int bytes = shortest_bytes(point); bytes <= 4; ++bytes) {
            const bool expected = scalar && bytes == shortest_bytes(point);
            const std::string text = encode(point, bytes);
            ASSERT_EQ(check_utf8(text).has_value(), expected) << std::hex << point << " in " << bytes;
            ASSERT_EQ(check_utf8(front + text).has_value(), expected) << std::hex << point << " in " << bytes;
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
    for (std::size_t at = 0; at < 300; ++at) {
        std::string text(300, 'a');
        EXPECT_EQ(valid_utf8_prefix_bytes(text), text.size());
        text[at] = '\0';
        EXPECT_EQ(valid_utf8_prefix_bytes(text), at);
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

const std::vector<std::string> no_characters = {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80",
                                                "\xe4\xb8", "\x80",         "\xf5\x80\x80\x80", "\xff"};

TEST(utf8, decodes_as_unicode_says) {
    EXPECT_EQ(first_character("\xe4\xb8\xadz").code, U'中');
    EXPECT_EQ(first_character("\xf4\x8f\xbf\xbf").code, char32_t{0x10ffff});
    EXPECT_EQ(first_character(std::string_view("\0", 1)).bytes.size(), 1U);
    EXPECT_FALSE(first_character("\ufffd").is_broken());
    for (const auto& broken : no_characters) {
        EXPECT_TRUE(first_character(broken).is_broken());
        EXPECT_EQ(first_character(broken).code, replacement_character);
    }
}

TEST(utf8, encodes_what_it_decodes) {
    for (const char32_t code :
         {U'\0', U'\x7f', U'\u0080', U'\u07ff', U'\u0800', U'\uffff', U'\U00010000', U'\U0010ffff'}) {
        std::string text;
        append_character(text, code);
        EXPECT_EQ(first_character(text).code, code);
        EXPECT_EQ(first_character(text).bytes, text);
    }
}

TEST(utf8, keeps_whole_characters) {
    EXPECT_EQ(whole_characters("abc", 3), "abc");
    EXPECT_EQ(whole_characters("abc", 2), "ab");
    EXPECT_EQ(whole_characters("a\u00e9", 2), "a");
    EXPECT_EQ(whole_characters("a\u00e9", 3), "a\u00e9");
    EXPECT_EQ(whole_characters("\U0001f600x", 4), "\U0001f600");
    EXPECT_EQ(whole_characters("\U0001f600x", 3), "");
    EXPECT_EQ(whole_characters("", 0), "");
    EXPECT_EQ(whole_characters("\x80\x80\x80", 2), "") << "no character begins here";
}

TEST(utf8, checks_byte_by_byte) {
    const auto is_taken = [](const std::string& text) {
        utf8_watch watch;
        return std::ranges::all_of(text, [&](char byte) { return watch.take(byte); }) && watch.bytes_open() == 0;
    };
    EXPECT_TRUE(is_taken(std::string("a\0\u00e9\u20ac\U0001f600", 11)));
    for (const auto& broken : no_characters) {
        EXPECT_FALSE(is_taken(broken));
        EXPECT_FALSE(is_taken(broken + "\n"));
    }
}

}  // namespace
}  // namespace sluice::base
