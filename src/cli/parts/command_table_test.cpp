// Every command of the table has an action, and every action a command.
#include "cli/parts/command_table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "cli/parts/parts_call.hpp"
#include "cli/terminal/json_output.hpp"

namespace sluice::cli {
namespace {

void collect(const command_spec& command, const std::string& words, std::set<std::string>& leaves) {
    for (const auto& each : command.subcommands) {
        collect(each, words + (words.empty() ? "" : " ") + std::string(each.name), leaves);
    }
    if (command.subcommands.empty()) {
        leaves.insert(words);
    }
}

TEST(parts_commands, table_and_actions_are_the_same) {
    const auto& commands = sluice_program().subcommands;
    std::set<std::string> leaves;
    collect(*std::ranges::find(commands, "parts", &command_spec::name), "", leaves);
    std::set<std::string> actions{"init", "completion"};  // they need no project
    for (const auto table :
         {part_actions(), part_view_actions(), review_actions(), bom_actions(), bom_view_actions(), file_actions(),
          manufacturer_actions(), exchange_actions(), people_actions(), workflow_actions(), upkeep_actions()}) {
        for (const auto& each : table) {
            EXPECT_TRUE(actions.emplace(each.words).second) << each.words << " twice";
        }
    }
    EXPECT_EQ(actions, leaves);
}

// Names of options and of the program's own options must not collide: both are looked up by name.
TEST(parts_commands, names_are_unique_in_each_command) {
    for (const auto& path : commands_below({&sluice_program()})) {
        std::set<std::string_view> names{"help"};
        for (const auto* each : options_of(path)) {
            EXPECT_TRUE(names.insert(each->name).second) << words_of(path) << " --" << each->name;
            EXPECT_FALSE(each->doc.empty()) << words_of(path) << " --" << each->name;
        }
        for (const auto& each : path.back()->positionals) {
            EXPECT_TRUE(names.insert(each.name).second) << words_of(path) << " " << each.name;
        }
        EXPECT_FALSE(path.back()->summary.empty()) << words_of(path);
    }
}

TEST(json_output, is_json) {
    EXPECT_EQ(json_text(json_array{}), "[]\n");
    EXPECT_EQ(json_text(json_object{{"a", 1},
                                    {"b", "x\"\n"},
                                    {"c", true},
                                    {"d", std::optional<std::string>()},
                                    {"e", 0.25},
                                    {"f", json_array{json_object{}, json_value(2.0)}}}),
              "{\n  \"a\": 1,\n  \"b\": \"x\\\"\\n\",\n  \"c\": true,\n  \"d\": null,\n  \"e\": 0.25,\n  \"f\": [\n    "
              "{},\n    2\n  ]\n}\n");
    EXPECT_EQ(json_text(1.0 / 0.0), "null\n");
}

}  // namespace
}  // namespace sluice::cli
