#include "base/text/utf8_cut.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(utf8_cut, keeps_whole_characters) {
    EXPECT_EQ(whole_characters("abc", 3), "abc");
    EXPECT_EQ(whole_characters("abc", 2), "ab");
    EXPECT_EQ(whole_characters("a\u00e9", 2), "a");
    EXPECT_EQ(whole_characters("a\u00e9", 3), "a\u00e9");
    EXPECT_EQ(whole_characters("\U0001f600x", 4), "\U0001f600");
    EXPECT_EQ(whole_characters("\U0001f600x", 3), "");
    EXPECT_EQ(whole_characters("", 0), "");
    EXPECT_EQ(whole_characters("\x80\x80\x80", 2), "") << "no character begins here";
}

}  // namespace
}  // namespace sluice::base
