// The candidates, as tables; tests/serve/test_completion.py runs the scripts in the real shells.
#include "cli/command/completion.hpp"

#include <gtest/gtest.h>
#include <string>

#include "cli/command/command_tree_sample_test.hpp"

namespace sluice::cli {
namespace {

struct question {
    arguments words;
    std::string answer;  // the candidates, and in brackets the kind and prefix of others
};

std::string_view name_of(value_kind kind) {
    switch (kind) {
        case value_kind::file:
            return "file";
        case value_kind::folder:
            return "folder";
        case value_kind::login:
            return "login";
        default:
            return to_text(kind);
    }
}

std::string answer_to(const arguments& words) {
    const auto found = candidates_for(sample_program(), words);
    std::string answer;
    for (const auto& each : found.words) {
        answer.append(answer.empty() ? "" : " ").append(each.word);
    }
    if (found.others != value_kind::text) {
        answer.append(answer.empty() ? "[" : " [").append(name_of(found.others));
        answer.append(" ").append(found.prefix).append("]");
    }
    return answer;
}

void expect(const std::vector<question>& table) {
    for (const auto& [words, answer] : table) {
        std::string line;
        for (const auto& each : words) {
            line.append(" '").append(each).append("'");
        }
        EXPECT_EQ(answer_to(words), answer) << line;
    }
}

TEST(completion, names_of_commands) {
    expect({{{}, "parts tag serve"},
            {{""}, "parts tag serve"},
            {{"p"}, "parts"},
            {{"parts"}, "parts"},
            {{"parts", ""}, "add list bom"},
            {{"parts", "b"}, "bom"},
            {{"parts", "bom", ""}, "show export"},
            {{"parts", "--database", "p.db", "bom", "s"}, "show"},
            {{"parts", "--database=p.db", "bom", "s"}, "show"},
            {{"parts", "comp"}, ""}});
}

TEST(completion, words_that_lead_nowhere) {
    expect({{{"prats", ""}, ""},
            {{"prats", "--"}, ""},
            {{"x"}, ""},
            {{"parts", "lsit", ""}, ""},
            {{"parts", "lsit", "--"}, ""},
            {{"parts", "list", ""}, ""},
            {{"parts", "list", "x", "y", ""}, ""},
            {{"parts", "add", "--nothing", "--t"}, "--tag"},
            {{"parts", "add", "--nothing="}, ""},
            {{"parts", "bom", "show", "X", "tree", ""}, ""},
            {{"--nothing", "parts", "b"}, "bom"},
            {{"parts", "complete", ""}, ""}});
}

TEST(completion, options) {
    expect({{{"-"}, "--help"},
            {{"parts", "list", "-"}, "--database --help"},
            {{"parts", "list", "--"}, "--database --help"},
            {{"parts", "add", "--ta"}, "--tag"},
            {{"parts", "add", "X", "--f"}, "--force"},
            {{"parts", "add", "--force"}, "--force"},
            {{"parts", "add", "--"}, "--name --category --tag --unit --force --database --help"},
            {{"parts", "add", "--force", "--name", "x", "--unit=each", "--"}, "--category --tag --database --help"},
            {{"parts", "add", "--tag", "a", "--tag", "b", "--t"}, "--tag"},
            {{"parts", "bom", "export", "-t", "out", "--"}, "--database --help"}});
}

TEST(completion, values_of_options) {
    expect({{{"parts", "add", "--unit", ""}, "each metre"},
            {{"parts", "add", "--unit", "m"}, "metre"},
            {{"parts", "add", "--unit="}, "each metre"},
            {{"parts", "add", "--unit=m"}, "metre"},
            {{"parts", "add", "--unit=x"}, ""},
            {{"parts", "add", "X", "--force", "--unit", "e"}, "each"},
            {{"parts", "add", "--name", ""}, ""},
            {{"parts", "add", "--name", "--unit", "--f"}, "--force"},
            {{"parts", "add", "--name", "A screw", "--unit", "e"}, "each"},
            {{"parts", "add", "--force="}, ""},
            {{"parts", "add", "--category", "c"}, "[category c]"},
            {{"parts", "add", "--category=c"}, "[category c]"},
            {{"parts", "--database", "my f"}, "[file my f]"},
            {{"parts", "--database=my f"}, "[file my f]"},
            {{"parts", "bom", "export", "--to", ""}, "[folder ]"},
            {{"parts", "bom", "export", "-t", ""}, "[folder ]"}});
}

TEST(completion, values_of_commands) {
    expect({{{"parts", "bom", "show", ""}, "[number ]"},
            {{"parts", "bom", "show", "X"}, "[number X]"},
            {{"parts", "bom", "show", "X", ""}, "tree flat"},
            {{"parts", "bom", "export", "X", "Y", "Z"}, "[number Z]"},
            {{"parts", "add", "X", "dr"}, "[file dr]"},
            {{"parts", "add", "X", "a.step", "b"}, "[file b]"}});
}

TEST(completion, words_after_two_dashes_are_values) {
    expect({{{"parts", "bom", "show", "--", ""}, "[number ]"},
            {{"parts", "bom", "show", "--", "-X"}, "[number -X]"},
            {{"parts", "bom", "show", "--", "--unit", "t"}, "tree"},
            {{"parts", "bom", "show", "X", "--", "--"}, ""},
            {{"parts", "--", ""}, ""},
            {{"parts", "--", "bom", ""}, ""},
            {{"tag", "--", ""}, "[folder ]"},
            {{"tag", "--", "status", ""}, ""}});
}

TEST(completion, default_commands) {
    expect({{{"tag", ""}, "run status [folder ]"},
            {{"tag", "s"}, "status [folder s]"},
            {{"tag", "--"}, "--api --dry --db --help"},
            {{"tag", "--api", ""}, "one two"},
            {{"tag", "--api=t"}, "two"},
            {{"tag", "--api", "one", "m"}, "[folder m]"},
            {{"tag", "music", "--a"}, "--api"},
            {{"tag", "music", "--api", ""}, "one two"},
            {{"tag", "music", ""}, ""},
            {{"tag", "status", "--"}, "--db --help"},
            {{"parts", "bom", "X-1", ""}, "tree flat"},
            {{"parts", "bom", "X-1"}, "[number X-1]"},
            {{"parts", "bom", "X"}, ""}});
}

TEST(completion, switches_pairs_and_full_help) {
    expect({{{"serve", "--read-only="}, "on off"},
            {{"serve", "--read-only=of"}, "off"},
            {{"serve", "--read-only", ""}, "[file ]"},
            {{"serve", "--http", "o"}, "off"},
            {{"serve", "--profile-user", "anna"}, ""},
            {{"serve", "--profile-user", "anna="}, "anna=slow anna=fast"},
            {{"serve", "--profile-user=anna=f"}, "anna=fast"},
            {{"serve", "--profile-user", "anna=slow", "--profile-user", "bob=s"}, "bob=slow"},
            {{"serve", "--help", "a"}, "all [file a]"},
            {{"serve", "--users", "u", "--remove", "a"}, "[login a]"},
            {{"parts", "list", "--help", "a"}, ""}});
}

TEST(completion, tells_descriptions_and_options) {
    EXPECT_EQ(candidates_for(sample_program(), {"parts", "l"}).words,
              (std::vector<candidate>{{.word = "list", .doc = "Lists parts"}}));
    EXPECT_EQ(candidates_for(sample_program(), {"parts", "add", "--fo"}).words,
              (std::vector<candidate>{{.word = "--force", .doc = "Even if it's there."}}));
    EXPECT_EQ(candidates_for(sample_program(), {"parts", "add", "--unit=e"}).words,
              (std::vector<candidate>{{.word = "each", .doc = {}}}));
    const auto options =
        candidates_for(sample_program(), {"parts", "--database", "a b", "bom", "export", "-t=x", ""}).options;
    EXPECT_EQ(options, (std::map<std::string, std::string, std::less<>>{{"database", "a b"}, {"to", "x"}}));
}

}  // namespace
}  // namespace sluice::cli
