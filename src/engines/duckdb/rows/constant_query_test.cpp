#include "engines/duckdb/rows/constant_query.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluice::duckdb {
namespace {

// tests/protocol/test_constants.py compares the answers with PostgreSQL's.
TEST(constant_query, reads_lists_of_constants) {
    for (const char* sql : {"select 1", "SELECT 1;;", "select 'a', null, true, -5 as x", "/* c */ select 1 -- d",
                            "select 1 as \"A\"", "select 9223372036854775807"}) {
        EXPECT_NE(constant_query::read(sql), nullptr) << sql;
    }
}

TEST(constant_query, leaves_all_other_text_to_the_engine) {
    for (const char* sql : {"",
                            "select",
                            "select 1a",
                            "select 1as x",
                            "select 1,",
                            "select , 1",
                            "select 1 x",
                            "select 1 \"x\"",
                            "select 1 as",
                            "select 1 as 'x'",
                            "select 1 as \"\"",
                            "select 1 as u&\"x\"",
                            "select 'a' 'b'",
                            "select e'a'",
                            "select n'a'",
                            "select u&'a'",
                            "select b'1'",
                            "select x'1'",
                            "select $$a$$",
                            "select '\xc3\xa9'",
                            "select 1 as \xc3\xa9",
                            "select 1.5",
                            "select 1e3",
                            "select .5",
                            "select 0x1",
                            "select 1_000",
                            "select 1::int",
                            "select 1 + 1",
                            "select - - 1",
                            "select --1",
                            "select (1)",
                            "select $1",
                            "select all 1",
                            "select distinct 1",
                            "select 1 from t",
                            "select 1 limit 1",
                            "select 1; select 2",
                            "select 'open",
                            "select 1 /* open",
                            "select null::int",
                            "select 9223372036854775808",
                            "select -9223372036854775809",
                            "select true and false",
                            "select not true",
                            "values (1)",
                            "explain select 1",
                            "with a as (select 1) select 1",
                            "select now",
                            "select current_date"}) {
        EXPECT_EQ(constant_query::read(sql), nullptr) << sql;
    }
    EXPECT_EQ(constant_query::read("select 1 as " + std::string(64, 'n')), nullptr)
        << "PostgreSQL cuts it, with a notice";
    std::string many = "select 1";
    for (int i = 0; i < 1664; ++i) {
        many += ",1";
    }
    EXPECT_EQ(constant_query::read(many), nullptr) << "more columns than PostgreSQL has";
}

TEST(constant_query, the_row_is_read_once) {
    constant_rows rows(constant_query::read("select 1"), {});
    base::byte_buffer out;
    const auto none = rows.next(out, {.rows_max = 0});
    EXPECT_EQ(none->rows, 0U);
    EXPECT_FALSE(none->finished);
    const auto one = rows.next(out, {});
    EXPECT_EQ(one->rows, 1U);
    EXPECT_TRUE(one->finished);
    EXPECT_EQ(out.view(), std::string_view("D\0\0\0\x0b\0\1\0\0\0\1"
                                           "1",
                                           12));
    EXPECT_EQ(rows.next(out, {})->rows, 0U);
}

}  // namespace
}  // namespace sluice::duckdb
