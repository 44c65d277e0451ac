#include "cli/command/command_tree.hpp"

#include <gtest/gtest.h>

#include "cli/command/command_tree_sample_test.hpp"

namespace sluice::cli {
namespace {

parsed_command parsed(const arguments& given) {
    auto out = parse_command(sample_program(), given);
    EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message);
    return out ? *out : parsed_command{};
}

std::string refused(const arguments& given) {
    const auto out = parse_command(sample_program(), given);
    EXPECT_FALSE(out.has_value());
    return out ? "" : out.error().message + " | " + out.error().hint;
}

TEST(command_tree, parses_values_by_name) {
    const auto given = parsed({"parts", "add", "X-1", "a.step", "--name", "A screw", "--tag=m3", "b.step", "--tag",
                               "[x,y]", "--force", "--unit", "metre", "--database", "p.db"});
    EXPECT_EQ(words_of(given.path), "prog parts add");
    EXPECT_EQ(given.text("NUMBER"), "X-1");
    EXPECT_EQ(given.all("DRAWING"), (std::vector<std::string>{"a.step", "b.step"}));
    EXPECT_EQ(given.text("name"), "A screw");
    EXPECT_EQ(given.all("tag"), (std::vector<std::string>{"m3", "[x,y]"}));
    EXPECT_EQ(given.text("unit"), "metre");
    EXPECT_EQ(given.text("database"), "p.db");
    EXPECT_TRUE(given.has("force"));
    EXPECT_FALSE(given.has("category"));
    EXPECT_EQ(given.text("category", "none"), "none");
    EXPECT_TRUE(given.all("category").empty());
}

TEST(command_tree, takes_options_anywhere_and_odd_values) {
    EXPECT_EQ(parsed({"parts", "--database", "p.db", "list"}).text("database"), "p.db");
    EXPECT_EQ(parsed({"parts", "bom", "show", "list"}).text("NUMBER"), "list") << "a part named as a command";
    EXPECT_EQ(parsed({"parts", "bom", "show", "bom", "tree"}).text("SHAPE"), "tree");
    EXPECT_EQ(parsed({"parts", "add", "--name", "x", "--", "-5"}).text("NUMBER"), "-5");
    EXPECT_EQ(parsed({"parts", "add", "X", "--name", ""}).text("name", "?"), "");
    EXPECT_EQ(parsed({"parts", "add", "a b", "--name", "{\"x\": 'y'}"}).text("name"), "{\"x\": 'y'}");
}

TEST(command_tree, takes_letters_and_a_number_for_a_command) {
    EXPECT_EQ(parsed({"parts", "bom", "export", "X", "-t", "out"}).text("to"), "out");
    const auto given = parsed({"parts", "bom", "X-1", "flat"});
    EXPECT_EQ(words_of(given.path), "prog parts bom show");
    EXPECT_EQ(given.text("NUMBER"), "X-1");
    EXPECT_EQ(given.text("SHAPE"), "flat");
    EXPECT_EQ(refused({"parts", "bom", "shwo"}), "prog parts bom has no command \"shwo\" | did you mean show?");
    EXPECT_EQ(shown({.name = "to", .value_name = "FOLDER", .doc = {}, .letter = "t"}), "-t, --to FOLDER");
}

TEST(command_tree, takes_any_word_for_a_command) {
    const auto given = parsed({"tag", "music", "--db", "t.db"});
    EXPECT_EQ(words_of(given.path), "prog tag run");
    EXPECT_EQ(given.text("DIR"), "music");
    EXPECT_EQ(given.text("db"), "t.db");
    EXPECT_EQ(words_of(parsed({"tag", "--db", "t.db", "status"}).path), "prog tag status");
    EXPECT_EQ(parsed({"tag", "--api", "two", "music"}).text("api"), "two");
    EXPECT_EQ(parsed({"tag", "--api=two", "--dry", "music"}).text("DIR"), "music");
    EXPECT_EQ(refused({"tag", "--db=t.db", "--api", "one", "status"}),
              "prog tag status has no option --api | `prog tag status --help` says more");
    EXPECT_EQ(parsed({"tag", "run", "status"}).text("DIR"), "status");
    EXPECT_EQ(refused({"tag", "--dry"}), "DIR is missing | usage: prog tag run DIR [OPTION...]");
    EXPECT_EQ(refused({"tag", "--nothing"}), "prog tag has no option --nothing | `prog tag --help` says more");
    EXPECT_EQ(usage_of(parsed({"tag", "--help"}).path), "prog tag COMMAND|DIR [OPTION...]");
}

TEST(command_tree, help_is_everywhere) {
    EXPECT_EQ(words_of(parsed({"parts", "add", "--help"}).path), "prog parts add");
    EXPECT_EQ(words_of(parsed({"parts", "-h"}).path), "prog parts");
    EXPECT_TRUE(parsed({"parts", "bom", "--help"}).wants_help);
}

TEST(command_tree, says_what_is_wrong_and_what_was_meant) {
    EXPECT_EQ(refused({"parts", "lsit"}), "prog parts has no command \"lsit\" | did you mean list?");
    EXPECT_EQ(refused({"parts", "zzz"}), "prog parts has no command \"zzz\" | `prog parts --help` says more");
    EXPECT_EQ(refused({"parts", "completes"}),
              "prog parts has no command \"completes\" | `prog parts --help` says more");
    EXPECT_EQ(refused({"parts"}), "prog parts needs a command | `prog parts --help` says more");
    EXPECT_EQ(refused({"parts", "add", "X", "--nmae=y"}), "prog parts add has no option --nmae | did you mean --name?");
    EXPECT_EQ(refused({"parts", "add", "X", "--forces"}),
              "prog parts add has no option --forces | did you mean --force?");
    EXPECT_EQ(refused({"parts", "list", "--wrong"}),
              "prog parts list has no option --wrong | `prog parts list --help` says more");
    EXPECT_EQ(refused({"parts", "list", "X"}), "\"X\" is too much | usage: prog parts list [OPTION...]");
    EXPECT_EQ(refused({"parts", "add", "--name", "x"}),
              "NUMBER is missing | usage: prog parts add NUMBER [DRAWING...] --name TEXT [OPTION...]");
    EXPECT_EQ(refused({"parts", "add", "X"}),
              "--name is missing | usage: prog parts add NUMBER [DRAWING...] --name TEXT [OPTION...]");
    EXPECT_EQ(refused({"parts", "add", "X", "--name", "a", "--name", "b"}), "--name is given twice | ");
    EXPECT_EQ(refused({"parts", "add", "X", "--name", "a", "--unit", "meter"}),
              "--unit cannot be \"meter\" | did you mean metre?");
    EXPECT_EQ(refused({"parts", "bom", "show", "X", "round"}), "SHAPE cannot be \"round\" | it is one of tree, flat");
    EXPECT_NE(refused({"parts", "add", "X", "--name"}).find("--name"), std::string::npos);
    EXPECT_EQ(refused({"parts", "add", "X", "--name", "a", "--force=maybe"}), "--force takes no value | ");
}

TEST(command_tree, help_is_written_from_the_table) {
    EXPECT_EQ(help_text(parsed({"parts", "add", "--help"}).path),
              "Adds a part.\n"
              "\n"
              "Usage: prog parts add NUMBER [DRAWING...] --name TEXT [OPTION...]\n"
              "\n"
              "  NUMBER\n        A number.\n"
              "  DRAWING\n        Drawings.\n"
              "  --name TEXT\n        Name of the part. Required.\n"
              "  --category NAME\n        A category.\n"
              "  --tag TEXT\n        A word to find it by. May be given again.\n"
              "  --unit each|metre\n        Unit of quantities.\n"
              "  --force\n        Even if it's there.\n"
              "  --database FILE\n        Database file.\n"
              "  --help\n        Prints this help.\n"
              "\n"
              "Examples:\n"
              "  prog parts add X-100 --name 'A screw'\n        Adds a screw.\n");
    EXPECT_EQ(help_text(parsed({"parts", "bom", "--help"}).path),
              "Bills of materials.\n"
              "\n"
              "Usage: prog parts bom COMMAND [OPTION...]\n"
              "\n"
              "  show      Shows it\n"
              "  export    Writes it\n"
              "\n"
              "  --database FILE\n        Database file.\n"
              "  --help\n        Prints this help.\n"
              "\n"
              "`prog parts bom COMMAND --help` says more.\n");
    EXPECT_EQ(help_text(parsed({"parts", "--help"}).path).find("complete"), std::string::npos) << "hidden";
}

TEST(command_tree, takes_switches_and_the_last_of_repeated_values) {
    const auto given = parsed({"serve", "--http", "a", "--read-only", "--http=b", "x.db", "--read-only=off",
                               "--profile-user", "a=slow", "--profile-user=b=fast"});
    EXPECT_EQ(given.text("http"), "b");
    EXPECT_EQ(given.text("read-only"), "off");
    EXPECT_EQ(given.text("FILE"), "x.db");
    EXPECT_EQ(given.all("profile-user"), (std::vector<std::string>{"a=slow", "b=fast"}));
    EXPECT_EQ(parsed({"serve", "--read-only"}).text("read-only"), "true");
    EXPECT_EQ(refused({"serve", "--users", "a", "--users", "b"}), "--users is given twice | ");
}

TEST(command_tree, has_brief_and_full_help) {
    for (const arguments& words : {arguments{"serve", "--help", "all"}, {"serve", "x", "--help=all", "--read-only"}}) {
        EXPECT_TRUE(parsed(words).wants_full_help);
    }
    const auto brief = parsed({"serve", "--help"});
    EXPECT_TRUE(brief.wants_help && !brief.wants_full_help);
    EXPECT_EQ(help_text(brief.path),
              "Serves files.\n"
              "\n"
              "Usage: prog serve [FILE] [OPTION...]\n"
              "\n"
              "  FILE\n        A file.\n"
              "  --users FILE\n        Users.\n"
              "  --http ADDRESS\n        An address.\n        default: 1\n"
              "  --help [all]\n        Prints this help; all: every option.\n"
              "\n"
              "More, with `prog serve --help all` and `man prog-serve`: Access (2), Load (1).\n");
    EXPECT_EQ(help_text(brief.path, help_length::full),
              "Serves files.\n"
              "\n"
              "Usage: prog serve [FILE] [OPTION...]\n"
              "\n"
              "  FILE\n        A file.\n"
              "  --users FILE\n        Users.\n"
              "  --remove NAME\n        Removes a user.\n"
              "  --help [all]\n        Prints this help; all: every option.\n"
              "\n"
              "Access:\n"
              "  --read-only[=on|off]\n        Changes nothing.\n        default: off\n"
              "  --http ADDRESS\n        An address.\n        default: 1\n"
              "\n"
              "Load:\n"
              "  --profile-user USER=PROFILE\n        A user's profile. May be given again.\n");
}

}  // namespace
}  // namespace sluice::cli
