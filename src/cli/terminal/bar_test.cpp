#include "cli/terminal/bar.hpp"

#include <gtest/gtest.h>

#include "base/text/display_width.hpp"

namespace sluice::cli {
namespace {

TEST(bar, has_eighths_of_a_column) {
    const output_style style{.is_utf8 = true};
    EXPECT_EQ(bar_text(0, 4, style), "    ");
    EXPECT_EQ(bar_text(1, 4, style), "████");
    EXPECT_EQ(bar_text(0.5, 4, style), "██  ");
    EXPECT_EQ(bar_text(0.375, 1, style), "▍");
    EXPECT_EQ(bar_text(0.0001, 4, style), "▏   ") << "more than nothing";
    EXPECT_EQ(bar_text(2, 2, style), "██");
    EXPECT_EQ(bar_text(-1, 2, style), "  ");
    EXPECT_EQ(bar_text(0.5, 0, style), "");
    for (int i = 0; i <= 100; ++i) {
        EXPECT_EQ(base::display_width(bar_text(i / 100.0, 13, style)), 13U) << i;
    }
}

TEST(bar, is_ascii_where_nothing_else_shows) {
    EXPECT_EQ(bar_text(0.5, 4, {.is_utf8 = false}), "##  ");
    EXPECT_EQ(bar_text(0.01, 4, {.is_utf8 = false}), "#   ");
}

}  // namespace
}  // namespace sluice::cli
