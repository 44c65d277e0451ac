// Errors and their order are PostgreSQL 15's answers to each statement.
#include "postgres/sql/copy_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "postgres/sql/statement.hpp"

namespace sluice::postgres {
namespace {

using testing::ElementsAre;

copy_command copy(std::string_view text) {
    const result<statement> found = classify(text);
    if (!found || !std::holds_alternative<copy_command>(found->command)) {
        ADD_FAILURE() << text << ": " << (found ? "no COPY of the session" : found.error().message);
        return {};
    }
    EXPECT_EQ(command_tag(*found, 3), "COPY 3");
    return std::get<copy_command>(found->command);
}

TEST(copy_command, tables) {
    const copy_command plain = copy("COPY t FROM STDIN");
    EXPECT_EQ(plain.direction, copy_direction::from_stdin);
    EXPECT_THAT(plain.table, ElementsAre("t"));
    EXPECT_EQ(plain.format, copy_format::text);
    EXPECT_EQ(plain.delimiter, '\t');
    EXPECT_EQ(plain.null_text, "\\N");
    const copy_command full = copy(R"(copy Db."S 1".t (a, "B c") to stdout)");
    EXPECT_EQ(full.direction, copy_direction::to_stdout);
    EXPECT_THAT(full.table, ElementsAre("Db", "S 1", "t"));
    EXPECT_THAT(full.columns, ElementsAre("a", "B c"));
}

TEST(copy_command, queries) {
    EXPECT_EQ(copy("copy (select ')' as \")\", (1)) to stdout").query, "select ')' as \")\", (1)");
    EXPECT_EQ(copy("copy ( delete from t returning a -- )\n) to stdout").query, " delete from t returning a -- )\n");
}

TEST(copy_command, csv) {
    const copy_command defaults = copy("copy t from stdin (format csv)");
    EXPECT_EQ(defaults.format, copy_format::csv);
    EXPECT_EQ(defaults.delimiter, ',');
    EXPECT_EQ(defaults.null_text, "");
    EXPECT_EQ(defaults.quote, '"');
    EXPECT_EQ(defaults.escape, '"');
    EXPECT_FALSE(defaults.header);
    const copy_command given = copy(
        "copy t from stdin with (format 'csv', header, delimiter ';', null 'x', quote '''', escape E'\\\\', "
        "force_not_null (a, b), force_null (c), freeze, encoding 'UTF-8')");
    EXPECT_TRUE(given.header);
    EXPECT_FALSE(given.header_match);
    EXPECT_EQ(given.delimiter, ';');
    EXPECT_EQ(given.null_text, "x");
    EXPECT_EQ(given.quote, '\'');
    EXPECT_EQ(given.escape, '\\');
    EXPECT_THAT(given.force_not_null, ElementsAre("a", "b"));
    EXPECT_THAT(given.force_null, ElementsAre("c"));
    EXPECT_EQ(copy("copy t from stdin (format csv, quote 'q')").escape, 'q');
    EXPECT_TRUE(copy("copy t from stdin (format csv, header match)").header_match);
    EXPECT_FALSE(copy("copy t from stdin (format csv, header off)").header);
    EXPECT_TRUE(copy("copy t to stdout (format csv, force_quote *)").force_quote_all);
    EXPECT_THAT(copy("copy t to stdout (format csv, force_quote (a))").force_quote, ElementsAre("a"));
}

TEST(copy_command, syntax_before_9_0) {
    EXPECT_EQ(copy("copy binary t from stdin").format, copy_format::binary);
    EXPECT_EQ(copy("copy t to stdout with binary").format, copy_format::binary);
    const copy_command old = copy("copy t from stdin using delimiters '|' with null as 'x'");
    EXPECT_EQ(old.delimiter, '|');
    EXPECT_EQ(old.null_text, "x");
    const copy_command csv = copy("copy t to stdout csv header quote as '''' escape '\\' force quote a, b");
    EXPECT_EQ(csv.format, copy_format::csv);
    EXPECT_TRUE(csv.header);
    EXPECT_EQ(csv.escape, '\\');
    EXPECT_THAT(csv.force_quote, ElementsAre("a", "b"));
    EXPECT_THAT(copy("copy t from stdin csv force not null a").force_not_null, ElementsAre("a"));
}

TEST(copy_command, files_are_left_to_the_engine) {
    for (const std::string_view text :
         {"copy t from 'x.csv' (auto_detect true)", "copy t to 'x.parquet' (format parquet)", "copy (select 1) to 'x'",
          "copy from database a to b"}) {
        const result<statement> found = classify(text);
        ASSERT_TRUE(found) << text;
        EXPECT_EQ(found->kind, statement_kind::utility) << text;
        EXPECT_EQ(found->tag, "COPY") << text;
    }
}

TEST(copy_command, errors) {
    // Behind "copy t "; 7 characters.
    const std::vector<std::pair<std::string_view, std::string_view>> examples = {
        {"to stdout (format xml, header)", "22023 COPY format \"xml\" not recognized @19"},
        {"to stdout (format csv, header maybe)", "42601 header requires a Boolean value or \"match\" @0"},
        {"to stdout (format csv, header match)", "0A000 cannot use \"match\" with HEADER in COPY TO @0"},
        {"from stdin csv csv", "42601 conflicting or redundant options @23"},
        {"from stdin delimiter 'ab'", "0A000 COPY delimiter must be a single one-byte character @0"},
        {"from stdin delimiter E'\\n'", "22023 COPY delimiter cannot be newline or carriage return @0"},
        {"from stdin delimiter 'a'", "22023 COPY delimiter cannot be \"a\" @0"},
        {"from stdin null E'a\\nb'", "22023 COPY null representation cannot use newline or carriage return @0"},
        {"from stdin quote '\"'", "0A000 COPY quote available only in CSV mode @0"},
        {"from stdin escape '\"'", "0A000 COPY escape available only in CSV mode @0"},
        {"from stdin (format binary, delimiter ',')", "42601 cannot specify DELIMITER in BINARY mode @0"},
        {"from stdin (format binary, null '')", "42601 cannot specify NULL in BINARY mode @0"},
        {"from stdin (format binary, header)", "0A000 cannot specify HEADER in BINARY mode @0"},
        {"from stdin (format csv, quote 'ab')", "0A000 COPY quote must be a single one-byte character @0"},
        {"from stdin (format csv, delimiter '\"')", "22023 COPY delimiter and quote must be different @0"},
        {"from stdin (format csv, escape '')", "0A000 COPY escape must be a single one-byte character @0"},
        {"from stdin (force_quote *)", "0A000 COPY force quote available only in CSV mode @0"},
        {"from stdin (format csv, force_quote (a))", "0A000 COPY force quote only available using COPY TO @0"},
        {"to stdout (format csv, force_quote a)",
         "22023 argument to option \"force_quote\" must be a list of column names @31"},
        {"to stdout (format csv, force_null (a))", "0A000 COPY force null only available using COPY FROM @0"},
        {"from stdin (force_not_null (a))", "0A000 COPY force not null available only in CSV mode @0"},
        {"from stdin (format csv, null 'a,b')", "0A000 COPY delimiter must not appear in the NULL specification @0"},
        {"from stdin (format csv, null '\"')",
         "0A000 CSV quote character must not appear in the NULL specification @0"},
        {"from stdin (foo)", "42601 option \"foo\" not recognized @20"},
        {"from stdin (format)", "42601 format requires a parameter @0"},
        {"from stdin ()", "42601 syntax error at or near \")\" @20"},
        {"from stdin (format csv", "42601 syntax error at end of input @30"},
        {"from stdin csv x", "42601 syntax error at or near \"x\" @23"},
        {"to stdout where a = 1", "42601 WHERE clause not allowed with COPY TO @18"},
        {"from stdin where a = 1", "0A000 COPY FROM with a WHERE clause is not supported @19"},
        {"from stdin (on_error ignore)", "0A000 COPY option \"on_error\" is not supported @20"},
        {"from stdin encoding 'latin1'", "0A000 COPY encoding \"latin1\" is not supported; the only one is UTF8 @19"},
        {"from program 'ls'", "0A000 COPY to or from an external program is not supported @0"},
    };
    for (const auto& [rest, expected] : examples) {
        const result<statement> found = classify("copy t " + std::string(rest));
        ASSERT_FALSE(found) << rest;
        const error& cause = found.error();
        EXPECT_EQ(std::string(cause.code.view()) + " " + cause.message + " @" + std::to_string(cause.position),
                  expected)
            << rest;
    }
}

}  // namespace
}  // namespace sluice::postgres
