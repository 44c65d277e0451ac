#include "postgres/query_text/analysed_statement.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluice::postgres {
namespace {

TEST(analyse, tells_of_each_statement_what_its_text_tells) {
    const std::string text = "; /*+ profile(slow) */ select a from t; /* ; */ select oid from pg_class; ; begin";
    const auto found = analyse(text);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 3U);
    EXPECT_EQ((*found)[0].text, "select a from t");
    EXPECT_EQ((*found)[0].lexed.text(), "select a from t");
    EXPECT_EQ((*found)[0].hint, "slow");
    EXPECT_FALSE((*found)[0].reads_catalog_only);
    EXPECT_EQ((*found)[1].tag, "SELECT");
    EXPECT_EQ((*found)[1].hint, "");
    EXPECT_TRUE((*found)[1].reads_catalog_only);
    EXPECT_EQ((*found)[2].kind, statement_kind::begin);
}

TEST(analyse, points_into_the_text) {
    const std::string text = "select 1; declare c cursor for select 2";
    const auto found = analyse(text);
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)[0].text.data(), text.data());
    EXPECT_EQ(std::get<declare_cursor_command>((*found)[1].command).query.data(), text.data() + 31);
}

TEST(analyse, finds_nothing_in_an_empty_text) {
    const auto found = analyse(" ; -- only this\n;");
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->empty());
}

TEST(analyse, counts_the_position_of_an_error_in_the_whole_text) {
    const auto found = analyse("select 'ä'; set x y");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, sqlstates::syntax_error);
    EXPECT_EQ(found.error().position, 19);
}

}  // namespace
}  // namespace sluice::postgres
