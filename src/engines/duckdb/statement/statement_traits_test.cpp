#include "engines/duckdb/statement/statement_traits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::duckdb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(read_traits, finds_calls_and_not_keywords) {
    EXPECT_THAT(read_traits("SELECT Sum(a), x.\"F\"(b) FROM t WHERE a IN (1) AND EXISTS (SELECT 1) /* g( */").functions,
                ElementsAre("sum", "f"));
    EXPECT_THAT(read_traits("SELECT 'f(', CAST(a AS DECIMAL(10, 2)) FROM t").functions, IsEmpty());
    EXPECT_THAT(read_traits("SELECT * FROM read_csv('x')").functions, ElementsAre("read_csv"));
    // Names with lists of columns, not calls.
    EXPECT_THAT(read_traits("SELECT * FROM repeat(1, 2) AS t(a), flip(2) u(b), (SELECT 1) v(c)").functions,
                ElementsAre("repeat", "flip"));
    EXPECT_THAT(read_traits("SELECT DISTINCT ON (a) f(b) FROM t").functions, ElementsAre("f"));
    // A quoted name is never a keyword.
    EXPECT_THAT(read_traits("SELECT \"in\"(1)").functions, ElementsAre("in"));
}

TEST(read_traits, an_insert_target_is_no_call) {
    const auto traits = read_traits("INSERT INTO main.\"T a\" (a, b) VALUES ($1, upper($2)) RETURNING a");
    EXPECT_THAT(traits.insert_into, ElementsAre("main", "T a"));
    EXPECT_THAT(traits.functions, ElementsAre("upper"));
    EXPECT_TRUE(traits.returning);
    EXPECT_FALSE(traits.reads);
    EXPECT_EQ(traits.first_word, "insert");
    EXPECT_TRUE(read_traits("INSERT INTO t SELECT 1").reads);
    EXPECT_TRUE(read_traits("INSERT INTO t FROM u").reads);
    EXPECT_THAT(read_traits("INSERT INTO t(a) VALUES (1)").insert_into, ElementsAre("t"));
}

TEST(read_traits, words_inside_names_and_strings_do_not_count) {
    const auto traits = read_traits("SELECT \"returning\", 'insert' FROM t.delete");
    EXPECT_FALSE(traits.returning);
    EXPECT_FALSE(traits.writes_rows);
    EXPECT_TRUE(read_traits("EXPLAIN ANALYZE INSERT INTO t VALUES (1)").writes_rows);
    EXPECT_TRUE(read_traits("SET search_path = 'x'").changes_names);
    EXPECT_TRUE(read_traits("CREATE TEMP TABLE t (a INTEGER)").temporary);
}

TEST(without_parameters, leaves_everything_else) {
    EXPECT_EQ(without_parameters("SELECT $1, '$2' FROM t -- $3"), "SELECT NULL, '$2' FROM t -- $3");
}

TEST(split_name, understands_quotes) {
    EXPECT_THAT(split_name("a.b.\"c.\"\"d\""), ElementsAre("a", "b", "c.\"d"));
    EXPECT_THAT(split_name("t"), ElementsAre("t"));
    EXPECT_THAT(split_name("a-b"), IsEmpty());
}

}  // namespace
}  // namespace sluice::duckdb
