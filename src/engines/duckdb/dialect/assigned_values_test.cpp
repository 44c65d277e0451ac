#include "engines/duckdb/dialect/assigned_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::duckdb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "column=$n" for each value, in the order of the text.
std::vector<std::string> found(std::string_view sql) {
    std::vector<std::string> list;
    for (const assigned_value& value : find_assigned_values(sql).values) {
        const auto end = std::min(sql.find_first_not_of("0123456789", value.offset_bytes + 1), sql.size());
        list.push_back(value.column + "=" + std::string(sql.substr(value.offset_bytes, end - value.offset_bytes)));
    }
    return list;
}

TEST(find_assigned_values, reads_rows_of_values) {
    EXPECT_THAT(found("INSERT INTO s.t (a, \"B\", c) VALUES ($1, $2, DEFAULT), ($3 + 1, (($4)), f($5, 1))"),
                ElementsAre("a=$1", "B=$2", "B=$4"));
    EXPECT_THAT(found("insert into t as x values ($1, case when $2 then 1 end, $3)"), ElementsAre("=$1", "=$3"));
    EXPECT_THAT(found("INSERT OR REPLACE INTO t VALUES ($1) RETURNING $2"), ElementsAre("=$1"));
    EXPECT_THAT(found("insert into t values ($1::int, -$2, 'a' || $3)"), IsEmpty());
    EXPECT_THAT(found("EXPLAIN WITH q AS (VALUES ($1)) INSERT INTO t (a) VALUES ($2)"), ElementsAre("a=$2"));
}

TEST(find_assigned_values, reads_select_lists) {
    EXPECT_THAT(found("INSERT INTO t (a, b) SELECT $1, $2 AS x FROM u WHERE c = $3"), ElementsAre("a=$1", "b=$2"));
    EXPECT_THAT(found("INSERT INTO t WITH q AS (SELECT $1) SELECT DISTINCT ON (a) $2, b FROM q"), ElementsAre("=$2"));
    EXPECT_THAT(found("INSERT INTO t SELECT $1, * FROM u"), IsEmpty());
    EXPECT_THAT(found("INSERT INTO t SELECT $1 UNION ALL SELECT 2"), IsEmpty());
    EXPECT_THAT(found("INSERT INTO t (a) SELECT x FROM (VALUES ($1)) v(x)"), IsEmpty());
    const auto selects = find_assigned_values("INSERT INTO t (a, b) SELECT 1, $1").selects;
    ASSERT_EQ(selects.size(), 1U);
    EXPECT_EQ(selects[0].target, "INSERT INTO t (a, b) ");
    EXPECT_THAT(selects[0].item_offsets, ElementsAre(no_parameter, 31));
}

TEST(find_assigned_values, reads_set_lists) {
    EXPECT_THAT(found("UPDATE t SET a = $1, B=$2, c = c + $3, d = ($4) FROM u WHERE x = $5"),
                ElementsAre("a=$1", "b=$2", "d=$4"));
    EXPECT_THAT(found("update t set (a, b) = ($1, $2), (c, d) = row($3, 1), (e, f) = (select $4, $5)"),
                ElementsAre("a=$1", "b=$2", "c=$3"));
    EXPECT_THAT(found("insert into t (a) values ($1) on conflict (a) do update set b = $2, c = excluded.c where $3"),
                ElementsAre("a=$1", "b=$2"));
    EXPECT_THAT(found("update t set a = b is distinct from $1, c = $2 returning $3"), ElementsAre("c=$2"));
    EXPECT_THAT(found("SET a = $1"), IsEmpty());
}

TEST(find_assigned_values, reads_merges) {
    EXPECT_THAT(found("MERGE INTO t USING (SELECT $1 AS k) u ON t.k = u.k WHEN MATCHED THEN UPDATE SET a = $2, b = $3 "
                      "WHEN NOT MATCHED THEN INSERT (k, a) VALUES ($4, $5)"),
                ElementsAre("a=$2", "b=$3", "k=$4", "a=$5"));
}

TEST(find_assigned_values, survives_any_text) {
    for (const char* sql :
         {"insert", "insert into", "insert into t (", "insert into t values (", "insert into t values ($1",
          "update t set", "update t set a = $1 ,", "update t set (", "update set (a) = ($1", "insert into t select $1,",
          "merge into t when then insert values ($1,", "insert into t overriding"}) {
        (void)find_assigned_values(sql);
    }
}

}  // namespace
}  // namespace sluice::duckdb
