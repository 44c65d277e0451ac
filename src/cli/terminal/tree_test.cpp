#include "cli/terminal/tree.hpp"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

std::string draw(const output_style& style) {
    return tree_text({{.header = "PART"}, {.header = "QTY", .alignment = align::right}, {.header = "NAME"}},
                     {{.depth = 0, .cells = {"X-1", "", "Robot"}},
                      {.depth = 1, .cells = {"A", "2", "Arm"}},
                      {.depth = 2, .cells = {"B", "1", "Bone"}},
                      {.depth = 3, .cells = {"M", "8", "Marrow"}},
                      {.depth = 2, .cells = {"C", "10", "Claw"}},
                      {.depth = 1, .cells = {"D", "1", "Drive"}},
                      {.depth = 2, .cells = {"E", "3", "Engine"}},
                      {.depth = 0, .cells = {"Y-2", "", ""}}},
                     style);
}

TEST(tree, draws_branches_and_aligns_what_is_right_of_them) {
    EXPECT_EQ(draw({}),
              "PART        QTY  NAME\n"
              "X-1              Robot\n"
              "├─ A          2  Arm\n"
              "│  ├─ B       1  Bone\n"
              "│  │  └─ M    8  Marrow\n"
              "│  └─ C      10  Claw\n"
              "└─ D          1  Drive\n"
              "   └─ E       3  Engine\n"
              "Y-2\n");
}

TEST(tree, draws_in_ascii_where_nothing_else_shows) {
    const auto drawn = draw({.is_utf8 = false});
    EXPECT_NE(drawn.find("|  |  `- M    8  Marrow\n"), std::string::npos) << drawn;
    EXPECT_NE(drawn.find("|- A          2  Arm\n"), std::string::npos) << drawn;
}

TEST(tree, the_first_column_is_never_cut) {
    EXPECT_EQ(tree_text({{.header = "PART"}, {.header = "NAME", .width_min = 4}},
                        {{.depth = 0, .cells = {"A-LONG-NUMBER", "Robot arm"}},
                         {.depth = 1, .cells = {"B-LONG-NUMBER", "Bone"}}},
                        {.is_terminal = true, .width = 22}),
              "PART              NAME\n"
              "A-LONG-NUMBER     Rob…\n"
              "└─ B-LONG-NUMBER  Bone\n");
}

TEST(tree, nothing_gives_the_header_alone) {
    EXPECT_EQ(tree_text({{.header = "PART"}}, {}, {}), "PART\n");
}

}  // namespace
}  // namespace sluice::cli
