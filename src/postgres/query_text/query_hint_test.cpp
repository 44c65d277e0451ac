#include "postgres/query_text/query_hint.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "postgres/sql/statement.hpp"

namespace sluice::postgres {
namespace {

using hint = std::optional<std::string>;

TEST(query_hint, stands_in_front_or_behind_the_first_keyword) {
    EXPECT_EQ(find_hint("/*+ profile(background) */ select 1"), "background");
    EXPECT_EQ(find_hint("select /*+ profile(background) */ 1"), "background");
    EXPECT_EQ(find_hint(" -- a\n/* b */ /*+profile(x)*/\n/* c */select 1"), "x");
    EXPECT_EQ(find_hint("with /*+ profile(x) */ a as (select 1) select * from a"), "x");
    EXPECT_EQ(find_hint("/*+ profile(x) */ (select 1)"), "x");
    EXPECT_EQ(find_hint("/*+ profile(x) */"), "x");
}

TEST(query_hint, is_ignored_anywhere_else) {
    EXPECT_EQ(find_hint("select 1 /*+ profile(x) */"), std::nullopt);
    EXPECT_EQ(find_hint("select a from /*+ profile(x) */ t"), std::nullopt);
    EXPECT_EQ(find_hint("(select /*+ profile(x) */ 1)"), std::nullopt);
    EXPECT_EQ(find_hint("select '/*+ profile(x) */'"), std::nullopt);
    EXPECT_EQ(find_hint("'/*+ profile(x) */' select"), std::nullopt);
    EXPECT_EQ(find_hint("select $$/*+ profile(x) */$$"), std::nullopt);
    EXPECT_EQ(find_hint("-- /*+ profile(x) */\nselect 1"), std::nullopt);
    EXPECT_EQ(find_hint("/* /*+ profile(x) */ */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/* + profile(x) */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+ profile(x) select 1"), std::nullopt);
    EXPECT_EQ(find_hint(""), std::nullopt);
}

TEST(query_hint, the_first_comment_counts) {
    EXPECT_EQ(find_hint("/*+ profile(a) */ select /*+ profile(b) */ 1"), "a");
    EXPECT_EQ(find_hint("/*+ SeqScan(t) */ select /*+ profile(b) */ 1"), std::nullopt);
}

TEST(query_hint, names_are_identifiers) {
    EXPECT_EQ(find_hint("/*+ PROFILE ( Big_Jobs ) */ select 1"), "big_jobs");
    EXPECT_EQ(find_hint("/*+ Profile(\"Big \"\"Jobs)\") */ select 1"), "Big \"Jobs)");
    EXPECT_EQ(find_hint("/*+ profile('x') */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+ profile(a b) */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+ profile() */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+ profile(x */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+ profile(\"\") */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+ profile x */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+*/ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+/ profile(x) */ select 1"), "x");
}

TEST(query_hint, others_stand_beside_it) {
    EXPECT_EQ(find_hint("/*+ HashJoin(a b) profile(x)\n  Rows(a b #10) Set(work_mem '1') parallel */ select 1"), "x");
    EXPECT_EQ(find_hint("/*+ Leading((a profile(b))) */ select 1"), std::nullopt);
    EXPECT_EQ(find_hint("/*+ profile(x) profile(y) */ select 1"), "y");
    EXPECT_EQ(find_hint("/*+ Leading( profile(y) */ select 1"), std::nullopt);
}

// The session's way of calling it: the whole text and the place of each statement in it.
std::vector<hint> hints_of(std::string_view query) {
    std::vector<hint> found;
    std::size_t previous_end_bytes = 0;
    for (const statement_text& piece : split_statements(query)) {
        found.push_back(find_hint(query, previous_end_bytes, piece.end_bytes()));
        previous_end_bytes = piece.end_bytes();
    }
    return found;
}

TEST(query_hint, each_statement_has_its_own) {
    EXPECT_EQ(hints_of("/*+ profile(a) */ select 1; select 2; select /*+ profile(c) */ 3"),
              (std::vector<hint>{"a", std::nullopt, "c"}));
    EXPECT_EQ(hints_of("select 1 /*+ profile(no) */; /*+ profile(b) */ select 2 /*+ profile(no) */"),
              (std::vector<hint>{std::nullopt, "b"}));
    EXPECT_EQ(hints_of("select 1 /*+ profile(no) */; select 2"), (std::vector<hint>{std::nullopt, std::nullopt}));
    EXPECT_EQ(hints_of("/*+ profile(no) */; ; /*+ profile(a) */ select ';'; /*+ profile(b) */ select 2;"),
              (std::vector<hint>{"a", "b"}));
}

}  // namespace
}  // namespace sluice::postgres
