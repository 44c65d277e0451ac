// Every translated text below was run in DuckDB 1.5.5 and gave PostgreSQL 15's result for the original.
#include "engines/duckdb/dialect/translate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "postgres/types/types.hpp"

namespace sluice::duckdb {
namespace {

using testing::StartsWith;

session_facts facts() {
    return {.version_text = "PostgreSQL 15.0 (x)",
            .user = "o'neil",
            .process_id = 4711,
            .setting = [](std::string_view name) -> std::optional<std::string> {
                return name == "timezone" ? std::optional<std::string>("UTC") : std::nullopt;
            },
            .changes = {}};
}

std::string translated(std::string_view sql) {
    session_facts session = facts();
    const std::string once = translate(sql, {.session = &session});
    EXPECT_EQ(translate(once, {.session = &session}), once) << "a second pass must change nothing";
    return once;
}

void expect_translations(const std::vector<std::pair<std::string_view, std::string_view>>& examples) {
    for (const auto& [from, to] : examples) {
        EXPECT_EQ(translated(from), to);
    }
}

void expect_unchanged(const std::vector<std::string_view>& examples) {
    for (const std::string_view sql : examples) {
        EXPECT_EQ(translated(sql), sql);
    }
}

TEST(translate, leaves_the_dialect_of_duckdb_alone) {
    expect_unchanged({
        "",
        "from t select a, name, jsonb where x::int > 1",
        "select {'a': 1}::struct(a int), [1, 2]::int[2], x::decimal(18, 2), m::map(int, text)",
        "select '{\"a\": 1}'::json->>'a', \"version\"() , 'version()' /* pg_catalog.version() */ -- $1::jsonb",
        "select version, t.version, current_setting('threads'), $1, $name, ?",
        "create macro version() as 1",
        "create table t as select 1 as jsonb",
        "select 1::s.mytype, x::timestamp(3), list[1:2]",
        "explain (select 1) union (select 2)",
        "select cast(1 as int) as name from (select 2 as name)",
        "pivot t on a using sum(b)",
    });
}

TEST(translate, types) {
    expect_translations({
        {"select 1::pg_catalog.int4 , 'x'::pg_catalog.\"char\"", "select 1::int4 , 'x'::\"char\""},
        {"select 'a'::pg_catalog.varchar(3)", "select 'a'::varchar(3)"},
        {"select 'a'::name, x :: JSONB, 1::xid", "select 'a'::VARCHAR, x ::JSON, 1::BIGINT"},
        {"select cast(x as pg_catalog.text), cast(y as jsonb), jsonb '1'",
         "select cast(x as text), cast(y as JSON), JSON '1'"},
        {"select x::bit varying(3), y::varbit", "select x::BIT(3), y::BIT"},
        {"select x::time(3), y::timestamptz (6), z::timestamp(3) with time zone",
         "select x::time, y::timestamptz, z::timestamp with time zone"},
        {"create table t (a jsonb, name jsonb not null, jsonb int, b timestamptz(3), c pg_catalog.int8)",
         "create table t (a JSON, name JSON not null, jsonb int, b timestamptz, c int8)"},
        {"alter table t alter a type jsonb", "alter table t alter a type JSON"},
    });
}

TEST(translate, literals) {
    expect_translations({
        {"select U&'d\\0061t''s', U&\"\\0061\"", "select 'dat''s', \"a\""},
        {"select B'101', x'1F'", "select CAST('101' AS BIT), CAST('00011111' AS BIT)"},
        {"select '{1,2}'::int[], '{{a},{}}'::text[][], '{1}'::_int4",
         "select '[1,2]'::int[], '[[a],[]]'::text[][], '[1]'::int4[]"},
    });
    expect_unchanged({"select '{1}'::text", "select E'\\x41'"});
}

TEST(translate, functions_about_the_session) {
    expect_translations({
        {"select pg_catalog.version()", "select 'PostgreSQL 15.0 (x)' AS version"},
        {"select length(version()), 1", "select length('PostgreSQL 15.0 (x)'), 1"},
        {"select * from version()", "select * from (SELECT 'PostgreSQL 15.0 (x)' AS version)"},
        {"select VERSION() v, pg_backend_pid();", "select 'PostgreSQL 15.0 (x)' v, 4711 AS pg_backend_pid;"},
        {"select a from t order by 1, pg_backend_pid()", "select a from t order by 1, 4711"},
        {"select current_user, session_user as x", "select 'o''neil' AS current_user, 'o''neil' as x"},
        {"select current_setting('TimeZone')", "select 'UTC' AS current_setting"},
        {"select current_setting('x.y', true) as c",
         "select (SELECT value FROM duckdb_settings() WHERE name = 'x.y') as c"},
        {"select pg_catalog.pg_is_in_recovery(), pg_client_encoding()",
         "select false AS pg_is_in_recovery, 'UTF8' AS pg_client_encoding"},
        {"SELECT pg_advisory_unlock_all();", "SELECT NULL AS pg_advisory_unlock_all;"},
        {"select pg_catalog.count(*)", "select count(*)"},
        {"select pg_catalog.pg_get_userbyid(c.relowner) as \"Owner\"", "select 'postgres' as \"Owner\""},
        {"where a OPERATOR(pg_catalog.~) '^(t)$' COLLATE pg_catalog.default", "where a ~ '^(t)$' "},
    });
    expect_unchanged({"create table t (u text default current_user)", "select t.current_user",
                      "select a collate nocase, operator (x) from t"});
}

TEST(translate, without_a_session_its_functions_stay) {
    EXPECT_EQ(translate("select version(), current_setting('timezone'), current_user", {}),
              "select version(), current_setting('timezone'), current_user");
    EXPECT_EQ(translate("select pg_catalog.version()", {}), "select version()");
}

TEST(translate, set_config) {
    session_facts session = facts();
    EXPECT_EQ(translate("SELECT pg_catalog.set_config('search_path', '', false), set_config('X.y', $1, true)",
                        {.session = &session}),
              "SELECT CAST('' AS VARCHAR) AS set_config, CAST($1 AS VARCHAR) AS set_config");
    ASSERT_EQ(session.changes.size(), 2U);
    EXPECT_EQ(session.changes[0].name, "search_path");
    EXPECT_EQ(session.changes[0].value, "");
    EXPECT_FALSE(session.changes[0].local);
    EXPECT_EQ(session.changes[1].name, "x.y");
    EXPECT_EQ(session.changes[1].value, std::nullopt);
    EXPECT_EQ(session.changes[1].value_parameter, 1);
    EXPECT_TRUE(session.changes[1].local);
}

TEST(translate, registered_types) {
    expect_translations({
        {"select 'int4'::regtype::oid, 'character varying[]'::regtype",
         "select CAST(23 AS BIGINT), CAST(1015 AS BIGINT)"},
        {"select '_text'::pg_catalog.regtype::text, 'nope'::regtype", "select 'text[]', CAST(NULL AS BIGINT)"},
        {"where t.oid = to_regtype('hstore')", "where t.oid = CAST(NULL AS BIGINT)"},
        {"select 'T'::regclass, '17'::regclass::oid",
         "select (SELECT min(c.oid) FROM sluice_catalog.pg_class AS c WHERE lower(c.relname) = lower('t')), CAST(17 AS "
         "BIGINT)"},
        {"select 's.t'::pg_catalog.regclass",
         "select (SELECT min(c.oid) FROM sluice_catalog.pg_class AS c WHERE lower(c.relname) = lower('t') AND "
         "c.relnamespace IN (SELECT n.oid FROM sluice_catalog.pg_namespace AS n WHERE n.nspname = 's'))"},
        {"select t.oid::regtype::oid", "select CAST(t.oid AS BIGINT)"},
        {"select typinput = 'array_in'::regproc", "select typinput = CAST(NULL AS BIGINT)"},
    });
    EXPECT_THAT(translated("select t.oid::regtype::text as x"),
                StartsWith("select (SELECT CASE sluice_type.oid WHEN 0"));
    EXPECT_THAT(translated("where t.oid = to_regtype($1)"), StartsWith("where t.oid = (CASE lower($1) WHEN 'bool'"));
    EXPECT_THAT(translated("where t.oid = $1::regtype"), StartsWith("where t.oid = (CASE lower($1) WHEN 'bool'"));
    expect_unchanged({"select (1 + 2)::regtype"});
}

TEST(translate, format_type_as_psql_asks_for_it) {
    const std::string sql = translated(
        "SELECT pg_catalog.format_type(tp, tpm) AS \"Type\" FROM (VALUES ('a', "
        "'23'::pg_catalog.oid, -1)) s(name, tp, tpm)");
    EXPECT_THAT(sql,
                StartsWith("SELECT (SELECT CASE sluice_type.oid WHEN 0 THEN '-' WHEN 16 THEN 'boolean' WHEN 1000 THEN "
                           "'boolean[]'"));
    EXPECT_THAT(sql, testing::HasSubstr(" WHEN 1700 THEN CASE WHEN sluice_type.modifier >= 4 THEN 'numeric('"));
    EXPECT_THAT(sql, testing::EndsWith(" END FROM (SELECT CAST(tp AS BIGINT), CAST(tpm AS BIGINT)) AS sluice_type(oid, "
                                       "modifier)) AS \"Type\" FROM (VALUES ('a', '23'::oid, -1)) s(name, tp, tpm)"));
    EXPECT_THAT(
        translated("select format_type(count(*), -1)"),
        StartsWith("select (list_transform([{'oid': CAST(count(*) AS BIGINT), 'modifier': CAST(-1 AS BIGINT)}], "
                   "lambda sluice_type: CASE sluice_type.oid WHEN 0"));
}

TEST(translate, tables_of_the_catalog) {
    expect_translations({
        {"select name from pg_cursors, pg_catalog.pg_cursors c where pg_cursors.name = c.name",
         "select name from pg_cursors(), pg_cursors() c where pg_cursors.name = c.name"},
        {"select pg_cursors from t", "select pg_cursors from t"},
        {"select * from pg_class c, pg_catalog.pg_type t",
         "select * from sluice_catalog.pg_class c, sluice_catalog.pg_type t"},
        {"select pg_class.oid, pg_catalog.pg_class.relname from pg_class join \"pg_catalog\".\"pg_attribute\" on true",
         "select pg_class.oid, pg_class.relname from sluice_catalog.pg_class join sluice_catalog.pg_attribute on true"},
        {"select 1 from (pg_class left join (pg_type) on true), lateral (select 2 from pg_enum)",
         "select 1 from (sluice_catalog.pg_class left join (sluice_catalog.pg_type) on true), lateral (select 2 from "
         "sluice_catalog.pg_enum)"},
        {"select pg_export_snapshot(), exists (select 1 from PG_TYPE)",
         "select sluice_catalog.pg_export_snapshot() AS pg_export_snapshot, exists (select 1 from "
         "sluice_catalog.pg_type)"},
        {"where pg_catalog.pg_get_indexdef(i.indexrelid, 0, true) <> ''",
         "where sluice_catalog.pg_get_indexdef(i.indexrelid, 0, true) <> ''"},
        // Windows and aggregates without a column would have another meaning inside of a sub-query.
        {"select pg_get_indexdef(count(*), 0, true) = c.oid::regclass",
         "select sluice_catalog.pg_get_indexdef_of_value(count(*), 0, true) = sluice_catalog.relation_name(c.oid)"},
    });
    // DuckDB's ~ compares the whole of a text. Only in queries of the catalog it gets PostgreSQL's meaning.
    expect_translations({
        {"select 1 from pg_catalog.pg_namespace n where n.nspname !~ '^pg_' and a OPERATOR(pg_catalog.~) 'b'",
         "select 1 from sluice_catalog.pg_namespace n where n.nspname !~ '(?s).*(?:^pg_).*' and a ~ '(?s).*(?:b).*'"},
    });
    expect_unchanged({
        "select a ~ '^pg_', ~1, a !~ b from t",
        "select pg_class, (pg_type), f(pg_enum, pg_type) from t where pg_class in (pg_type, 1) order by 1, pg_type",
        "create table t (pg_type int)",
        "select 1 from t, s.pg_type, pg_type(1)",
        "select 'from pg_class' -- from pg_class",
        "with pg_classes as (select 1) select * from pg_classes, pg_proc",
    });
}

TEST(translate, tables_of_the_server) {
    expect_translations({
        {"select * from sluice.query_log", "select * from sluice_query_log() AS query_log"},
        {"select * from sluice.running_queries r, SLUICE.Connections as c where r.id = c.id",
         "select * from sluice_running_queries() r, sluice_connections() as c where r.id = c.id"},
        {R"(select * from "sluice"."profiles" join "sluice".admission "a" on true)",
         R"(select * from sluice_profiles() AS profiles join sluice_admission() "a" on true)"},
        {"select query_log.a, sluice.query_log.b from sluice . query_log where query_log.a > 1 order by 1",
         "select query_log.a, query_log.b from sluice_query_log() AS query_log where query_log.a > 1 order by 1"},
        {"select * from (sluice.query_log left join t using (a)), (select 1 from sluice.query_log limit 1) x",
         "select * from (sluice_query_log() AS query_log left join t using (a)), (select 1 from sluice_query_log() AS "
         "query_log limit 1) x"},
        {"select (select count(*) from sluice.connections)",
         "select (select count(*) from sluice_connections() AS "
         "connections)"},
    });
    expect_unchanged({
        "select * from sluice.mine, mine.query_log, query_log, sluice",
        "select * from db.sluice.query_log",
        "select * from sluice.query_log(1)",
        "select sluice.query_log, sluice.a from t sluice",
        "select 'from sluice.query_log' -- from sluice.query_log",
        "create table sluice.query_log (a int)",
        "insert into sluice.query_log values (1)",
        "select * from sluice_query_log() AS query_log",
    });
}

TEST(translate, places_of_rows) {
    expect_translations({
        // A page has 256 rows; '(3,0)' is in front of the first row of page 3.
        {"select a from \"s\".\"t\" where ctid between '(3,0)'::tid and '(5,0)'::tid and a > 1",
         "select a from \"s\".\"t\" where (rowid >= 768 AND rowid <= 1279) and a > 1"},
        {"select a from t WHERE ctid BETWEEN '(5,0)'::tid AND '(4294967295,0)'::tid",
         "select a from t WHERE (rowid >= 1280)"},
        {"where t.ctid >= '(1,2)'::tid and r1.ctid < '(2,0)'::pg_catalog.tid",
         "where t.rowid >= 257 and r1.rowid < 512"},
        {"where ctid = '(1,0)'::tid or ctid = '(1,1)' or ctid = '(1,257)'::tid",
         "where rowid = -1 or rowid = 256 or rowid = -1"},
        {"update t set b = $2 where ctid = $1",
         "update t set b = $2 where rowid = sluice_catalog.ctid_row(CAST($1 AS VARCHAR))"},
        {"delete from t where (CTID IN ('(0,1)','(1073741824,1)'))",
         "delete from t where (rowid IN (0, 36028797018960000))"},
        {"update s.t set a = u.a from u where \"t\".ctid=__page::TID",
         "update s.t set a = u.a from u where \"t\".rowid = sluice_catalog.ctid_row(CAST(__page AS VARCHAR))"},
        {"select r1.a, r1.ctid, ctid from s.t r1 where a = 1 for update",
         "select r1.a, sluice_catalog.ctid_text(r1.rowid) AS ctid, sluice_catalog.ctid_text(rowid) AS ctid from s.t r1 "
         "where "
         "a = 1 "},
        {"select ctid from t where a in (select b from u where u.ctid = $1) FOR NO KEY UPDATE OF t SKIP LOCKED;",
         "select sluice_catalog.ctid_text(rowid) AS ctid from t where a in (select b from u where u.rowid = "
         "sluice_catalog.ctid_row(CAST($1 AS VARCHAR))) ;"},
    });
    EXPECT_EQ(translate("select ctid from t where ctid = $1", {.binary_ctid = true}),
              "select sluice_catalog.ctid_binary(rowid) AS ctid from t where rowid = "
              "sluice_catalog.ctid_row(CAST($1 AS VARCHAR))");
}

TEST(translate, columns_of_the_users_that_are_called_ctid) {
    expect_unchanged({
        "select ctid, t.ctid from t where ctid = 4 and ctid in (1, 2) and ctid between 1 and 2",
        "create table t (ctid varchar)",
        "insert into t (ctid) values ($1)",
        "select a from t for update",
        "select ctid from t where ctid = 'NCT01' or ctid > other",
    });
}

TEST(translate, literals_of_arrays_and_bytes) {
    expect_translations({
        {"select a = ANY ('{\"name 1\",NULL,\"x\\\"y\",z}'::text[])",
         "select a = ANY (['name 1', NULL, 'x\"y', 'z']::text[])"},
        {"select '{{1,\"2\"},{}}'::pg_catalog.int4[], '{\"a}'::text[], '{}'::int[]",
         "select [['1', '2'], []]::int4[], '{\"a}'::text[], '[]'::int[]"},
        {R"(select '\x62aF'::bytea, E'\\x62'::pg_catalog.bytea, '\x6'::bytea, '\x62a'::bytea, '\x'::bytea)",
         R"(select '\x62\xaF'::bytea, '\x62'::bytea, '\x6'::bytea, '\x62a'::bytea, ''::bytea)"},
    });
    expect_unchanged({R"(select '\x62aF', '\x62aF'::text, '\x62aF'::blob, '{"a"}', '{"a": 1}'::json)"});
}

TEST(translate, operators_of_a_session_whose_path_is_pg_catalog) {
    session_facts session = facts();
    const auto strict = [&](std::string_view sql) {
        return translate(sql, {.session = &session, .postgres_operators = true});
    };
    EXPECT_EQ(
        strict("where ((a ~ '^b'::text)) and (r1.a !~* E'it''s') and (a ~ r1.c)"),
        "where ((a ~ '(?s).*(?:^b).*')) and (r1.a !~ '(?is).*(?:it''s).*') and (a ~ ('(?s).*(?:' || r1.c || ').*'))");
    EXPECT_EQ(strict(R"(where (a ~~ E'5\\%%'::text) and (b !~~* '\_') and (c ~~ 'x%'))"),
              R"(where (a LIKE '5\%%' ESCAPE '\') and (b NOT ILIKE '\_' ESCAPE '\') and (c ~~ 'x%'))");
    EXPECT_EQ(strict(R"(where (a = E'\\x62ff') and (a <> '\x6') and a = 'x')"),
              R"(where (a = CAST('\x62\xff' AS BLOB)) and (a <> '\x6') and a = 'x')");
    expect_unchanged({R"(where a ~ 'b' and a ~~ '\_' and a = '\x62')"});
}

TEST(translate, truncate) {
    expect_translations({
        {"TRUNCATE s.t CONTINUE IDENTITY RESTRICT", "TRUNCATE s.t "},
        {"truncate table t restrict;", "truncate table t "},
    });
    expect_unchanged({"truncate t", "truncate t restart identity", "truncate t continue", "truncate t cascade"});
}

TEST(translate, explain) {
    expect_translations({
        {"explain verbose select 1", "EXPLAIN select 1"},
        {"explain analyze verbose select 1::jsonb", "EXPLAIN ANALYZE select 1::JSON"},
        {"EXPLAIN (ANALYZE, VERBOSE, COSTS off, BUFFERS) select 1", "EXPLAIN ANALYZE select 1"},
        {"explain (analyze false, format json) select 1", "EXPLAIN (FORMAT json) select 1"},
        {"explain (analyze on, format json) select 1", "EXPLAIN (ANALYZE, FORMAT json) select 1"},
        {"explain (costs off) (select 1)", "EXPLAIN (select 1)"},
    });
}

TEST(translate, hostile_texts_stay_small) {
    const auto repeated = [](std::string_view text, int times) {
        std::string whole;
        for (int i = 0; i < times; ++i) {
            whole += text;
        }
        return whole;
    };
    constexpr int times = 20'000;
    constexpr std::size_t bytes_max = 40'000'000;
    session_facts session = facts();
    const translation_params params{.session = &session};
    EXPECT_LT(translate("select " + repeated("to_regtype(", times) + "x" + std::string(times, ')'), params).size(),
              bytes_max);
    EXPECT_LT(translate("select " + repeated("format_type(1, ", times) + "x" + std::string(times, ')'), params).size(),
              bytes_max);
    EXPECT_LT(translate("select x" + repeated("::regtype::text", times), params).size(), bytes_max);
    EXPECT_LT(translate("select " + repeated("to_regtype(x),", times), params).size(), bytes_max);
    EXPECT_LT(translate("select " + repeated("version(", times), params).size(), bytes_max);
}

TEST(type_names, numbers_and_names_as_in_pg_type) {
    EXPECT_EQ(postgres::type_oid_of_name("int"), 23U);
    EXPECT_EQ(postgres::type_oid_of_name("pg_catalog.\"char\""), 18U);
    EXPECT_EQ(postgres::type_oid_of_name("char"), 1042U);
    EXPECT_EQ(postgres::type_oid_of_name("Timestamp With Time Zone"), 1184U);
    EXPECT_EQ(postgres::type_oid_of_name("_json"), 199U);
    EXPECT_EQ(postgres::type_oid_of_name("hstore"), std::nullopt);
    EXPECT_EQ(postgres::type_name_of_oid(1231), "numeric[]");
    EXPECT_EQ(postgres::type_name_of_oid(0), std::nullopt);
}

}  // namespace
}  // namespace sluice::duckdb
