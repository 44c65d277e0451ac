// Tags and texts of errors are PostgreSQL 15's, statement by statement.
#include "postgres/sql/statement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

namespace sluice::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> pieces;
    for (const statement_text& piece : split_statements(text)) {
        EXPECT_EQ(text.substr(piece.offset_bytes, piece.text().size()), piece.text());
        pieces.emplace_back(piece.text());
    }
    return pieces;
}

statement classified(std::string_view text) {
    result<statement> found = classify(text);
    if (!found) {
        ADD_FAILURE() << text << ": " << found.error().message;
        return {};
    }
    return *std::move(found);
}

std::string tag(std::string_view text) {
    return command_tag(classified(text), 7);
}

template <typename Command>
Command command(std::string_view text) {
    const statement found = classified(text);
    const auto* held = std::get_if<Command>(&found.command);
    EXPECT_NE(held, nullptr) << text;
    return held == nullptr ? Command{} : *held;
}

// "42601 syntax error at end of input @7"
std::string failure(std::string_view text) {
    const result<statement> found = classify(text);
    if (found) {
        return "no error";
    }
    const error& cause = found.error();
    return std::string(cause.code.view()) + " " + cause.message + " @" + std::to_string(cause.position);
}

TEST(split_statements, cuts_at_semicolons_outside_of_quotes_and_comments) {
    EXPECT_THAT(split("select 1; select ';' ;\n select $$;$$;; -- ;\n /* ; */ select \";\" from t"),
                ElementsAre("select 1", "select ';'", "select $$;$$", "select \";\" from t"));
}

TEST(split_statements, leaves_out_what_is_empty) {
    EXPECT_THAT(split(""), IsEmpty());
    EXPECT_THAT(split(" ;; -- x\n; /* y */"), IsEmpty());
}

TEST(split_statements, leaves_comments_around_a_statement_out) {
    EXPECT_THAT(split("/* a */ select /* b */ 1 -- c"), ElementsAre("select /* b */ 1"));
}

TEST(split_statements, keeps_what_has_no_end) {
    EXPECT_THAT(split("select 'a; select 2"), ElementsAre("select 'a; select 2"));
    EXPECT_THAT(split("select 1; /* x"), ElementsAre("select 1", "/* x"));
    EXPECT_THAT(split("select $a$ ; $b$"), ElementsAre("select $a$ ; $b$"));
}

TEST(classify, nothing_is_empty) {
    EXPECT_EQ(classified(" -- x").kind, statement_kind::empty);
    EXPECT_EQ(tag(""), "");
}

TEST(classify, queries) {
    for (const std::string_view text :
         {"select 1", "((select 1))", "values (1)", "table t", "from t", "pivot t on a", "describe t", "summarize t",
          "with x as (select 1), insert as (select 2) select * from x", "with recursive x(a) as (select 1) values (1)",
          "with x as (insert into t values (1) returning a) select * from x", "with x as (select 1) (select * from x)",
          "update extensions", "update extensions (tpch)", "anything else"}) {
        EXPECT_EQ(classified(text).kind, statement_kind::query) << text;
        EXPECT_EQ(tag(text), "SELECT 7") << text;
    }
    EXPECT_EQ(tag("explain select 1"), "EXPLAIN");
    EXPECT_EQ(tag("pragma version"), "PRAGMA");
    EXPECT_EQ(tag("call f()"), "CALL");
}

TEST(classify, changes_of_rows) {
    EXPECT_EQ(tag("insert into t values (1)"), "INSERT 0 7");
    EXPECT_EQ(tag("INSERT OR REPLACE into t values (1)"), "INSERT 0 7");
    EXPECT_EQ(tag("update extensions set a = 1"), "UPDATE 7");
    EXPECT_EQ(tag("/* x */ delete from t"), "DELETE 7");
    EXPECT_EQ(tag("merge into t using s on true when matched then delete"), "MERGE 7");
    EXPECT_EQ(tag("with x as (select 1) insert into t select * from x"), "INSERT 0 7");
    EXPECT_EQ(tag("with recursive x as not materialized (select ')'), y as (select 2) update t set a = 1"), "UPDATE 7");
    EXPECT_EQ(tag("with \"select\" as (select 1) delete from t"), "DELETE 7");
    EXPECT_EQ(classified("with x as (select 1) delete from t").kind, statement_kind::dml);
}

TEST(classify, tags_of_definitions) {
    EXPECT_EQ(tag("create table t (a int default (1), b int generated always as (a))"), "CREATE TABLE");
    EXPECT_EQ(tag("create or replace temp table t as select 1"), "SELECT 7");
    EXPECT_EQ(tag("create table t (a) as values (1)"), "SELECT 7");
    EXPECT_EQ(tag("create table t as select 1 with no data"), "CREATE TABLE AS");
    EXPECT_EQ(tag("create or replace view v as select 1"), "CREATE VIEW");
    EXPECT_EQ(tag("create temp recursive view v (a) as select 1"), "CREATE VIEW");
    EXPECT_EQ(tag("create unique index i on t(a)"), "CREATE INDEX");
    EXPECT_EQ(tag("create schema if not exists s"), "CREATE SCHEMA");
    EXPECT_EQ(tag("create user u"), "CREATE ROLE");
    EXPECT_EQ(tag("create or replace macro f(a) as a"), "CREATE MACRO");
    EXPECT_EQ(tag("create persistent secret s (type s3)"), "CREATE SECRET");
    EXPECT_EQ(tag("drop view if exists v"), "DROP VIEW");
    EXPECT_EQ(tag("drop materialized view v"), "DROP MATERIALIZED VIEW");
    EXPECT_EQ(tag("drop owned by x"), "DROP OWNED BY");
    EXPECT_EQ(tag("alter table t add column c int"), "ALTER TABLE");
    EXPECT_EQ(tag("comment on table t is 'x'"), "COMMENT");
    EXPECT_EQ(tag("truncate t"), "TRUNCATE TABLE");
    EXPECT_EQ(classified("create table t as select 1").kind, statement_kind::utility);
}

TEST(classify, tags_of_other_utilities) {
    for (const std::string_view text : {"ATTACH 'x' as y", "DETACH y", "USE y", "CHECKPOINT", "VACUUM", "INSTALL tpch",
                                        "LOAD tpch", "GRANT x to y"}) {
        EXPECT_EQ(classified(text).kind, statement_kind::utility) << text;
        EXPECT_EQ(tag(text), text.substr(0, text.find(' ')));
    }
    EXPECT_EQ(tag("force checkpoint"), "CHECKPOINT");
    EXPECT_EQ(tag("force install x"), "INSTALL");
    EXPECT_EQ(tag("analyse t"), "ANALYZE");
    EXPECT_EQ(tag("export database 'x'"), "EXPORT DATABASE");
    EXPECT_EQ(tag("import database 'x'"), "IMPORT DATABASE");
    EXPECT_EQ(tag("listen x"), "LISTEN");
    EXPECT_EQ(classified("notify x").kind, statement_kind::listen);
}

TEST(classify, begin) {
    EXPECT_EQ(tag("begin"), "BEGIN");
    EXPECT_EQ(tag("start transaction"), "START TRANSACTION");
    EXPECT_EQ(command<begin_command>("begin work;").read_only, std::nullopt);
    const auto begin = command<begin_command>("BEGIN TRANSACTION ISOLATION LEVEL Repeatable Read, READ ONLY");
    EXPECT_EQ(begin.isolation, "repeatable read");
    EXPECT_EQ(begin.read_only, true);
    EXPECT_EQ(command<begin_command>("begin read write not deferrable").read_only, false);
    EXPECT_EQ(failure("begin isolation level read foo"), "42601 syntax error at or near \"foo\" @28");
    EXPECT_EQ(failure("begin deferrable,"), "42601 syntax error at end of input @18");
    EXPECT_EQ(failure("start work"), "42601 syntax error at or near \"work\" @7");
}

TEST(classify, end_of_transactions) {
    EXPECT_EQ(tag("end work"), "COMMIT");
    EXPECT_EQ(tag("abort"), "ROLLBACK");
    EXPECT_TRUE(command<end_command>("commit and chain").chain);
    EXPECT_FALSE(command<end_command>("rollback transaction and no chain").chain);
    EXPECT_EQ(failure("commit and"), "42601 syntax error at end of input @11");
    EXPECT_EQ(classified("rollback to savepoint a").kind, statement_kind::savepoint);
    EXPECT_EQ(classified("rollback work to savepoint").kind, statement_kind::savepoint);
    EXPECT_EQ(tag("rollback to a"), "ROLLBACK");
    EXPECT_EQ(tag("release savepoint a"), "RELEASE");
    EXPECT_EQ(tag("savepoint a"), "SAVEPOINT");
    EXPECT_EQ(failure("prepare transaction 'x'"), "0A000 prepared transactions are not supported @0");
    EXPECT_EQ(failure("commit prepared 'x'"), "0A000 prepared transactions are not supported @0");
}

TEST(classify, set) {
    struct expected {
        std::string_view text;
        set_command::scope where;
        std::string_view name;
        std::optional<std::string> value;
    };
    using enum set_command::scope;
    for (const expected& example : std::vector<expected>{
             {"set Statement_Timeout = '5s'", session, "statement_timeout", "5s"},
             {"SET SESSION extra_float_digits TO -1", session, "extra_float_digits", "-1"},
             {"set local x.Y to Abc;", local, "x.y", "abc"},
             {"set search_path = A, \"$user\", 'b c'", session, "search_path", "a, \"$user\", \"b c\""},
             {"set datestyle to iso, mdy", session, "datestyle", "iso, mdy"},
             {"set a = default", session, "a", std::nullopt},
             {"set a=E'\\x41'", session, "a", "A"},
             {"set time zone 'Europe/Berlin'", session, "timezone", "Europe/Berlin"},
             {"set local time zone -8", local, "timezone", "-8"},
             {"set time zone interval '+02:00' hour to minute", session, "timezone", "<+02:00>-02:00"},
             {"set time zone local", session, "timezone", std::nullopt},
             {"set names 'utf8'", session, "client_encoding", "utf8"},
             {"set names", session, "client_encoding", std::nullopt},
             {"set schema 'S'", session, "search_path", "\"S\""},
             {"set schema = 's'", session, "schema", "s"},
             {"set role none", session, "role", "none"},
             {"set session authorization default", session, "session_authorization", std::nullopt},
             {"set threads = 4", session, "threads", "4"},
         }) {
        const auto found = command<set_command>(example.text);
        EXPECT_EQ(found.where, example.where) << example.text;
        EXPECT_EQ(found.name, example.name) << example.text;
        EXPECT_EQ(found.value, example.value) << example.text;
        EXPECT_EQ(tag(example.text), "SET");
    }
    EXPECT_EQ(failure("set a"), "42601 syntax error at end of input @6");
    EXPECT_EQ(failure("set time zone"), "42601 syntax error at end of input @14");
    EXPECT_EQ(failure("set timezone to 'utc', 'x'"), "22023 SET timezone takes only one argument @0");
}

TEST(classify, set_transaction) {
    const auto set = command<set_command>("set transaction isolation level serializable, read only");
    EXPECT_EQ(set.where, set_command::scope::transaction);
    EXPECT_EQ(set.modes.isolation, "serializable");
    EXPECT_EQ(set.modes.read_only, true);
    const auto characteristics = command<set_command>("set session characteristics as transaction read write");
    EXPECT_EQ(characteristics.where, set_command::scope::characteristics);
    EXPECT_EQ(characteristics.modes.read_only, false);
    EXPECT_EQ(failure("set transaction"), "42601 syntax error at end of input @16");
}

TEST(classify, set_of_the_engine_passes) {
    for (const std::string_view text : {"set global threads = 4", "set variable x = 1 + 1", "set x = [1, 2]",
                                        "set x = 1 + 1", "reset global threads", "reset variable x"}) {
        EXPECT_EQ(classified(text).kind, statement_kind::utility) << text;
    }
    EXPECT_EQ(tag("set constraints all deferred"), "SET CONSTRAINTS");
    EXPECT_EQ(tag("reset local threads"), "RESET");
}

TEST(classify, show_and_reset) {
    EXPECT_EQ(command<show_command>("show TimeZone").name, "timezone");
    EXPECT_EQ(command<show_command>("show time zone;").name, "timezone");
    EXPECT_EQ(command<show_command>("show transaction isolation level").name, "transaction_isolation");
    EXPECT_EQ(command<show_command>("show session authorization").name, "session_authorization");
    EXPECT_EQ(command<show_command>("show all").name, "all");
    EXPECT_EQ(command<show_command>("show a.b").name, "a.b");
    EXPECT_EQ(command<reset_command>("reset all").name, "all");
    EXPECT_EQ(command<reset_command>("reset time zone").name, "timezone");
    EXPECT_EQ(command<reset_command>("reset x.y").name, "x.y");
    for (const std::string_view text : {"show tables", "show all tables", "show databases", "show tables from x"}) {
        EXPECT_EQ(classified(text).kind, statement_kind::query) << text;
    }
    EXPECT_EQ(failure("show x.y z"), "42601 syntax error at or near \"z\" @10");
    EXPECT_EQ(failure("reset foo bar"), "42601 syntax error at or near \"bar\" @11");
}

TEST(classify, discard_and_deallocate) {
    EXPECT_EQ(tag("discard all"), "DISCARD ALL");
    EXPECT_EQ(tag("discard temporary"), "DISCARD TEMP");
    EXPECT_EQ(command<discard_command>("discard plans").what, discard_command::target::plans);
    EXPECT_EQ(failure("discard foo"), "42601 syntax error at or near \"foo\" @9");
    EXPECT_EQ(tag("deallocate prepare all"), "DEALLOCATE ALL");
    EXPECT_EQ(command<deallocate_command>("deallocate all").name, std::nullopt);
    EXPECT_EQ(command<deallocate_command>("deallocate \"S_1\"").name, "S_1");
    EXPECT_EQ(command<deallocate_command>("deallocate prepare S_1").name, "s_1");
    EXPECT_EQ(command<deallocate_command>("deallocate prepare").name, "prepare");
}

TEST(classify, prepared_statements) {
    const auto typed = command<prepare_command>("prepare \"P\" (int, numeric(5, 2), text[]) as select $1 -- x\n + 1");
    EXPECT_EQ(typed.name, "P");
    EXPECT_THAT(typed.types, ElementsAre("int", "numeric(5, 2)", "text[]"));
    EXPECT_EQ(typed.body, "select $1 -- x\n + 1");
    EXPECT_THAT(command<prepare_command>("prepare P as select 1").types, ElementsAre());
    EXPECT_EQ(classified("prepare p as select 1").kind, statement_kind::prepare);
    EXPECT_EQ(tag("prepare p as select 1"), "PREPARE");
    EXPECT_EQ(failure("prepare p() as select 1"), "42601 syntax error at or near \")\" @11");
    EXPECT_EQ(failure("prepare p(int,) as select 1"), "42601 syntax error at or near \")\" @15");
    EXPECT_EQ(failure("prepare p select 1"), "42601 syntax error at or near \"select\" @11");
    EXPECT_EQ(failure("prepare p as"), "42601 syntax error at end of input @13");
    EXPECT_EQ(failure("prepare p (int"), "42601 syntax error at end of input @15");

    EXPECT_EQ(classified("execute p(1)").kind, statement_kind::execute);
    EXPECT_EQ(command<execute_command>("execute P").name, "p");
    EXPECT_THAT(command<execute_command>("execute p (1, f(2, 3), array[4, 5], ')')").arguments,
                ElementsAre("1", "f(2, 3)", "array[4, 5]", "')'"));
    const auto explained = command<execute_command>("explain (analyze, format json) execute p(1)");
    EXPECT_EQ(explained.explain, "explain (analyze, format json) ");
    EXPECT_EQ(explained.name, "p");
    EXPECT_EQ(command<execute_command>("explain analyze verbose execute p").explain, "explain analyze verbose ");
    EXPECT_EQ(failure("execute p(1) x"), "42601 syntax error at or near \"x\" @14");
    EXPECT_EQ(failure("execute p(1"), "42601 syntax error at end of input @12");
}

TEST(classify, cursors) {
    const auto plain = command<declare_cursor_command>("declare C cursor for select 1 /* x */ + 1");
    EXPECT_EQ(plain.name, "c");
    EXPECT_EQ(plain.query, "select 1 /* x */ + 1");
    EXPECT_EQ(plain.scroll, std::nullopt);
    EXPECT_FALSE(plain.with_hold);
    const auto held = command<declare_cursor_command>(
        "declare \"SQL_CUR1\" binary insensitive no scroll cursor with hold for values (1)");
    EXPECT_EQ(held.name, "SQL_CUR1");
    EXPECT_EQ(held.scroll, false);
    EXPECT_TRUE(held.binary);
    EXPECT_TRUE(held.with_hold);
    EXPECT_EQ(failure("declare c cursor select 1"), "42601 syntax error at or near \"select\" @18");
    EXPECT_EQ(failure("declare c scroll cursor with hold"), "42601 syntax error at end of input @34");
    EXPECT_EQ(command<close_command>("close \"C\"").cursor, "C");
    EXPECT_EQ(command<close_command>("close all").cursor, std::nullopt);
    EXPECT_EQ(tag("close all"), "CLOSE CURSOR ALL");
    EXPECT_EQ(tag("close c"), "CLOSE CURSOR");
}

TEST(classify, fetch) {
    using enum fetch_command::direction;
    struct expected {
        std::string_view text;
        fetch_command::direction towards;
        std::optional<std::int64_t> count;
        std::string_view cursor = "c";
    };
    for (const expected& example : std::vector<expected>{
             {"fetch c", forward, 1},
             {"fetch next from c", forward, 1},
             {"fetch in c", forward, 1},
             {"fetch 10 from c", forward, 10},
             {"fetch -10 c", backward, 10},
             {"fetch forward 5 in c", forward, 5},
             {"fetch forward -5 c", backward, 5},
             {"fetch forward c", forward, 1},
             {"fetch all c", forward, std::nullopt},
             {"fetch forward all from c", forward, std::nullopt},
             {"fetch backward all c", backward, std::nullopt},
             {"fetch prior c", backward, 1},
             {"fetch first c", absolute, 1},
             {"fetch last c", absolute, -1},
             {"fetch absolute -3 c", absolute, -3},
             {"fetch relative 0 c", relative, 0},
             {"fetch next", forward, 1, "next"},
         }) {
        const auto found = command<fetch_command>(example.text);
        EXPECT_EQ(found.towards, example.towards) << example.text;
        EXPECT_EQ(found.count, example.count) << example.text;
        EXPECT_EQ(found.cursor, example.cursor) << example.text;
        EXPECT_FALSE(found.move);
    }
    EXPECT_EQ(tag("fetch c"), "FETCH 7");
    EXPECT_EQ(tag("move 3 in c"), "MOVE 7");
    EXPECT_TRUE(command<fetch_command>("move c").move);
    EXPECT_EQ(failure("fetch absolute from c"), "42601 syntax error at or near \"from\" @16");
    EXPECT_EQ(failure("fetch all from c x"), "42601 syntax error at or near \"x\" @18");
}

TEST(classify, positions_count_characters) {
    EXPECT_EQ(failure("declare \"äö\" x"), "42601 syntax error at or near \"x\" @14");
}

}  // namespace
}  // namespace sluice::postgres
