#include "engines/duckdb/database/search_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/duckdb/session/duckdb_test_support.hpp"

namespace sluice::duckdb {
namespace {

using names = std::vector<std::string>;

std::string value_of(const names& path, const names& existing) {
    search_path made;
    made.set(path);
    made.resolve("c", existing);
    return made.engine_value();
}

TEST(search_path, holds_what_exists_in_its_order) {
    const names existing{"main", "s", "A b"};
    EXPECT_EQ(value_of({"joe", "public"}, existing), default_search_path("c"));
    EXPECT_EQ(value_of({"public"}, {"main", "public"}), R"("c"."public","sluice_functions"."sluice_functions")");
    EXPECT_EQ(value_of({"nope", "s", "A b", "s"}, existing),
              R"("c"."s","c"."A b","sluice_functions"."sluice_functions")");
    EXPECT_EQ(value_of({"pg_temp", "s"}, existing), R"("c"."s","sluice_functions"."sluice_functions")");
    EXPECT_EQ(
        value_of({"pg_catalog", "s"}, existing),
        R"("c"."s","sluice_functions"."no schema","sluice_functions"."sluice_functions","system"."pg_catalog","c"."s")");
    EXPECT_EQ(
        value_of({"information_schema", "s"}, existing),
        R"("c"."s","sluice_functions"."no schema","sluice_functions"."sluice_functions","system"."information_schema","c"."s")");
    EXPECT_EQ(value_of({"s", "pg_catalog"}, existing),
              R"("c"."s","sluice_functions"."sluice_functions","system"."pg_catalog")");
    EXPECT_EQ(value_of({"a b", "S"}, existing), R"("c"."A b","sluice_functions"."sluice_functions")");
    EXPECT_EQ(value_of({}, existing),
              R"("c"."main","sluice_functions"."no schema","sluice_functions"."sluice_functions")");
    EXPECT_EQ(value_of({"x\".y"}, {"x\".y"}), R"("c"."x"".y","sluice_functions"."sluice_functions")");
}

TEST(search_path, tells_what_is_new) {
    search_path path;
    EXPECT_TRUE(path.set({"s", "public"}));
    EXPECT_FALSE(path.set({"s", "public"}));
    EXPECT_TRUE(path.resolve("c", names{"main"}));
    EXPECT_FALSE(path.resolve("c", names{"main", "t"}));
    EXPECT_TRUE(path.resolve("c", names{"main", "s"}));
    EXPECT_EQ(path.schemas(), (names{"s", "main"}));
}

std::string placed(const names& path, std::string_view sql) {
    search_path made;
    made.set(path);
    made.resolve("c", names{"main", "s"});
    const auto text = made.place(sql);
    return text ? text->value_or("as it is") : std::string(text.error().code.view());
}

TEST(search_path, creates_in_the_first_that_exists) {
    for (const char* sql : {"create table z (i int)", "CREATE OR REPLACE VIEW z AS SELECT 1", "create sequence z",
                            "create type z as enum ('a')", "create macro z() as 1", "create function z() as 1",
                            "create table if not exists z as select 1", "create recursive view z as select 1"}) {
        EXPECT_EQ(placed({"nope", "s"}, sql), "as it is") << sql;
        EXPECT_EQ(placed({"nope"}, sql), "3F000") << sql;
        EXPECT_EQ(placed({}, sql), "3F000") << sql;
        EXPECT_EQ(placed({"pg_catalog", "s"}, sql), "42501") << sql;
    }
    for (const char* sql : {"create table s.z (i int)", "create schema z", "create temp table z (i int)",
                            "create index z on t (i)", "select 1", "create or replace temporary view z as select 1",
                            "create macro s.z() as 1", "drop table z", "insert into z values (1)"}) {
        EXPECT_EQ(placed({"nope"}, sql), "as it is") << sql;
    }
    EXPECT_EQ(placed({"pg_temp", "s"}, "create or replace table z (i int)"),
              "create or replace TEMPORARY table z (i int)");
}

class search_path_session_test : public testing::Test {
  protected:
    search_path_session_test() {
        ours_.rows("CREATE TABLE t AS SELECT 'main' AS a");
        ours_.rows("CREATE SCHEMA s");
        ours_.rows("CREATE TABLE s.t AS SELECT 's' AS a");
    }
    std::string read(test_client& client, std::string_view sql = "SELECT a FROM t") {
        const auto rows = client.rows(sql);
        return rows.empty() ? "nothing" : rows[0][0];
    }

    test_database database_{{.connections_min = 0, .connections_max = 1}};
    test_client ours_{database_};
};

TEST_F(search_path_session_test, plans_follow) {
    const auto plan = ours_.prepare("SELECT a FROM t");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ours_.run(plan), (text_rows{{"main"}}));
        EXPECT_EQ(read(ours_), "main");
        ours_.engine().set_search_path(std::vector<std::string>{"s", "public"});
        EXPECT_EQ(ours_.run(plan), (text_rows{{"s"}}));
        EXPECT_EQ(read(ours_), "s");
        ours_.engine().set_search_path(std::vector<std::string>{"public"});
    }
}

// All sessions share one connection, which passes from one to the other.
TEST_F(search_path_session_test, sessions_on_one_connection_keep_their_own) {
    test_client other(database_);
    other.engine().set_search_path(std::vector<std::string>{"s"});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(read(ours_), "main");
        EXPECT_EQ(read(ours_, "SELECT current_schema()"), "main");
        ours_.engine().park();
        EXPECT_EQ(read(other), "s");
        EXPECT_EQ(read(other, "SELECT current_schemas(true)"), "{pg_catalog,s}");
        other.engine().park();
    }
}

TEST_F(search_path_session_test, schemas_may_come_and_go) {
    test_client other(database_);
    ours_.engine().set_search_path(std::vector<std::string>{"later", "public"});
    EXPECT_EQ(read(ours_, "SELECT current_schemas(false)"), "{main}");
    ours_.engine().park();
    other.rows("CREATE SCHEMA later");
    other.rows("CREATE TABLE later.t AS SELECT 'later' AS a");
    other.engine().park();
    EXPECT_EQ(read(ours_), "later");
    ours_.rows("CREATE TABLE z (i INTEGER)");
    EXPECT_EQ(read(ours_, "SELECT schema_name FROM duckdb_tables() WHERE table_name = 'z'"), "later");
    ours_.engine().park();
    other.rows("DROP SCHEMA later CASCADE");
    other.engine().park();
    EXPECT_EQ(read(ours_), "main");
    EXPECT_EQ(read(ours_, "SELECT current_schema()"), "main");
}

TEST_F(search_path_session_test, a_schema_of_an_open_transaction_counts_for_it_alone) {
    ours_.engine().set_search_path(std::vector<std::string>{"own", "public"});
    ours_.begin();
    ours_.rows("CREATE SCHEMA own");
    ours_.rows("CREATE TABLE z AS SELECT 1 AS i");
    EXPECT_EQ(read(ours_, "SELECT schema_name FROM duckdb_tables() WHERE table_name = 'z'"), "own");
    ours_.rollback();
    ours_.rows("CREATE TABLE z AS SELECT 1 AS i");
    EXPECT_EQ(read(ours_, "SELECT schema_name FROM duckdb_tables() WHERE table_name = 'z'"), "main");
}

TEST_F(search_path_session_test, nothing_is_created_where_no_schema_is_selected) {
    ours_.engine().set_search_path(std::vector<std::string>{"nope"});
    EXPECT_EQ(ours_.code("CREATE TABLE z (i INTEGER)"), "3F000");
    EXPECT_EQ(ours_.code("CREATE TABLE s.z (i INTEGER)"), "00000");
    EXPECT_EQ(ours_.code("CREATE TEMP TABLE z (i INTEGER)"), "00000");
    EXPECT_EQ(read(ours_, "SELECT current_schema()"), "NULL");
    EXPECT_EQ(read(ours_, "SELECT current_schemas(false)"), "{}");
    ours_.engine().set_search_path(std::vector<std::string>{"pg_temp"});
    EXPECT_EQ(ours_.code("CREATE TABLE y AS SELECT 1"), "00000");
    EXPECT_EQ(read(ours_, "SELECT database_name FROM duckdb_tables() WHERE table_name = 'y'"), "temp");
    // Planned earlier, and planned again for the path at its execution.
    ours_.engine().set_search_path(std::vector<std::string>{"public"});
    const auto plan = ours_.prepare("CREATE TABLE x (i INTEGER)");
    ours_.engine().set_search_path(std::vector<std::string>{"nope"});
    EXPECT_FALSE(ours_.try_execute(plan));
}

TEST_F(search_path_session_test, it_holds_after_use_and_for_a_fresh_connection) {
    ours_.rows("USE s");
    EXPECT_EQ(read(ours_), "s");
    ours_.engine().set_search_path(std::vector<std::string>{"public"});
    EXPECT_EQ(read(ours_), "main");
    ours_.engine().set_search_path(std::vector<std::string>{"s"});
    EXPECT_EQ(read(ours_), "s");
    EXPECT_TRUE(ours_.engine().discard(backend::discarded::all));
    EXPECT_EQ(read(ours_), "s");
    ours_.engine().rest();
    EXPECT_EQ(read(ours_), "s");
}

TEST_F(search_path_session_test, copy_finds_its_table) {
    ours_.engine().set_search_path(std::vector<std::string>{"s"});
    auto copied = ours_.engine().copy_in({.table = {"t"}, .columns = {}});
    ASSERT_TRUE(copied);
    ASSERT_TRUE((*copied)->write("new\n"));
    ASSERT_TRUE((*copied)->finish());
    EXPECT_EQ(read(ours_, "SELECT count(*) FROM s.t"), "2");
    EXPECT_EQ(read(ours_, "SELECT count(*) FROM main.t"), "1");
}

}  // namespace
}  // namespace sluice::duckdb
