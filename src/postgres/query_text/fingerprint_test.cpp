#include "postgres/query_text/fingerprint.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluice::postgres {
namespace {

void expect_normalized(std::string_view statement, std::string_view expected) {
    EXPECT_EQ(normalize(statement), expected);
    EXPECT_EQ(normalize(expected), expected);  // a normalized text does not change
}

TEST(normalize, replaces_constants_of_every_kind) {
    expect_normalized("select 'a', N'b', e'c\\'d', U&'\\0061', b'01', X'ff', $$x$$, $t$it's$t$",
                      "select ?, ?, ?, ?, ?, ?, ?, ?");
    expect_normalized("select 1, 1.5, .5, 1e10, 0xFF, 1_000", "select ?, ?, ?, ?, ?, ?");
    expect_normalized("select 'two' \n 'parts', 'it''s'", "select ?, ?");
    expect_normalized("select date '2024-01-01', interval '1' day, 'a'::text",
                      "select date ?, interval ? day, ?::text");
}

TEST(normalize, leaves_null_and_truth_values) {
    expect_normalized("select NULL, True from t where a IS NULL and b = FALSE",
                      "select null, true from t where a is null and b = false");
}

TEST(normalize, takes_parameters_for_constants) {
    expect_normalized("select * from t where a = $1 and b = $name and c = 5",
                      "select * from t where a = ? and b = ? and c = ?");
    EXPECT_EQ(fingerprint("select $1"), fingerprint("select 'x'"));
}

TEST(normalize, takes_a_sign_for_a_part_of_its_number) {
    expect_normalized("select -1, +2, - 3 from t where a=-1 and b > - -1 and c between -1 and -2",
                      "select ?, ?, ? from t where a = ? and b > ? and c between ? and ?");
    expect_normalized("select a-1, f(b) - 2, c[1]-3, $1 - 4, 2*-1", "select a - ?, f(b) - ?, c[?] - ?, ? - ?, ? * ?");
}

TEST(normalize, drops_comments_and_closing_semicolons) {
    expect_normalized(" /* a /* b */ */ select -- c\n 1 /*+ profile(x) */ ; ; -- d", "select ?");
    expect_normalized("select 1 /* never ends", "select ?");
    expect_normalized(" -- nothing", "");
}

TEST(normalize, writes_blanks_by_rule) {
    EXPECT_EQ(normalize("select\ta ,b\n\nfrom t where x=1"), normalize("SELECT a, b FROM t WHERE x = 1"));
    expect_normalized("select count ( * ) , s . t . c :: int [ ] from x", "select count(*), s.t.c::int[] from x");
    expect_normalized("select * from (select 1) where a in(select 2) and(b)",
                      "select * from (select ?) where a in (select ?) and (b)");
}

TEST(normalize, folds_words_but_not_quoted_names) {
    expect_normalized("SELECT Abc, \"Abc\", U&\"A\", F(X) FROM T", "select abc, \"Abc\", U&\"A\", f(x) from t");
    EXPECT_NE(fingerprint("select \"A\""), fingerprint("select \"a\""));
    EXPECT_EQ(fingerprint("select A"), fingerprint("select a"));
    expect_normalized("select Ä", "select Ä");  // ASCII only, as keywords are
}

TEST(normalize, makes_one_of_a_list) {
    expect_normalized("select 1 from t where a in (1)", "select ? from t where a in (?)");
    expect_normalized("select 1 from t where a IN (1, 'b', -3, $4, null)", "select ? from t where a in (?)");
    expect_normalized("select array[1,2,3], [true, false], [[1, 2], [3]]", "select array[?], [?], [[?], [?]]");
    expect_normalized("select 1 where a in (1, b, 2)", "select ? where a in (?, b, ?)");
    expect_normalized("select f(1, 2), (1, 2)", "select f(?, ?), (?, ?)");  // arguments and records are not lists
    expect_normalized("select a[1], []", "select a[?], []");
}

TEST(normalize, makes_one_of_equal_rows) {
    expect_normalized("insert into t values (1, 'a'), (2, 'b'), (3, NULL)", "insert into t values (?, ?)");
    expect_normalized("insert into t (a, b) values (DEFAULT, $1) returning a",
                      "insert into t(a, b) values (?, ?) returning a");
    expect_normalized("values (now(), 1), (NOW(), 2)", "values (now(), ?)");
    expect_normalized("values (1, 2), (3), (4)", "values (?, ?), (?)");
    expect_normalized("values (1), (a), (2)", "values (?), (a), (?)");
    expect_normalized("select * from (values (1), (2)) as t, (select 3), (values (4), (5))",
                      "select * from (values (?)) as t, (select ?), (values (?))");
    expect_normalized("values ((1), in (1, 2)), ((2), in (3))", "values ((?), in (?))");
}

TEST(normalize, survives_what_is_no_sql) {
    expect_normalized(")](", ")] (");
    expect_normalized("a::: :: b", "a:: : ::b");
    expect_normalized("select 'never ends", "select ?");
    expect_normalized("\"never ends", "\"never ends");
    expect_normalized("in (, 1), values (", "in (, ?), values (");
}

TEST(normalize, looks_at_the_beginning_of_long_texts) {
    std::string rows = "insert into t values (1, 'one')";
    std::string list = "select * from t where (a in (-1";
    while (list.size() < 2 * normalized_bytes_max) {
        rows += ", (1, 'a longer value')";
        list += ", -1";
    }
    EXPECT_EQ(normalize(rows), "insert into t values (?, ?)");
    EXPECT_EQ(normalize(list + "))"), "select * from t where (a in (?))");
    EXPECT_EQ(normalize("insert into t values (1, $$" + rows + "$$)"), "insert into t values (?, ?)");
    const std::string names(2 * normalized_bytes_max, 'a');
    EXPECT_EQ(normalize("select " + names), "select");
}

// Cuts the text at every place.
TEST(normalize, cuts_lists_anywhere) {
    std::string padding(normalized_bytes_max - 64, ' ');
    for (int moved = 0; moved < 40; ++moved, padding += ' ') {
        std::string rows = "insert into t values (1,'a')," + padding;
        std::string list = "select * from t where b in (1,2," + padding;
        for (int i = 0; i < 100; ++i) {
            rows += "(-1 , 'b'),";
            list += "-1 , 'b',";
        }
        EXPECT_EQ(normalize(rows), "insert into t values (?, ?)");
        EXPECT_EQ(normalize(list), "select * from t where b in (?)");
    }
}

// Test vectors of FNV-1a's authors.
TEST(fingerprint, is_fnv_1a) {
    EXPECT_EQ(fingerprint(""), 0xcbf29ce484222325U);
    EXPECT_EQ(fingerprint("A ;"), 0xaf63dc4c8601ec8cU);
    EXPECT_EQ(fingerprint("/**/ FooBar"), 0x85944171f73967e8U);
    EXPECT_EQ(hash_normalized("foobar"), 0x85944171f73967e8U);
}

}  // namespace
}  // namespace sluice::postgres
