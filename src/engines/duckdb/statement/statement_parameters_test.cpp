#include "engines/duckdb/statement/statement_parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::duckdb {
namespace {

using testing::ElementsAre;

std::vector<std::size_t> numbers(const parameter_layout& found) {
    std::vector<std::size_t> list;
    for (const parameter_slot& slot : found.slots) {
        list.push_back(slot.number);
    }
    return list;
}

TEST(find_parameters, leaves_a_text_without_gaps) {
    const auto found = find_parameters("SELECT $2, $1::int, '$9'");
    EXPECT_EQ(found.text, "SELECT $2, $1::int, '$9'");
    EXPECT_THAT(numbers(found), ElementsAre(1, 2));
    EXPECT_TRUE(found.slots[0].has_cast());
    EXPECT_FALSE(found.slots[1].has_cast());
    EXPECT_THAT(find_parameters("SELECT 1").slots, testing::IsEmpty());
}

TEST(find_parameters, closes_gaps) {
    const auto found = find_parameters("SELECT $5 + $3::int, $3");
    EXPECT_EQ(found.text, "SELECT $2 + $1::int, $1");
    EXPECT_THAT(numbers(found), ElementsAre(3, 5));
    EXPECT_FALSE(found.slots[0].has_cast());
    EXPECT_EQ(found.highest, 5U);
}

TEST(find_parameters, gives_each_assigned_use_a_slot) {
    const auto found = find_parameters("UPDATE t SET a = $1, b = $1, c = $2 + $1 WHERE d = $1");
    EXPECT_EQ(found.text, "UPDATE t SET a = $1, b = $2, c = $4 + $3 WHERE d = $3");
    EXPECT_THAT(numbers(found), ElementsAre(1, 1, 1, 2));
    EXPECT_TRUE(found.slots[0].assigned);
    EXPECT_EQ(found.slots[1].column, "b");
    EXPECT_FALSE(found.slots[2].assigned);
    EXPECT_EQ(found.slots[2].uses.size(), 2U);
}

TEST(find_parameters, reads_types_of_casts) {
    const auto cast = [](std::string_view sql) {
        return std::string(find_parameters(sql).slots.at(0).uses.at(0).cast);
    };
    EXPECT_EQ(cast("SELECT $1::pg_catalog.int4 + 1"), "pg_catalog.int4");
    EXPECT_EQ(cast("SELECT cast($1 AS double precision)"), "double precision");
    EXPECT_EQ(cast("SELECT $1::numeric(10, 2)[], 1"), "numeric(10, 2)[]");
    EXPECT_EQ(cast("SELECT $1::timestamp(3) with time zone"), "timestamp(3) with time zone");
    EXPECT_EQ(cast("SELECT cast($1 + 1 AS int)"), "");
}

TEST(find_parameters, finds_the_operand_on_the_other_side) {
    const auto beside = [](std::string_view sql) { return find_parameters(sql).slots.at(0).uses.at(0).neighbour; };
    EXPECT_EQ(beside("SELECT a.b + $1"), "a.b");
    EXPECT_EQ(beside("SELECT x, lower(s || 'x') || $1 FROM t"), "lower(s || 'x')");
    EXPECT_EQ(beside("SELECT $1 * (a + 1)::int8 FROM t"), "(a + 1)::int8");
    EXPECT_EQ(beside("SELECT a::int + $1"), "a::int");
    EXPECT_EQ(beside("SELECT $1 + $7::int"), "$2::int");
    EXPECT_EQ(beside("SELECT a = $1"), "");
    EXPECT_EQ(beside("SELECT -$1"), "");
}

TEST(find_parameters, finds_quantifiers_and_asks_for_columns) {
    const auto found = find_parameters("SELECT $9 WHERE a = ANY ($1) AND b <> all($2)");
    EXPECT_EQ(found.text, "SELECT $3 WHERE a = ANY ($1) AND b <> all($2)");
    const text_range any = found.slots[0].uses[0].quantifier;
    const text_range all = found.slots[1].uses[0].quantifier;
    EXPECT_EQ(found.text.substr(any.begin, any.end - any.begin), "ANY");
    EXPECT_EQ(found.text.substr(all.begin, all.end - all.begin), "all");

    const auto select = find_parameters("INSERT INTO t (a, b, c) SELECT $2, x, $1 FROM u WHERE y = $3");
    ASSERT_EQ(select.questions.size(), 1U);
    EXPECT_EQ(select.questions[0].text, "INSERT INTO t (a, b, c)  VALUES ($1, NULL, $2)");
    EXPECT_THAT(select.questions[0].slots, ElementsAre(1, 0));
}

TEST(place_parameters, writes_casts_and_expressions) {
    const std::vector<std::string> places = {"BIGINT", "", "INTEGER[]", "coalesce($4, x)"};
    EXPECT_EQ(place_parameters("select $1+$2, '$1', -$1::text, $3[1], $5 -- $1\n, $4", places),
              "select CAST($1 AS BIGINT)+$2, '$1', -CAST($1 AS BIGINT)::text, CAST($3 AS INTEGER[])[1], $5 -- $1\n, "
              "coalesce($4, x)");
    EXPECT_EQ(place_parameters("select 1", places), "select 1");
}

TEST(find_parameters, takes_an_array_printed_as_text_for_one_value) {
    const auto found = find_parameters("SELECT $1::int4[]::text || $2, $1::int4[]");
    EXPECT_EQ(found.text, "SELECT $1 || $3, $2::int4[]");
    EXPECT_EQ(found.slots[0].printed, "int4[]");
    EXPECT_EQ(find_parameters("SELECT $1::int::text").slots[0].printed, "");
}

}  // namespace
}  // namespace sluice::duckdb
