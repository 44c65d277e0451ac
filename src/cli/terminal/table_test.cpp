#include "cli/terminal/table.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>

namespace sluice::cli {
namespace {

constexpr output_style pipe{};

output_style terminal(std::size_t width) {
    return {.is_terminal = true, .width = width};
}

table sample() {
    table parts({{.header = "NUMBER"}, {.header = "QTY", .alignment = align::right}, {.header = "NAME"}});
    parts.add({"X-100", "4", "Screw, M3, cylinder head"});
    parts.add({"中文-2", "12.5", ""});
    return parts;
}

TEST(table, aligns_by_columns_of_the_terminal) {
    EXPECT_EQ(sample().text(pipe),
              "NUMBER   QTY  NAME\n"
              "X-100      4  Screw, M3, cylinder head\n"
              "中文-2  12.5\n");
    table bare({{}, {}});
    bare.add({"a", "b"});
    bare.add({"long", "c"});
    EXPECT_EQ(bare.text(pipe), "a     b\nlong  c\n");
    EXPECT_EQ(table({{.header = "A"}}).text(pipe), "A\n");
}

TEST(table, shortens_the_widest_text_on_a_narrow_terminal_only) {
    EXPECT_EQ(sample().text(terminal(30)),
              "NUMBER   QTY  NAME\n"
              "X-100      4  Screw, M3, cyli…\n"
              "中文-2  12.5\n");
    EXPECT_EQ(sample().text(terminal(38)), sample().text(pipe));
    auto ascii = terminal(30);
    ascii.is_utf8 = false;
    EXPECT_NE(sample().text(ascii).find("Screw, M3, cyli~"), std::string::npos);
    auto narrow = pipe;
    narrow.width = 30;
    EXPECT_EQ(sample().text(narrow), sample().text(pipe)) << "a pipe";
    EXPECT_NE(sample().text(terminal(3)).find("X-100      4  Screw, …"), std::string::npos) << "not below width_min";
}

TEST(table, shortens_one_column_after_the_other) {
    table wide({{.header = "A"}, {.header = "B"}, {.header = "C", .alignment = align::right}});
    wide.add({"0123456789abcdef", "0123456789ab", "0123456789abcdef"});
    EXPECT_EQ(wide.text(terminal(40)).substr(0, 42), "A           B                          C\n0");
    EXPECT_NE(wide.text(terminal(40)).find("012345678…  012345678…  0123456789abcdef\n"), std::string::npos)
        << wide.text(terminal(40));
}

TEST(table, obeys_no_control_characters) {
    table evil({{.header = "A"}});
    evil.add({"x\x1b[2J\ny"});
    EXPECT_EQ(evil.text(pipe), "A\nx\\x1b[2J\\ny\n");
}

TEST(table, paints_only_where_colours_are_wanted) {
    table status({{.header = "S"}, {.header = "T"}});
    status.add({{"ok", meaning::good}, {"", meaning::bad}});
    auto colourful = terminal(80);
    colourful.has_color = true;
    EXPECT_EQ(status.text(colourful), "\x1b[1mS\x1b[0m   \x1b[1mT\x1b[0m\n\x1b[32mok\x1b[0m\n");
    EXPECT_EQ(status.text(terminal(80)), "S   T\nok\n");
}

TEST(output_style, follows_the_environment) {
    using variables = std::map<std::string, const char*>;
    const auto style = [](bool is_terminal, variables set) {
        return style_of(is_terminal, 100, [set = std::move(set)](const char* name) {
            const auto found = set.find(name);
            return found == set.end() ? nullptr : found->second;
        });
    };
    const auto plain = style(true, {{"TERM", "xterm"}, {"LANG", "de_DE.UTF-8"}});
    EXPECT_TRUE(plain.is_terminal && plain.has_color && plain.is_utf8);
    EXPECT_EQ(plain.width, 100U);
    EXPECT_FALSE(style(true, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).has_color);
    EXPECT_TRUE(style(true, {{"TERM", "xterm"}, {"NO_COLOR", ""}}).has_color);
    EXPECT_FALSE(style(true, {{"TERM", "dumb"}}).has_color);
    EXPECT_FALSE(style(false, {{"TERM", "xterm"}}).has_color);
    EXPECT_EQ(style(false, {{"COLUMNS", "20"}}).width, 0U);
    EXPECT_EQ(style(true, {{"COLUMNS", "20"}}).width, 20U);
    EXPECT_FALSE(style(true, {{"LC_ALL", "C"}, {"LANG", "C.UTF-8"}}).is_utf8);
    EXPECT_TRUE(style(true, {{"LC_ALL", ""}, {"LANG", "C.utf8"}}).is_utf8);
    EXPECT_FALSE(style(true, {}).is_utf8);
}

}  // namespace
}  // namespace sluice::cli
