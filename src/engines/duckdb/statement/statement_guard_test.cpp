#include "engines/duckdb/statement/statement_guard.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "base/text/ascii.hpp"
#include "engines/duckdb/database/duckdb_instance.hpp"
#include "engines/duckdb/database/setting_owners.hpp"
#include "engines/duckdb/session/duckdb_test_support.hpp"

namespace sluice::duckdb {
namespace {

constexpr auto extensions = std::to_array<std::string_view>({"httpfs", "azure", "delta", "sqlite_scanner", "tpch"});

class statement_guard_test : public testing::Test {
  protected:
    statement_guard_test() {
        for (const std::string_view name : extensions) {
            mine.rows("LOAD " + std::string(name));
        }
    }
    static text_rows settings_of(test_client& client) {
        return client.rows("SELECT name, value, scope FROM duckdb_settings() ORDER BY name");
    }
    test_database database;
    test_client mine{database};
    test_client other{database};
};

std::set<std::string> column_of(const text_rows& rows) {
    std::set<std::string> names;
    for (const text_row& row : rows) {
        names.insert(row[0]);
    }
    return names;
}

TEST_F(statement_guard_test, the_list_has_every_setting_of_the_engine_and_no_other) {
    std::set<std::string> listed;
    for (const engine_setting& each : engine_settings()) {
        listed.insert(std::string(each.name));
        EXPECT_FALSE(each.doc.empty()) << each.name;
        if (!each.alias_of.empty()) {
            const engine_setting* original = find_engine_setting(each.alias_of);
            ASSERT_NE(original, nullptr) << each.name;
            EXPECT_EQ(original->owner, each.owner) << each.name;
            EXPECT_EQ(original->flag, each.flag) << each.name;
        }
    }
    EXPECT_EQ(listed, column_of(mine.rows("SELECT name FROM duckdb_settings()")));
    EXPECT_EQ(find_engine_setting("MEMORY_LIMIT"), find_engine_setting("memory_limit"));
    EXPECT_EQ(find_engine_setting("nosuch"), nullptr);
    for (const text_row& row : mine.rows("SELECT name, unnest(aliases) FROM duckdb_settings()")) {
        const engine_setting* one = find_engine_setting(row[0]);
        const engine_setting* same = find_engine_setting(row[1]);
        ASSERT_NE(same, nullptr) << row[1];
        EXPECT_TRUE(one->alias_of == same->name || same->alias_of == one->name) << row[1];
    }
}

TEST_F(statement_guard_test, the_list_has_every_pragma_of_the_engine) {
    std::set<std::string> listed;
    for (const engine_command& each : engine_commands()) {
        if (each.kind == command_kind::pragma) {
            listed.insert(std::string(each.name));
        }
    }
    EXPECT_EQ(listed, column_of(mine.rows("SELECT function_name FROM duckdb_functions() "
                                          "WHERE function_type = 'pragma'")));
}

// A value that the setting accepts and does not have, as a literal.
std::string other_value(const std::string& name, const std::string& type, const std::string& value) {
    static const std::map<std::string, std::string> words{
        {"arrow_output_version", "'1.4'"},
        {"azure_transport_option_type", "'curl'"},
        {"Calendar", "'japanese'"},
        {"default_collation", "'nocase'"},
        {"default_null_order", "'nulls_first'"},
        {"default_order", "'desc'"},
        {"deprecated_using_key_syntax", "'UNION_AS_UNION_ALL'"},
        {"explain_output", "'all'"},
        {"index_scan_percentage", "0.5"},
        {"lambda_syntax", "'ENABLE_SINGLE_ARROW'"},
        {"null_order", "'nulls_first'"},
        {"ordered_aggregate_threshold", "1000"},
        {"perfect_ht_threshold", "11"},
        {"s3_uploader_max_filesize", "'900GB'"},
        {"schema", "'main'"},
        {"search_path", "'main'"},
        {"TimeZone", "'Asia/Tokyo'"},
        {"validate_external_file_cache", "'NO_VALIDATION'"},
    };
    if (const auto found = words.find(name); found != words.end()) {
        return found->second;
    }
    if (type == "BOOLEAN") {
        return value == "true" || value == "1" ? "false" : "true";
    }
    if (type.contains("INT")) {
        return value == "100" ? "101" : "100";
    }
    return type == "FLOAT" || type == "DOUBLE" ? "3" : "'x'";
}

struct spelling {
    std::string text;
    bool sets_all = false;  // for all sessions
};

std::vector<spelling> spellings_of(const std::string& name, const std::string& value) {
    const std::string upper = base::upper_case(name);
    return {
        {.text = "SET " + name + " = " + value},
        {.text = "SET " + name + " TO " + value},
        {.text = "set session " + name + "=" + value},
        {.text = "SET \"" + name + "\" = " + value + ";"},
        {.text = "SET/* a */" + upper + "-- b\n/* c /* d */ */= " + value},
        {.text = "PRAGMA " + name + " = " + value},
        {.text = "pragma \"" + upper + "\"=" + value},
        {.text = "EXPLAIN ANALYZE SET " + name + " = " + value},
        {.text = "EXPLAIN (ANALYZE) SET SESSION " + name + " = " + value},
        {.text = "EXPLAIN ANALYSE VERBOSE PRAGMA " + name + " = " + value},
        {.text = "EXPLAIN SET " + name + " = " + value},
        {.text = "EXPLAIN ANALYZE RESET " + name},
        {.text = "SET " + name + " = DEFAULT"},
        {.text = "RESET " + name},
        {.text = "RESET SESSION \"" + upper + "\""},
        {.text = "SET GLOBAL " + name + " = " + value, .sets_all = true},
        {.text = "set global \"" + upper + "\" to " + value, .sets_all = true},
        {.text = "EXPLAIN ANALYZE SET GLOBAL " + name + " = " + value, .sets_all = true},
        {.text = "RESET GLOBAL " + name, .sets_all = true},
        {.text = "EXPLAIN ANALYZE RESET GLOBAL " + name, .sets_all = true},
    };
}

// Two sessions; one of them tries every spelling.
TEST_F(statement_guard_test, no_spelling_of_a_setting_changes_another_session) {
    const text_rows types = mine.rows("SELECT name, input_type, coalesce(value, '') FROM duckdb_settings()");
    const text_rows before = settings_of(other);
    for (const text_row& setting : types) {
        const engine_setting* known = find_engine_setting(setting[0]);
        ASSERT_NE(known, nullptr) << setting[0];
        const bool own = known->owner == setting_owner::session;
        for (const spelling& each : spellings_of(setting[0], other_value(setting[0], setting[1], setting[2]))) {
            const error answer = mine.error(each.text);
            EXPECT_EQ(answer.code.view(), own && !each.sets_all ? "00000" : "42501")
                << each.text << ": " << answer.message;
            EXPECT_TRUE(own || known->flag.empty() || answer.hint.contains(known->flag)) << each.text;
        }
        EXPECT_EQ(mine.code("SET LOCAL " + setting[0] + " = 1"), own ? "0A000" : "42501") << setting[0];
        ASSERT_EQ(settings_of(other), before) << setting[0];
    }
    EXPECT_EQ(other.rows("SELECT 1"), (text_rows{{"1"}}));
    EXPECT_EQ(mine.rows("SELECT 1"), (text_rows{{"1"}}));
    test_client later(database);
    EXPECT_EQ(settings_of(later), before);
}

TEST_F(statement_guard_test, a_setting_of_the_session_is_the_sessions) {
    const auto null_place = [](test_client& client) {
        return client.rows("SELECT * FROM (VALUES (NULL), (1)) t(a) ORDER BY a")[0][0];
    };
    mine.rows("SET default_null_order = 'nulls_first'");
    mine.rows("SET s3_secret_access_key = 'hidden'");
    EXPECT_EQ(null_place(mine), "NULL");
    EXPECT_EQ(null_place(other), "1");
    EXPECT_EQ(mine.rows("SHOW s3_secret_access_key"), (text_rows{{"hidden"}}));
    EXPECT_EQ(other.rows("SELECT coalesce(current_setting('s3_secret_access_key'), '')"), (text_rows{{""}}));
    EXPECT_EQ(other.rows("SELECT count(*) FROM duckdb_settings() WHERE value = 'hidden'"), (text_rows{{"0"}}));
    mine.rows("RESET default_null_order");
    EXPECT_EQ(null_place(mine), "1");
    mine.rows("PRAGMA preserve_insertion_order(false)");
    EXPECT_EQ(mine.rows("PRAGMA preserve_insertion_order"), (text_rows{{"false"}}));
    EXPECT_EQ(other.rows("SHOW preserve_insertion_order"), (text_rows{{"true"}}));
}

// A setting made by EXPLAIN ANALYZE must not reach the next session on the same connection.
TEST(statement_guard, a_setting_made_by_explain_analyze_goes_with_its_session) {
    duckdb_params params;
    params.connections_max = 1;
    test_database database(params);
    {
        test_client first(database);
        first.rows("EXPLAIN ANALYZE SET default_null_order = 'nulls_first'");
        EXPECT_EQ(first.rows("SHOW default_null_order"), (text_rows{{"NULLS_FIRST"}}));
    }
    test_client second(database);
    EXPECT_EQ(second.rows("SHOW default_null_order"), (text_rows{{"NULLS_LAST"}}));
}

TEST_F(statement_guard_test, unknown_settings_are_named) {
    for (const std::string_view text :
         {"SET nosuch = 1", "SET GLOBAL nosuch = 1", "RESET nosuch", "PRAGMA nosuch = 1", "PRAGMA nosuch",
          "PRAGMA nosuch(1)", "SET a.b = 1", "EXPLAIN ANALYZE SET nosuch = 1", "SET global.memory_limit = '1GB'"}) {
        const error answer = mine.error(text);
        EXPECT_EQ(answer.code.view(), "42704") << text;
        EXPECT_TRUE(answer.message.starts_with("unrecognized configuration parameter \"")) << answer.message;
    }
}

TEST_F(statement_guard_test, commands_that_change_or_stop_others_are_refused) {
    mine.rows("CREATE TABLE t (a INTEGER)");
    const text_rows before = settings_of(other);
    for (const std::string_view text : {
             "FORCE CHECKPOINT",
             "force /* x */ checkpoint main",
             "CALL force_checkpoint()",
             "SELECT * FROM force_checkpoint()",
             "FROM system.main.force_checkpoint()",
             "FROM \"Force_Checkpoint\"()",
             "EXPLAIN ANALYZE CALL force_checkpoint()",
             "EXPLAIN ANALYZE FORCE CHECKPOINT",
             "WITH x AS (FROM force_checkpoint()) SELECT 1",
             "CREATE VIEW v AS FROM force_checkpoint()",
             "CREATE MACRO m() AS TABLE FROM force_checkpoint()",
             "INSERT INTO t SELECT 1 FROM force_checkpoint()",
             "PREPARE p AS FROM force_checkpoint()",
             "COPY (FROM force_checkpoint()) TO 'x.csv'",
             "FROM query('FROM force_checkpoint()')",
             "FROM query('FROM ' || 'force_checkpoint()')",
             "FROM query($1)",
             "FROM query('FROM query(''CALL force_checkpoint()'')')",
             "FROM query(chr(70) || 'ROM force_checkpoint()')",
             "CREATE MACRO m(x) AS TABLE FROM query(x)",
             "FROM t, query(concat('FROM t')) AS q",
             "FROM json_execute_serialized_sql('{}')",
             "PRAGMA json_execute_serialized_sql('{}')",
             "PRAGMA force_checkpoint",
             "CALL enable_logging()",
             "CALL enable_logging(level = 'debug')",
             "FROM disable_logging()",
             "CALL truncate_duckdb_logs()",
             "CALL enable_profiling()",
             "PRAGMA enable_profiling",
             "PRAGMA enable_progress_bar",
             "PRAGMA enable_verification",
             "PRAGMA disable_checkpoint_on_shutdown",
             "EXPLAIN ANALYZE PRAGMA disable_checkpoint_on_shutdown",
             "PRAGMA add_parquet_key('k', '0123456789112345')",
             "PRAGMA import_database('x')",
             "PRAGMA copy_database('a', 'b')",
             "INSTALL json",
             "FORCE INSTALL json",
             "UPDATE EXTENSIONS",
             "UPDATE EXTENSIONS (json)",
             "EXPLAIN ANALYZE UPDATE EXTENSIONS",
             "LOAD '/tmp/x.duckdb_extension'",
             "LOAD './x'",
             "EXPLAIN ANALYZE LOAD 'x.duckdb_extension'",
             "CREATE SECRET (TYPE s3)",
             "CREATE SECRET a (TYPE s3)",
             "CREATE OR REPLACE PERSISTENT SECRET a (TYPE s3)",
             "CREATE TEMPORARY SECRET a (TYPE s3)",
             "DROP SECRET a",
             "DROP PERSISTENT SECRET a",
         }) {
        const error answer = mine.error(text);
        EXPECT_EQ(answer.code.view(), "42501") << text << ": " << answer.message;
    }
    EXPECT_EQ(settings_of(other), before);
    EXPECT_EQ(other.rows("SELECT count(*) FROM t"), (text_rows{{"0"}}));
}

TEST_F(statement_guard_test, databases_of_the_server_stay) {
    for (const std::string_view text : {
             "DETACH memory",
             "DETACH DATABASE IF EXISTS memory",
             "DETACH sluice_catalog",
             "DETACH DATABASE \"Memory\"",
             "ATTACH OR REPLACE ':memory:' AS memory",
             "ATTACH OR REPLACE DATABASE ':memory:' AS sluice_catalog",
             "ATTACH OR REPLACE '/tmp/memory.db'",
             "ALTER DATABASE memory SET ALIAS TO x",
             "ALTER DATABASE sluice_catalog SET ALIAS TO x",
             "USE sluice_catalog",
             "USE \"sluice_catalog\".main",
             "SET schema = 'sluice_catalog'",
             "SET search_path = 'main,sluice_catalog'",
             "SET search_path = concat('sluice', '_catalog')",
             "PRAGMA search_path = 'sluice_catalog.main'",
             "CREATE OR REPLACE VIEW sluice_catalog.pg_class AS SELECT 1",
             "CREATE VIEW sluice_catalog.main.x AS SELECT 1",
             "CREATE TABLE sluice_catalog.x (a INTEGER)",
             "CREATE OR REPLACE MACRO \"Sluice_Catalog\".scalar_oid(a) AS 1",
             "CREATE SCHEMA sluice_catalog.s",
             "CREATE TYPE sluice_catalog.t AS ENUM ('a')",
             "CREATE SEQUENCE sluice_catalog.s",
             "DROP VIEW sluice_catalog.pg_class",
             "DROP VIEW IF EXISTS sluice_catalog.main.pg_class CASCADE",
             "DROP MACRO sluice_catalog.scalar_oid",
             "ALTER VIEW sluice_catalog.pg_class RENAME TO x",
             "COMMENT ON VIEW sluice_catalog.pg_class IS 'x'",
             "COPY FROM DATABASE memory TO sluice_catalog",
         }) {
        const error answer = mine.error(text);
        EXPECT_EQ(answer.code.view(), "42501") << text << ": " << answer.message;
    }
    for (const std::string_view text :
         {"DROP SCHEMA main", "CREATE TABLE system.main.x (a INTEGER)", "CREATE MACRO system.main.m() AS 1",
          "CREATE OR REPLACE VIEW system.main.v AS SELECT 1", "DETACH system", "DETACH temp"}) {
        EXPECT_NE(mine.code(text), "00000") << text;
    }
    EXPECT_EQ(other.rows("SELECT count(*) > 0 FROM pg_type"), (text_rows{{"t"}}));
}

TEST_F(statement_guard_test, what_is_the_sessions_own_goes_on) {
    for (const std::string_view text : {
             "SET VARIABLE memory_limit = 1",
             "RESET VARIABLE memory_limit",
             "CHECKPOINT",
             "CALL checkpoint()",
             "PRAGMA database_size",
             "PRAGMA disable_optimizer",
             "PRAGMA enable_optimizer",
             "PRAGMA enable_object_cache",
             "LOAD json",
             "LOAD 'tpch'",
             "ATTACH ':memory:' AS a",
             "USE a",
             "CREATE TABLE query (id INTEGER)",
             "CREATE INDEX i ON query (id)",
             "WITH query(a) AS (SELECT 1) FROM query",
             "USE memory",
             "FROM query('SELECT 1')",
             "COPY FROM DATABASE a TO memory",
             "DETACH a",
             "CREATE TABLE extensions (a INTEGER)",
             "UPDATE extensions SET a = 1",
             "UPDATE extensions AS e SET a = 1",
             "CREATE TABLE secret (a INTEGER)",
             "DROP TABLE secret",
             "CREATE VIEW v AS SELECT * FROM sluice_catalog.pg_class",
             "DROP VIEW v",
             "SET TIME ZONE 'UTC'",
             "SET SCHEMA 'main'",
             "ATTACH OR REPLACE ':memory:' AS b",
             "DETACH b",
         }) {
        const error answer = mine.error(text);
        EXPECT_EQ(answer.code.view(), "00000") << text << ": " << answer.message;
    }
}

// DuckDB treats them as blanks, PostgreSQL as letters.
TEST_F(statement_guard_test, blanks_that_only_the_engine_knows_hide_nothing) {
    const text_rows before = settings_of(other);
    for (const std::string_view blank : {"\u00a0", "\u2003", "\u3000"}) {
        const std::string b(blank);
        for (const std::string& text : {
                 "SET" + b + "memory_limit = '1GB'",
                 b + "SET memory_limit = '1GB'",
                 "SET GLOBAL" + b + "threads = 1",
                 "SET" + b + "GLOBAL default_null_order = 'nulls_first'",
                 "EXPLAIN" + b + "ANALYZE SET GLOBAL default_null_order = 'nulls_first'",
                 "EXPLAIN ANALYZE" + b + "SET GLOBAL default_null_order = 'nulls_first'",
                 "FORCE" + b + "CHECKPOINT",
                 "DETACH" + b + "sluice_catalog",
                 "DETACH sluice_catalog" + b,
                 "PRAGMA" + b + "enable_verification",
                 "EXPLAIN ANALYZE PRAGMA" + b + "disable_checkpoint_on_shutdown",
                 "FROM" + b + "enable_logging()",
                 "FROM enable_logging" + b + "()",
                 "FROM" + b + "query('FROM enable_logging()')",
                 "DROP" + b + "VIEW sluice_catalog.pg_class",
                 "CREATE" + b + "SECRET (TYPE s3)",
             }) {
            EXPECT_NE(mine.code(text), "00000") << text;
        }
    }
    EXPECT_EQ(settings_of(other), before);
    EXPECT_EQ(other.rows("SELECT count(*) > 0 FROM pg_type"), (text_rows{{"t"}}));
}

// The engine itself is locked, besides the checks of texts.
TEST(statement_guard, the_engine_is_locked) {
    duckdb_params params;
    params.extension_directory = test_extension_directory();
    const auto instance = open_instance(std::move(params));
    ASSERT_TRUE(instance);
    const auto connection = (*instance)->connect();
    ASSERT_TRUE(connection);
    for (const engine_setting& each : engine_settings()) {
        if (each.owner == setting_owner::server && each.name != "streaming_buffer_size" &&
            each.name != "custom_profiling_settings" && each.name != "enable_profiling") {
            EXPECT_FALSE(run_sql(connection->get(), "RESET " + std::string(each.name))) << each.name;
        }
    }
    const auto refused = run_sql(connection->get(), "SET memory_limit = '1GB'");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code.view(), "42501");
}

TEST_F(statement_guard_test, an_import_runs_what_an_export_writes) {
    const test_folder folder;
    const auto write = [&](const std::string& schema) {
        std::ofstream(folder.path("schema.sql")) << schema;
        std::ofstream(folder.path("load.sql")) << "";
    };
    const std::string import = "IMPORT DATABASE '" + folder.path() + "'";
    const text_rows before = settings_of(other);
    for (const std::string_view script :
         {"SET memory_limit = '1GB';", "CREATE TABLE a (i INTEGER); FORCE CHECKPOINT;", "PRAGMA force_checkpoint;",
          "SET GLOBAL default_null_order = 'nulls_first';", "DETACH sluice_catalog;",
          "CREATE OR REPLACE VIEW sluice_catalog.pg_class AS SELECT 1;", "FROM range(3);"}) {
        write(std::string(script));
        EXPECT_EQ(mine.code(import), "42501") << script;
    }
    EXPECT_EQ(settings_of(other), before);
    write("CREATE TABLE b (i INTEGER); INSERT INTO b VALUES (1);");
    EXPECT_EQ(mine.code(import), "00000");
    EXPECT_EQ(other.rows("SELECT i FROM b"), (text_rows{{"1"}}));
}

}  // namespace
}  // namespace sluice::duckdb
