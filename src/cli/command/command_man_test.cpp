// The man page through groff, if that is installed.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "cli/command/command_tree.hpp"
#include "cli/command/command_tree_sample_test.hpp"

namespace sluice::cli {
namespace {

// Both streams.
std::string output_of(const std::string& command) {
    std::string output;
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    char piece[4096];
    for (std::size_t got = 0; (got = std::fread(piece, 1, sizeof piece, pipe)) != 0;) {
        output.append(piece, got);
    }
    ::pclose(pipe);
    return output;
}

TEST(man_page, passes_groff) {
    if (output_of("command -v groff").empty()) {
        GTEST_SKIP() << "groff is not installed";
    }
    char file[] = "/tmp/sluice-man-XXXXXX";
    ::close(::mkstemp(file));
    std::ofstream(file) << man_page(sample_program(), {.command = "parts", .date = "2026-01-31", .version = "1.2"});
    EXPECT_EQ(output_of(std::string("groff -man -ww -z ") + file), "") << "warnings";
    const auto page = output_of(std::string("groff -man -Tascii -P-cbou -rLL=100n ") + file);
    ::unlink(file);
    for (const auto* text :
         {"PROG-PARTS(1)", "prog-parts - Keeps parts", ".Dots, 'quotes' and \\backslashes are text.",
          "parts add NUMBER [DRAWING...] --name TEXT [OPTION...]", "--tag TEXT", "May be given again.",
          "prog parts add X-100 --name 'A screw'", "A second paragraph.", "EXIT STATUS"}) {
        EXPECT_NE(page.find(text), std::string::npos) << text << "\n" << page;
    }
    EXPECT_EQ(page.find("complete"), std::string::npos) << "hidden";
}

TEST(man_page, has_groups_and_limits) {
    const auto page = man_page(sample_program(), {.command = "serve", .date = "2026-01-31", .version = "1.2"});
    EXPECT_NE(page.find(".SS Access\n.TP\n\\fB\\-\\-read\\-only[=on|off]\\fR\nChanges nothing. default: off\n"),
              std::string::npos)
        << page;
}

}  // namespace
}  // namespace sluice::cli
