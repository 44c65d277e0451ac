#include "engines/duckdb/capi/duckdb_errors.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "engines/duckdb/capi/duckdb_error_table.hpp"
#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {
namespace {

class duckdb_errors : public testing::Test {
  protected:
    void SetUp() override {
        owned_config config;
        ASSERT_EQ(duckdb_create_config(config.out()), DuckDBSuccess);
        ASSERT_EQ(duckdb_set_config(config.get(), "errors_as_json", "true"), DuckDBSuccess);
        ASSERT_EQ(duckdb_set_config(config.get(), "autoinstall_known_extensions", "false"), DuckDBSuccess);
        ASSERT_EQ(duckdb_open_ext(nullptr, database_.out(), config.get(), nullptr), DuckDBSuccess);
        ASSERT_EQ(duckdb_connect(database_.get(), connection_.out()), DuckDBSuccess);
        for (const char* sql : {"CREATE TABLE p (id INTEGER PRIMARY KEY, v VARCHAR NOT NULL, c INTEGER CHECK (c > 0))",
                                "CREATE TABLE f (id INTEGER REFERENCES p (id))", "INSERT INTO p VALUES (1, 'a', 1)",
                                "INSERT INTO f VALUES (1)", "CREATE SEQUENCE s", "CREATE TYPE e AS ENUM ('a')",
                                "CREATE SCHEMA sc", "CREATE INDEX i ON p (v)", "CREATE VIEW w AS SELECT 1 AS a",
                                "SET threads = 2", "SET external_threads = 2"}) {
            ASSERT_EQ(duckdb_query(connection_.get(), sql, nullptr), DuckDBSuccess) << sql;
        }
    }

    error error_of(const std::string& sql) {
        owned_result result;
        EXPECT_EQ(duckdb_query(connection_.get(), sql.c_str(), result.out()), DuckDBError) << sql;
        return translate_error(duckdb_result_error(result.get()), {.sent = sql, .original = sql});
    }

    owned_database database_;
    owned_connection connection_;
};

struct error_case {
    const char* sql;
    const char* code;     // PostgreSQL's, by appendix A of its manual
    const char* message;  // part of it
};

// The answers of PostgreSQL 15 to the same or the closest statement.
constexpr error_case cases[] = {
    {"SELECT * FROM nosuch", "42P01", "relation \"nosuch\" does not exist"},
    {"SELECT * FROM nosch.t", "42P01", "relation \"nosch.t\" does not exist"},
    {"DROP TABLE nosuch", "42P01", "does not exist"},
    {"UPDATE nosuch SET a = 1", "42P01", "relation \"nosuch\" does not exist"},
    {"SELECT x.id FROM p", "42P01", "missing FROM-clause entry for table \"x\""},
    {"SELECT nope FROM p", "42703", "column \"nope\" does not exist"},
    {"SELECT 1 WHERE zz", "42703", "column \"zz\" does not exist"},
    {"SELECT p.nope FROM p", "42703", "column p.nope does not exist"},
    {"INSERT INTO p (nope) VALUES (1)", "42703", "column \"nope\" of relation \"p\" does not exist"},
    {"UPDATE p SET zz = 1", "42703", "column \"zz\" does not exist"},
    {"ALTER TABLE p DROP COLUMN zz", "42703", "column \"zz\" of relation \"p\" does not exist"},
    {"SELECT nofunc(1)", "42883", "function nofunc does not exist"},
    {"SELECT abs('x', 1)", "42883", "function abs("},
    {"CALL nosuch()", "42883", "function nosuch does not exist"},
    {"SELECT 1::nosuchtype", "42704", "type \"nosuchtype\" does not exist"},
    {"SET nosuch = 1", "42704", "unrecognized configuration parameter \"nosuch\""},
    {"CREATE TABLE nosch.t (a INTEGER)", "3F000", "schema \"nosch\" does not exist"},
    {"USE nosuchdb", "3D000", "\"nosuchdb\" does not exist"},
    {"SELEC 1", "42601", "syntax error at or near \"SELEC\""},
    {"SELECT 1 +", "42601", "syntax error at end of input"},
    {"SELECT 'abc", "42601", "unterminated quoted string"},
    {"INSERT INTO p VALUES (3)", "42601", "3 columns but 1 values"},
    {"SELECT id FROM p a, p b", "42702", "column reference \"id\" is ambiguous"},
    {"SELECT v, count(*) FROM p", "42803", "must appear in the GROUP BY clause or be used in an aggregate function"},
    {"SELECT max(sum(id)) FROM p", "42803", "aggregate function calls cannot be nested"},
    {"SELECT id FROM p WHERE sum(id) > 1", "42803", "aggregate functions are not allowed in WHERE"},
    {"SELECT id FROM p ORDER BY 3", "42P10", "ORDER"},
    {"CREATE TABLE p (a INTEGER)", "42P07", "relation \"p\" already exists"},
    {"CREATE VIEW p AS SELECT 1", "42P07", "relation \"p\" already exists"},
    {"CREATE SEQUENCE s", "42P07", "relation \"s\" already exists"},
    {"CREATE INDEX i ON p (v)", "42P07", "relation \"i\" already exists"},
    {"CREATE SCHEMA sc", "42P06", "schema \"sc\" already exists"},
    {"CREATE TYPE e AS ENUM ('b')", "42710", "type \"e\" already exists"},
    {"ALTER TABLE p ADD COLUMN v INTEGER", "42701", "column \"v\" already exists"},
    {"DROP VIEW p", "42809", "of type Table"},
    {"DROP TABLE p", "2BP01", "Could not drop the table"},
    {"INSERT INTO p VALUES (1, 'a', 1)", "23505", "duplicate key value violates unique constraint"},
    {"INSERT INTO p VALUES (2, NULL, 1)", "23502", "null value in column \"v\" of relation \"p\""},
    {"INSERT INTO p VALUES (2, 'x', 0)", "23514", "new row for relation \"p\" violates check constraint"},
    {"INSERT INTO f VALUES (7)", "23503", "violates foreign key constraint"},
    {"DELETE FROM p WHERE id = 1", "23503", "update or delete on table violates foreign key constraint"},
    {"SELECT 'a'::INTEGER", "22P02", "invalid input syntax for type integer: \"a\""},
    {"SELECT v::BOOLEAN FROM p WHERE v = 'a'", "22P02", "invalid input syntax for type boolean: \"a\""},
    {"SELECT '[1'::JSON", "22P02", "invalid input syntax for type json"},
    {"SELECT '300'::TINYINT", "22003", "value \"300\" is out of range for type tinyint"},
    {"SELECT 99999999999::INTEGER", "22003", "out of range"},
    {"SELECT 2147483647::INTEGER + 1::INTEGER", "22003", "integer out of range"},
    {"SELECT 12345.67::DECIMAL(5,2)", "22003", "numeric field overflow"},
    {"SELECT 'x'::TIMESTAMP", "22007", "invalid input syntax for type timestamp: \"x\""},
    {"SELECT 'x'::DATE", "22007", "invalid input syntax for type date: \"x\""},
    {"SELECT INTERVAL 'x'", "22007", "invalid input syntax for type interval: \"x\""},
    {"SELECT '2020-13-01'::DATE", "22008", "date/time field value out of range: \"2020-13-01\""},
    {"SELECT ln(-1)", "2201E", "logarithm"},
    {"SELECT sqrt(-1)", "2201F", "square root"},
    {"SELECT * FROM p LIMIT -1", "2201W", "LIMIT must not be negative"},
    {"SELECT (SELECT unnest([1, 2]))", "21000", "more than one row returned by a subquery used as an expression"},
    {"SELECT * FROM '/nonexistent/x.csv'", "58P01", "No files found"},
    {"SET TimeZone = 'Nowhere/X'", "22023", "invalid value for parameter \"TimeZone\": Nowhere/X"},
    {"SET threads = 1", "22023", "threads cannot be set below what the server was started with (--engine-threads)"},
    {"SET threads = 'x'", "22023", "Could not convert string 'x'"},
    {"EXECUTE nosuch", "26000", "prepared statement \"nosuch\" does not exist"},
    {"COMMIT", "25P01", "there is no transaction in progress"},
};

TEST_F(duckdb_errors, have_the_codes_and_words_of_postgresql) {
    for (const error_case& expected : cases) {
        const sluice::error error = error_of(expected.sql);
        EXPECT_EQ(error.code.view(), expected.code) << expected.sql << ": " << error.message;
        EXPECT_TRUE(error.message.contains(expected.message)) << expected.sql << ": " << error.message;
        EXPECT_FALSE(error.message.contains("Error:")) << error.message;
        EXPECT_FALSE(error.message.contains("LINE ")) << error.message;
        EXPECT_FALSE(error.message.contains('\n')) << error.message;
    }
}

TEST_F(duckdb_errors, inside_transactions) {
    ASSERT_EQ(duckdb_query(connection_.get(), "BEGIN", nullptr), DuckDBSuccess);
    EXPECT_EQ(error_of("SELECT error('x') FROM p").code.view(), "22023");
    EXPECT_EQ(error_of("SELECT 1").code.view(), "25P02");
    ASSERT_EQ(duckdb_query(connection_.get(), "ROLLBACK", nullptr), DuckDBSuccess);
    ASSERT_EQ(duckdb_query(connection_.get(), "BEGIN TRANSACTION READ ONLY", nullptr), DuckDBSuccess);
    EXPECT_EQ(error_of("INSERT INTO p VALUES (9, 'z', 1)").code.view(), "25006");
    ASSERT_EQ(duckdb_query(connection_.get(), "ROLLBACK", nullptr), DuckDBSuccess);
    ASSERT_EQ(duckdb_query(connection_.get(), "BEGIN", nullptr), DuckDBSuccess);
    EXPECT_EQ(error_of("BEGIN").code.view(), "25001");
    ASSERT_EQ(duckdb_query(connection_.get(), "ROLLBACK", nullptr), DuckDBSuccess);
}

TEST_F(duckdb_errors, conflicts_can_be_retried) {
    owned_connection other;
    ASSERT_EQ(duckdb_connect(database_.get(), other.out()), DuckDBSuccess);
    ASSERT_EQ(duckdb_query(connection_.get(), "CREATE TABLE t AS SELECT 1 AS a", nullptr), DuckDBSuccess);
    ASSERT_EQ(duckdb_query(connection_.get(), "BEGIN; SELECT * FROM t", nullptr), DuckDBSuccess);
    ASSERT_EQ(duckdb_query(other.get(), "UPDATE t SET a = 2", nullptr), DuckDBSuccess);
    const error update = error_of("UPDATE t SET a = 3");
    EXPECT_EQ(update.code.view(), "40001") << update.detail;
    EXPECT_TRUE(update.retryable);
    ASSERT_EQ(duckdb_query(connection_.get(), "ROLLBACK", nullptr), DuckDBSuccess);

    ASSERT_EQ(duckdb_query(connection_.get(), "BEGIN; INSERT INTO p VALUES (50, 'x', 1)", nullptr), DuckDBSuccess);
    ASSERT_EQ(duckdb_query(other.get(), "INSERT INTO p VALUES (50, 'y', 1)", nullptr), DuckDBSuccess);
    const error commit = error_of("COMMIT");
    EXPECT_EQ(commit.code.view(), "23505") << commit.message << commit.detail;
    EXPECT_TRUE(commit.retryable);

    ASSERT_EQ(duckdb_query(connection_.get(), "BEGIN; CREATE TABLE n (a INTEGER)", nullptr), DuckDBSuccess);
    owned_result result;
    ASSERT_EQ(duckdb_query(other.get(), "CREATE TABLE n (a INTEGER)", result.out()), DuckDBError);
    EXPECT_EQ(translate_error(duckdb_result_error(result.get())).code.view(), "40001");
}

TEST_F(duckdb_errors, carry_hints) {
    EXPECT_EQ(error_of("SELECT nope FROM p").hint, "Candidate bindings: \"c\"");
    EXPECT_TRUE(error_of("SELECT * FROM pp").hint.starts_with("Did you mean \"p\"?"));
    EXPECT_TRUE(error_of("SELECT substr(1)").hint.contains("substr(VARCHAR, BIGINT)"));
    EXPECT_EQ(error_of("SELECT abs('x', 1)").detail.substr(0, 27), "No function matches the giv");
}

// The positions of psql 15 for the same mistakes.
TEST_F(duckdb_errors, have_positions_in_characters) {
    EXPECT_EQ(error_of("SELECT * FROM nosuch").position, 15);
    EXPECT_EQ(error_of("SELECT 'é', nope FROM p").position, 13);
    EXPECT_EQ(error_of("SELECT\n  nope\nFROM p").position, 10);
    EXPECT_EQ(error_of("SELEC 1").position, 1);
    EXPECT_EQ(error_of("SELECT 1 +").position, 11);
    EXPECT_EQ(error_of("COMMIT").position, 0);
}

TEST(original_position, survives_translation) {
    const std::string original = "SELECT nope, $1 FROM t";
    const std::string sent = "SELECT nope, CAST($1 AS BIGINT) FROM t";
    EXPECT_EQ(original_position({.sent = sent, .original = original}, 7), 8);
    EXPECT_EQ(original_position({.sent = sent, .original = original}, 32), 17);
    EXPECT_EQ(original_position({.sent = sent, .original = original}, 37), 22);
    EXPECT_EQ(original_position({.sent = sent, .original = original}, sent.size()), 23);
    // A token that the client never wrote.
    EXPECT_EQ(original_position({.sent = sent, .original = original}, 13), 0);
    EXPECT_EQ(original_position({.sent = sent, .original = {}}, 7), 0);
    EXPECT_EQ(original_position({.sent = sent, .original = original}, 1000), 0);
}

TEST(original_position, tells_equal_tokens_apart) {
    const std::string original = "SELECT a, b::int4 FROM t WHERE a";
    const std::string sent = "SELECT a, b::INTEGER FROM t WHERE a";
    EXPECT_EQ(original_position({.sent = sent, .original = original}, 7), 8);
    EXPECT_EQ(original_position({.sent = sent, .original = original}, 34), 32);
}

TEST(translate_error, understands_plain_text_too) {
    const sluice::error error = translate_error(
        "Catalog Error: Table with name t does not exist!\nDid you mean \"u\"?\n\nLINE 1: select * from t\n            "
        "  ^");
    EXPECT_EQ(error.code.view(), "42P01");
    EXPECT_EQ(error.message, "relation \"t\" does not exist");
    EXPECT_EQ(error.hint, "Did you mean \"u\"?");
    EXPECT_EQ(translate_error("INTERRUPT Error: Interrupted!").code.view(), "57014");
    EXPECT_EQ(translate_error("Out of Memory Error: failed to allocate").code.view(), "53200");
    EXPECT_EQ(translate_error("IO Error: disk on fire").code.view(), "58030");
    EXPECT_EQ(translate_error("IO Error: Could not write file: No space left on device").code.view(), "53100");
    EXPECT_EQ(translate_error("Dependency Error: Cannot drop entry").code.view(), "2BP01");
    EXPECT_EQ(translate_error("Divide by Zero Error: x").code.view(), "22012");
    EXPECT_EQ(translate_error("whatever").code.view(), "XX000");
    EXPECT_EQ(translate_error(nullptr).code.view(), "XX000");
}

TEST(translate_error, tells_what_is_scarce_or_broken_below_the_engine) {
    struct fault {
        const char* text;
        const char* sqlstate;
        bool retryable;
    };
    for (
        const fault& each : std::to_array<fault>({
            {R"({"exception_type":"TransactionContext","exception_message":"Failed to commit: Could not write file \"/d/a.wal\": No space left on device"})",
             "53100", false},
            {R"({"exception_type":"TransactionContext","exception_message":"Failed to commit: Could not write file \"/d/a.wal\": Input/output error"})",
             "58030", false},
            {R"({"exception_type":"FATAL","exception_message":"Failed to create checkpoint because of error: Could not write file \"/d/a\": No space left on device"})",
             "53100", false},
            {"Out of Memory Error: failed to pin block of size 256.0 KiB (63.7 MiB/64.0 MiB used)", "53200", true},
            {"Out of Memory Error: failed to offload data block of size 256.0 KiB (95.1 MiB/95.3 MiB used).", "53100",
             false},
            {"IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2", "XX001", false},
            {"IO Error: Cannot open file \"/d/x\": Too many open files", "53000", true},
            {"TransactionContext Error: Failed to commit: Cannot open file \"/d/a.wal\": Too many open files", "53000",
             true},
            {"FATAL Error: Failed: database has been invalidated because of a previous fatal error.", "08006", true},
        })) {
        const sluice::error error = translate_error(each.text);
        EXPECT_EQ(error.code.view(), each.sqlstate) << each.text;
        EXPECT_EQ(error.retryable, each.retryable) << each.text;
        EXPECT_EQ(error.hint.empty(), error.code == sqlstates::io_error || error.code.view() == "08006") << each.text;
    }
    const error committed = translate_error(
        "FATAL Error: Transaction COMMIT succeeded and is durable, but the autocheckpoint failed. Reopen the database "
        "instance to recover. No space left on device");
    EXPECT_EQ(committed.message, committed_without_checkpoint);
    EXPECT_EQ(committed.hint, "Do not send the statement again.");
}

TEST(parse_error_object, reads_escapes_and_gives_up_quietly) {
    const auto members = parse_error_object(R"({"a":"x\"\\\n\u0007é","b":"2"})");
    ASSERT_EQ(members.size(), 2U);
    EXPECT_EQ(members[0].second, "x\"\\\n\aé");
    EXPECT_EQ(members[1].first, "b");
    for (const char* broken :
         {"", "{", "{\"a\"", "{\"a\":", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":\"\\u00", "{\"a\":1}"}) {
        EXPECT_TRUE(parse_error_object(broken).empty()) << broken;
    }
}

TEST(matches_pattern, captures_without_quotes) {
    std::vector<std::string_view> captures;
    EXPECT_TRUE(matches_pattern("Table {} has {}!*", "Table \"a\" has b! more", captures));
    EXPECT_EQ(captures, (std::vector<std::string_view>{"a", "b"}));
    EXPECT_FALSE(matches_pattern("Table {} has", "Table a has b", captures));
    EXPECT_TRUE(matches_pattern("{}", "all of it", captures));
    EXPECT_EQ(fill_template("{1} {0} {2}.", {"x", "y"}), "y x .");
}

}  // namespace
}  // namespace sluice::duckdb
