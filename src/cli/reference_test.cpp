// Pages and numbers that exist twice must agree. The test runs anywhere inside the checkout.
#include "cli/reference.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sstream>
#include <string>

#include "base/core/version.hpp"
#include "cli/command/command.hpp"
#include "cli/program.hpp"
#include "engines/duckdb/database/setting_owners.hpp"
#include "settings/server_settings.hpp"

namespace sluice::cli {
namespace {

std::string read_from_checkout(const std::string& name) {
    auto folder = std::filesystem::current_path();
    while (!std::filesystem::exists(folder / "src/cli/reference_test.cpp") && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    std::ifstream file(folder / name);
    EXPECT_TRUE(file.is_open()) << "no " << name << " above the working directory";
    return {std::istreambuf_iterator<char>(file), {}};
}

// The first line that differs, and the command that mends it; empty if they are equal.
std::string difference(const std::string& committed, const std::string& made, const std::string& topic,
                       const std::string& page) {
    std::istringstream left(committed);
    std::istringstream right(made);
    for (int number = 1; left && right; ++number) {
        std::string is;
        std::string should;
        std::getline(left, is);
        std::getline(right, should);
        if (is != should) {
            std::ostringstream text;
            text << "line " << number << " is \"" << is << "\" and should be \"" << should
                 << "\"; run: build/release/sluice docs " << topic << " > docs/reference/" << page;
            return text.str();
        }
    }
    return committed == made ? "" : "the last line break differs";
}

TEST(reference, config_page_is_what_the_table_says) {
    EXPECT_EQ(difference(read_from_checkout("docs/reference/config.md"), config_page(), "config", "config.md"), "");
}

TEST(reference, settings_page_is_what_the_lists_say) {
    EXPECT_EQ(difference(read_from_checkout("docs/reference/settings.md"), settings_page(), "settings", "settings.md"),
              "");
}

// The hint of a refusal names a flag that exists.
TEST(reference, flags_of_the_engines_settings_are_the_servers) {
    for (const duckdb::engine_setting& each : duckdb::engine_settings()) {
        const auto is_flag = [&](const base::property& known) { return base::flag_of(known) == each.flag; };
        EXPECT_TRUE(each.flag.empty() || std::ranges::any_of(settings::table(), is_flag)) << each.name;
    }
}

TEST(reference, metrics_page_is_what_the_modules_count) {
    EXPECT_EQ(
        difference(read_from_checkout("docs/reference/metrics.md"), metrics_page().value(), "metrics", "metrics.md"),
        "");
}

TEST(reference, man_pages_are_what_the_commands_are) {
    for (const std::string command : {"serve", "parts", "tag"}) {
        const auto page = "sluice-" + command + ".1";
        EXPECT_EQ(
            difference(read_from_checkout("docs/reference/" + page), man_page_of(command), "man " + command, page), "");
    }
}

TEST(reference, version_is_the_projects) {
    const auto project = "project(sluice VERSION " + std::string(version()) + " ";
    EXPECT_NE(read_from_checkout("CMakeLists.txt").find(project), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
