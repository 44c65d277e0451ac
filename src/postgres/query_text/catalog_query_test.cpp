#include "postgres/query_text/catalog_query.hpp"

#include <gtest/gtest.h>
#include <initializer_list>

namespace sluice::postgres {
namespace {

void expect_all(bool expected, std::initializer_list<std::string_view> statements) {
    for (const std::string_view statement : statements) {
        EXPECT_EQ(reads_only_catalog(statement), expected) << statement;
    }
}

TEST(reads_only_catalog, tables_in_every_place) {
    expect_all(
        true,
        {
            "select * from pg_class",
            "SELECT * FROM PG_CLASS AS c, pg_catalog . \"pg_type\" t;",
            "from pg_tables",
            "(select 1 from pg_class) union all (select 2 from duckdb_tables())",
            "select * from (pg_class join (pg_type natural join pg_enum) on true)",
            "select * from pg_class c, lateral (select 1 from pg_type) t, unnest(c.x) with ordinality as o(a, b)",
            "select * from pg_class join pg_type using (oid), generate_series(1, 2)",
            "select * from pg_type where oid in (select oid from pg_type) and exists (select from pg_class)",
            "select array(select oid from pg_type), (select max(oid) from pg_class), extract(year from a) from pg_am",
            "select a is distinct from b, c is not distinct from d from pg_class",
            "with a as (select 1 from pg_class), b(x) as materialized (select 2 from a) select * from a, b",
            "select * from (with a as (select 1) select * from a, pg_class) x",
            "select * from duckdb_settings() where name in (['a', 'b'])",
            "select * from sluice.query_log q, \"sluice\".\"connections\", sluice_profiles()",
            "select * from sqlite_master",
            "select 'from t', \"from\", $$ from t $$ /* from t */ from pg_class -- from t",
            "describe t",
            "DESCRIBE main.t;",
            "show tables",
            "show all tables",
            "show tables from db.main",
            "show search_path",
        });
}

TEST(reads_only_catalog, one_other_table_is_enough) {
    expect_all(false, {
                          "select * from t",
                          "select * from pg_class, t",
                          "select * from pg_class join t on true",
                          "select * from pg_class join pg_type using (oid), t",
                          "select * from pg_class as values, t",
                          "select * from pg_class where oid in (select a from t)",
                          "select (select a from t) from pg_class",
                          "select array(select a from t) from pg_class",
                          "select extract(year from (select a from t)) from pg_class",
                          "select extract(year from now()), a from t, pg_class",
                          "select * from (pg_class cross join t)",
                          "select * from (select * from t), pg_class",
                          "select * from pg_class union select * from t",
                          "select * from pg_class, lateral t",
                          "select a is distinct from b from pg_class, t",
                          "from pg_class select a from t",
                          "with a as (select * from t) select * from a, pg_class",
                          "with a as (select * from pg_class) select * from a, t",
                          "with t as (select * from t) select * from t, pg_class",
                          "select * from pg_class, (with t as (select 1) select * from t), t",
                          "with recursive a as (select 1 from pg_class union select 2 from t) select * from a",
                      });
}

TEST(reads_only_catalog, is_false_in_doubt) {
    expect_all(false, {
                          "",
                          "select 1",
                          "select now()",
                          "with a as (select 1) select * from a",
                          "select * from generate_series(1, 10)",
                          "select * from 'pg_class'",
                          "select * from pg_class, 'file.csv'",
                          "select * from pg_class, read_csv('a')",
                          "select * from pg_class, pg_catalog.read_csv('a')",
                          "select * from pg_class, query('select * from t')",
                          "select * from pg_class : t",
                          "select * from mine.pg_class",
                          "select * from db.pg_catalog.pg_class",
                          "select * from sluice.mine",
                          "select * from sluice.mine()",
                          "select * from pg_mine",
                          "select * from pg_class, pg_mine()",
                          "select * from duckdb_logs()",
                          "select * from pg_class; select * from t",
                          "select * into x from pg_class",
                          "create table x as select * from pg_class",
                          "insert into pg_class select * from pg_class",
                          "with a as (delete from t returning 1) select * from pg_class",
                          "select * from pg_class union table t",
                          "select * from (pivot t on a), pg_class",
                          "select * from (summarize t), pg_class",
                          "explain analyze select * from pg_class",
                          "copy (select * from pg_class) to stdout",
                          "describe select * from t",
                          "describe select a from t",
                          "show",
                          "select * from pg_class where (",
                          "select * from pg_class)",
                          "select * from",
                          "select * from pg_class /* never ends",
                          "select * from pg_class where a = 'never ends",
                          "select * from (",
                          "select * from (pg_class",
                      });
}

}  // namespace
}  // namespace sluice::postgres
