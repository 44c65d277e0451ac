#include "base/text/display_width.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluice::base {
namespace {

// U+0065 U+0301: e with a combining accent.
const std::string combined = "e\xcc\x81";

TEST(display_width, counts_columns) {
    EXPECT_EQ(display_width(""), 0U);
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("é—│"), 3U);
    EXPECT_EQ(display_width("中文"), 4U);
    EXPECT_EQ(display_width("😀"), 2U);
    EXPECT_EQ(display_width("\u1112\u1161\u11ab"), 2U) << "한 in its parts, as macOS writes names";
    EXPECT_EQ(display_width("\u0378"), 1U) << "a terminal draws a box for a character that it does not know";
    EXPECT_EQ(display_width(combined), 1U);
    EXPECT_EQ(display_width("\xff\xfe"), 2U);
    EXPECT_EQ(display_width("\n\x7f"), 0U);
}

TEST(display_width, shortens_to_columns) {
    EXPECT_EQ(shorten("abcdef", 6), "abcdef");
    EXPECT_EQ(shorten("abcdef", 5), "abcd…");
    EXPECT_EQ(shorten("abcdef", 5, false), "abcd~");
    EXPECT_EQ(shorten("abcdef", 1), "…");
    EXPECT_EQ(shorten("abcdef", 0), "");
    EXPECT_EQ(shorten("中文字", 5), "中文…");
    EXPECT_EQ(shorten("中文字", 4), "中…");
    EXPECT_EQ(shorten(combined + combined + combined, 2), combined + "…");
}

TEST(display_width, shows_what_a_terminal_would_obey) {
    EXPECT_EQ(visible("plain é 中"), "plain é 中");
    EXPECT_EQ(visible("a\nb\tc\r"), "a\\nb\\tc\\r");
    EXPECT_EQ(visible("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
    EXPECT_EQ(visible("\xc2\x9b"
                      "31m"),
              "\\u009b31m");
    EXPECT_EQ(visible("\xe2\x80\xae"), "\\u202e");
    EXPECT_EQ(visible("x\xff"), "x\\xff");
}

}  // namespace
}  // namespace sluice::base
