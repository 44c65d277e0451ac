#include "session/state/parsed_query.hpp"

#include <gtest/gtest.h>

namespace sluice::session {
namespace {

TEST(parsed_query_cache, remembers_texts) {
    parsed_query_cache cache;
    const auto first = cache.parse("select 1; begin");
    ASSERT_TRUE(first);
    ASSERT_EQ((*first)->statements.size(), 2U);
    EXPECT_EQ((*first)->statements[1].kind, postgres::statement_kind::begin);
    const auto again = cache.parse(std::string("select 1; ") + "begin");
    ASSERT_TRUE(again);
    EXPECT_EQ(first->get(), again->get());
}

TEST(parsed_query_cache, forgets_the_least_recently_used) {
    parsed_query_cache cache;
    const auto oldest = cache.parse("select 0");
    const auto kept = cache.parse("select 1");
    for (std::size_t i = 2; i < parsed_query_cache::entries_max; ++i) {
        ASSERT_TRUE(cache.parse("select " + std::to_string(i)));
    }
    EXPECT_EQ(cache.parse("select 0")->get(), oldest->get());  // now the most recently used
    ASSERT_TRUE(cache.parse("one too many"));
    EXPECT_EQ(cache.parse("select 0")->get(), oldest->get());
    EXPECT_NE(cache.parse("select 1")->get(), kept->get());
    // A holder of the query may go on using it.
    EXPECT_EQ((*kept)->statements.front().text, "select 1");
}

TEST(parsed_query_cache, does_not_keep_long_texts) {
    parsed_query_cache cache;
    const std::string text = "select '" + std::string(parsed_query_cache::text_bytes_max, 'x') + "'";
    EXPECT_NE(cache.parse(text)->get(), cache.parse(text)->get());
}

TEST(parsed_query_cache, errors_are_placed_in_the_whole_text_and_not_kept) {
    parsed_query_cache cache;
    for (int i = 0; i < 2; ++i) {
        const auto failed = cache.parse("select 'é'; set");
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code, sqlstates::syntax_error);
        EXPECT_EQ(failed.error().position, 16);
    }
}

TEST(position_in_query, leaves_unknown_positions_alone) {
    const parsed_query query("  select 1");
    const auto statement = std::string_view(query.text).substr(2);
    EXPECT_EQ(position_in_query({.code = sqlstates::syntax_error, .message = ""}, query, statement).position, 0);
    EXPECT_EQ(
        position_in_query({.code = sqlstates::syntax_error, .message = "", .position = 1}, query, statement).position,
        3);
}

}  // namespace
}  // namespace sluice::session
