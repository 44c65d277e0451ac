#include "engines/duckdb/session/duckdb_session.hpp"

#include <chrono>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "engines/duckdb/session/duckdb_test_support.hpp"
#include "engines/duckdb/values/types.hpp"

namespace sluice::duckdb {
namespace {

using std::chrono::steady_clock;

class duckdb_session_test : public testing::Test {
  protected:
    std::string described(const std::shared_ptr<backend::prepared_statement>& statement) {
        std::string text;
        for (const backend::column& c : statement->columns()) {
            text += (text.empty() ? "" : ", ") + c.name + " " + std::to_string(c.type);
        }
        return text;
    }
    std::string parameters(const std::shared_ptr<backend::prepared_statement>& statement) {
        std::string text;
        for (const backend::oid type : statement->parameter_types()) {
            text += (text.empty() ? "" : ", ") + std::to_string(type);
        }
        return text;
    }

    test_database database;
    test_client client{database};
};

TEST_F(duckdb_session_test, describes_columns_before_execution) {
    EXPECT_EQ(described(client.prepare("SELECT 1 AS a, 'x' AS b, 1.5::DECIMAL(5,2) AS c, [1::BIGINT] AS d")),
              "a 23, b 25, c 1700, d 1016");
    client.rows("CREATE TABLE t (a INTEGER, b VARCHAR)");
    EXPECT_EQ(described(client.prepare("INSERT INTO t VALUES (1, 'x')")), "");
    EXPECT_EQ(described(client.prepare("INSERT INTO t VALUES (1, 'x') RETURNING b, a + 1 AS n")), "b 25, n 23");
    EXPECT_EQ(described(client.prepare("CREATE TABLE u (a INTEGER)")), "");
    EXPECT_EQ(described(client.prepare("CREATE TABLE u AS SELECT 1 AS a")), "");
    EXPECT_EQ(described(client.prepare("SET integer_division = true")), "");
    EXPECT_EQ(described(client.prepare("CHECKPOINT")), "");
    EXPECT_EQ(described(client.prepare("EXPLAIN SELECT 1")), "QUERY PLAN 25");
    EXPECT_EQ(described(client.prepare("SHOW TABLES")), "name 25");
    EXPECT_EQ(described(client.prepare("SELECT count(*) AS \"Count\" FROM t")), "Count 20");
}

TEST_F(duckdb_session_test, parameters_get_types_from_where_they_stand) {
    client.rows("CREATE TABLE t (a INTEGER, b VARCHAR, c DATE)");
    EXPECT_EQ(parameters(client.prepare("SELECT * FROM t WHERE a = $1 AND c < $2")), "23, 1082");
    EXPECT_EQ(parameters(client.prepare("INSERT INTO t VALUES ($1, $2, $3)")), "23, 25, 1082");
    // Parameters without a known type are text, as in PostgreSQL.
    EXPECT_EQ(parameters(client.prepare("SELECT $1")), "25");
    EXPECT_EQ(described(client.prepare("SELECT $1 AS a")), "a 25");
    EXPECT_EQ(parameters(client.prepare("SELECT $1, $2::INTEGER")), "25, 23");
    EXPECT_EQ(parameters(client.prepare("SELECT $1 + 1")), "23");
    // Types declared by Parse are kept, even for unused parameters.
    EXPECT_EQ(parameters(client.prepare("SELECT $1", {type_oids::int8})), "20");
    EXPECT_EQ(parameters(client.prepare("SELECT $2::TEXT", {type_oids::int4})), "23, 25");
    EXPECT_EQ(described(client.prepare("SELECT $1 AS a", {type_oids::timestamptz})), "a 1184");
    const auto gap = client.try_prepare("SELECT $2::TEXT");
    ASSERT_FALSE(gap);
    EXPECT_EQ(gap.error().code.view(), "42P18");
    EXPECT_EQ(gap.error().message, "could not determine data type of parameter $1");
}

TEST_F(duckdb_session_test, binds_parameters) {
    const auto statement = client.prepare("SELECT $1::INTEGER + $2::INTEGER, $3::TEXT");
    EXPECT_EQ(client.run(statement, {"1", "2", "é"}), (text_rows{{"3", "é"}}));
    EXPECT_EQ(client.run(statement, {"40", "2", std::nullopt}), (text_rows{{"42", "NULL"}}));
    auto wrong = client.try_execute(statement, {"1"});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code.view(), "08P01");
    EXPECT_EQ(client.run(client.prepare("SELECT $2::TEXT", {type_oids::int4}), {"1", "b"}), (text_rows{{"b"}}));
}

TEST_F(duckdb_session_test, counts_rows) {
    client.rows("CREATE TABLE t (a INTEGER)");
    EXPECT_EQ(client.count("INSERT INTO t SELECT * FROM range(10)"), 10U);
    EXPECT_EQ(client.count("UPDATE t SET a = 0 WHERE a < 4"), 4U);
    EXPECT_EQ(client.count("DELETE FROM t WHERE a = 0"), 4U);
    EXPECT_EQ(client.count("CREATE TABLE u AS SELECT * FROM t"), 6U);
    EXPECT_EQ(client.rows("DELETE FROM t RETURNING a").size(), 6U);
}

TEST_F(duckdb_session_test, what_returning_gives_was_written_even_if_nobody_reads_it) {
    client.rows("CREATE TABLE t (a INTEGER)");
    {
        auto executed = client.execute(client.prepare("INSERT INTO t SELECT * FROM range(10000) RETURNING a"));
        EXPECT_EQ(client.read(*executed.rows, 1), (text_rows{{"0"}}));
    }
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"10000"}}));
}

TEST_F(duckdb_session_test, a_limited_fetch_stops_where_it_was_told) {
    auto executed = client.execute(client.prepare("SELECT * FROM range(5000)"));
    base::byte_buffer out;
    auto got = executed.rows->next(out, {.rows_max = 7});
    ASSERT_TRUE(got);
    EXPECT_EQ(got->rows, 7U);
    got = executed.rows->next(out, {.rows_max = 0});
    ASSERT_TRUE(got);
    EXPECT_EQ(got->rows, 0U);
    EXPECT_FALSE(got->finished);
    EXPECT_EQ(test_client::read(*executed.rows).size(), 4993U);
    got = executed.rows->next(out, {});
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->finished);
}

TEST_F(duckdb_session_test, portals_stay_readable_beside_other_statements) {
    client.rows("CREATE TABLE t AS SELECT range AS a FROM range(100000)");
    client.begin();
    auto first = client.execute(client.prepare("SELECT a FROM t ORDER BY a"));
    EXPECT_EQ(test_client::read(*first.rows, 3).size(), 3U);
    auto second = client.execute(client.prepare("SELECT a FROM t ORDER BY a DESC"));
    EXPECT_EQ(test_client::read(*second.rows, 2), (text_rows{{"99999"}, {"99998"}}));
    EXPECT_EQ(client.count("DELETE FROM t"), 100000U);
    const auto rest = test_client::read(*first.rows);
    ASSERT_EQ(rest.size(), 99997U);
    EXPECT_EQ(rest.front(), (text_row{"3"}));
    EXPECT_EQ(rest.back(), (text_row{"99999"}));
    EXPECT_EQ(test_client::read(*second.rows).size(), 99998U);
    first.rows.reset();
    second.rows.reset();
    client.commit();
}

TEST_F(duckdb_session_test, a_portal_that_fails_later_does_so_in_its_own_fetch) {
    auto portal = client.execute(
        client.prepare("SELECT CASE WHEN range < 50000 THEN range ELSE error('late') END FROM range(100000)"));
    EXPECT_EQ(test_client::read(*portal.rows, 1).size(), 1U);
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
    EXPECT_EQ(test_client::read_to_failure(*portal.rows).message, "late");
}

// Sessions run without DuckDB's metrics until a profile is asked for.
TEST_F(duckdb_session_test, profiles_are_as_whole_as_duckdb_makes_them) {
    client.rows("CREATE TABLE t AS FROM range(1234)");
    std::string analyzed;
    for (const text_row& row : client.rows("EXPLAIN ANALYZE SELECT count(*) FROM t WHERE range % 2 = 0")) {
        analyzed += row[0] + "\n";
    }
    EXPECT_THAT(analyzed, testing::HasSubstr("617 rows"));
    EXPECT_THAT(analyzed, testing::ContainsRegex("[0-9]+\\.[0-9]+s"));

    test_client other(database);
    EXPECT_THAT(other.rows("SELECT current_setting('custom_profiling_settings')")[0][0],
                testing::HasSubstr("OPERATOR_TIMING"));
    EXPECT_EQ(other.rows("SELECT current_setting('enable_profiling')"), (text_rows{{"NULL"}}));
}

TEST_F(duckdb_session_test, explain_is_lines_of_text) {
    const auto rows = client.rows("EXPLAIN SELECT 1");
    ASSERT_GT(rows.size(), 3U);
    for (const auto& row : rows) {
        ASSERT_EQ(row.size(), 1U);
        EXPECT_FALSE(row[0].contains('\n'));
    }
    client.rows("CREATE TABLE t (a INTEGER)");
    EXPECT_GT(client.rows("EXPLAIN ANALYZE INSERT INTO t VALUES (1)").size(), 3U);
    EXPECT_EQ(client.rows("SELECT * FROM t"), (text_rows{{"1"}}));
}

TEST_F(duckdb_session_test, transactions_are_real) {
    test_client other(database);
    client.rows("CREATE TABLE t (a INTEGER)");
    client.begin();
    client.count("INSERT INTO t VALUES (1)");
    EXPECT_EQ(other.rows("SELECT * FROM t"), text_rows{});
    client.rollback();
    EXPECT_EQ(client.rows("SELECT * FROM t"), text_rows{});
    client.begin();
    client.count("INSERT INTO t VALUES (2)");
    client.commit();
    EXPECT_EQ(other.rows("SELECT * FROM t"), (text_rows{{"2"}}));

    client.begin(true);
    EXPECT_EQ(client.code("INSERT INTO t VALUES (3)"), "25006");
    EXPECT_EQ(client.code("SELECT 1 + 0"), "25P02");
    client.rollback();
    client.rollback();  // has no effect
}

TEST_F(duckdb_session_test, conflicts_tell_that_a_retry_can_help) {
    test_client other(database);
    client.rows("CREATE TABLE t AS SELECT 1 AS a");
    client.begin();
    client.rows("SELECT * FROM t");
    other.count("UPDATE t SET a = 2");
    const sluice::error error = client.error("UPDATE t SET a = 3");
    EXPECT_EQ(error.code.view(), "40001");
    EXPECT_TRUE(error.retryable);
    client.rollback();
    EXPECT_EQ(client.count("UPDATE t SET a = 3"), 1U);
}

TEST_F(duckdb_session_test, errors_point_into_the_text_of_the_client) {
    sluice::error error = client.error("SELECT 1::int4, nosuch FROM range(1)");
    EXPECT_EQ(error.code.view(), "42703");
    EXPECT_EQ(error.position, 17);
    error = client.error("SELECT $1::int4 + nosuch", {"1"});
    EXPECT_EQ(error.position, 19);
}

TEST_F(duckdb_session_test, a_running_statement_is_cancelled) {
    const auto statement = client.prepare("SELECT count(*) FROM range(10000000000) WHERE range % 3 = 1");
    for (const auto reason : {base::cancel_reason::user, base::cancel_reason::statement_timeout}) {
        steady_clock::time_point asked;
        std::thread canceller([&] {
            // The aggregate takes seconds; it is running by now or will see the request before it starts.
            std::this_thread::yield();
            asked = steady_clock::now();
            client.engine().cancel().request(reason);
        });
        auto executed = client.try_execute(statement);
        const auto ended = steady_clock::now();
        canceller.join();
        ASSERT_FALSE(executed);
        EXPECT_EQ(executed.error().code.view(), "57014");
        EXPECT_TRUE(
            executed.error().message.contains(reason == base::cancel_reason::user ? "user request" : "timeout"));
        EXPECT_LT(ended - asked, std::chrono::milliseconds(2000));
        client.engine().cancel().reset();
    }
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
}

// A request at any moment ends the statement, unless it has ended before; no request is lost.
TEST_F(duckdb_session_test, no_request_to_cancel_is_lost) {
    const auto statement = client.prepare("SELECT count(*) FROM range(10000000000) WHERE range % 3 = 1");
    for (int i = 0; i < 60; ++i) {
        std::thread canceller([&, i] {
            const auto until = steady_clock::now() + std::chrono::microseconds(i * 10);
            while (steady_clock::now() < until) {
                std::this_thread::yield();
            }
            client.engine().cancel().request(base::cancel_reason::user);
        });
        auto executed = client.try_execute(statement);
        canceller.join();
        ASSERT_FALSE(executed);
        EXPECT_EQ(executed.error().code.view(), "57014");
        client.engine().cancel().reset();
    }
}

TEST_F(duckdb_session_test, a_cancelled_fetch_ends_the_stream) {
    auto portal = client.execute(client.prepare("SELECT * FROM range(10000000)"));
    EXPECT_EQ(test_client::read(*portal.rows, 1).size(), 1U);
    client.engine().cancel().request(base::cancel_reason::user);
    base::byte_buffer out;
    result<backend::fetched> got;
    do {
        got = portal.rows->next(out, {});
    } while (got && !got->finished);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code.view(), "57014");
    client.engine().cancel().reset();
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
}

TEST_F(duckdb_session_test, pivot_is_one_statement) {
    client.rows("CREATE TABLE t AS SELECT * FROM (VALUES ('x', 1), ('y', 2)) v(k, n)");
    const auto statement = client.prepare("PIVOT t ON k USING sum(n)");
    EXPECT_EQ(described(statement), "x 1700, y 1700");
    EXPECT_EQ(client.run(statement), (text_rows{{"1", "2"}}));
    EXPECT_EQ(client.run(statement), (text_rows{{"1", "2"}}));
    EXPECT_EQ(client.code("SELECT 1; SELECT 2"), "42601");
}

TEST_F(duckdb_session_test, utilities_run) {
    const test_folder folder;
    client.rows("CREATE TABLE t AS SELECT 42 AS a");
    client.rows("EXPORT DATABASE '" + folder.path("out") + "'");
    client.rows("DROP TABLE t");
    client.rows("IMPORT DATABASE '" + folder.path("out") + "'");
    EXPECT_EQ(client.rows("SELECT a FROM t"), (text_rows{{"42"}}));
    EXPECT_EQ(client.count("COPY t TO '" + folder.path("t.csv") + "'"), 1U);
    EXPECT_EQ(client.count("COPY t FROM '" + folder.path("t.csv") + "'"), 1U);
    client.rows("ATTACH '" + folder.path("other.db") + "' AS other");
    client.rows("CREATE TABLE other.u AS SELECT 1 AS b");
    EXPECT_EQ(client.rows("SELECT b FROM other.u"), (text_rows{{"1"}}));
    client.rows("DETACH other");
    client.rows("PRAGMA preserve_insertion_order = false");
    EXPECT_GT(client.rows("PRAGMA database_size").size(), 0U);
    EXPECT_EQ(client.rows("DESCRIBE t").size(), 1U);
}

TEST_F(duckdb_session_test, the_time_zone_counts_in_the_engine_and_in_the_output) {
    constexpr const char* sql = "SELECT TIMESTAMPTZ '2024-07-01 12:00:00+00', TIMESTAMPTZ '2024-07-01 12:00:00'";
    EXPECT_EQ(client.rows(sql), (text_rows{{"2024-07-01 12:00:00+00", "2024-07-01 12:00:00+00"}}));
    ASSERT_TRUE(client.engine().set_value_settings({.time_zone = "Europe/Berlin"}));
    EXPECT_EQ(client.rows(sql), (text_rows{{"2024-07-01 14:00:00+02", "2024-07-01 12:00:00+02"}}));
    const auto unknown = client.engine().set_value_settings({.time_zone = "Nowhere/X"});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code.view(), "22023");
    EXPECT_EQ(client.rows("SELECT TIMESTAMPTZ '2024-01-01 12:00:00'"), (text_rows{{"2024-01-01 12:00:00+01"}}));
    // Set before there is a connection.
    test_client early(database);
    ASSERT_TRUE(early.engine().set_value_settings({.time_zone = "Asia/Tokyo"}));
    EXPECT_EQ(early.rows("SELECT TIMESTAMPTZ '2024-01-01 12:00:00'"), (text_rows{{"2024-01-01 12:00:00+09"}}));
}

TEST_F(duckdb_session_test, discard_all_forgets_the_connection) {
    client.rows("CREATE TEMP TABLE tt AS SELECT 1 AS a");
    client.rows("PREPARE p AS SELECT 1");
    const auto statement = client.prepare("SELECT 5");
    client.rows("SET search_path = 'pg_catalog'");
    ASSERT_TRUE(client.engine().discard(backend::discarded::all));
    EXPECT_EQ(client.code("SELECT * FROM tt"), "42P01");
    EXPECT_EQ(client.code("EXECUTE p"), "26000");
    EXPECT_EQ(client.run(statement), (text_rows{{"5"}}));
    EXPECT_EQ(client.rows("SELECT current_schema()"), (text_rows{{"main"}}));
}

TEST_F(duckdb_session_test, streams_and_statements_may_outlive_their_session) {
    backend::execution portal;
    std::shared_ptr<backend::prepared_statement> statement;
    {
        test_client brief(database);
        statement = brief.prepare("SELECT * FROM range(100000)");
        portal = brief.execute(statement);
        EXPECT_EQ(test_client::read(*portal.rows, 1).size(), 1U);
    }
    portal.rows.reset();
    statement.reset();
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
}

TEST_F(duckdb_session_test, a_dropped_stream_gives_its_snapshot_back) {
    {
        auto portal = client.execute(client.prepare("SELECT * FROM range(10000000)"));
        EXPECT_EQ(test_client::read(*portal.rows, 1).size(), 1U);
    }
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
}

TEST_F(duckdb_session_test, a_stream_dropped_inside_a_block_leaves_the_block_usable) {
    client.rows("CREATE TABLE t (a INTEGER)");
    client.begin();
    client.count("INSERT INTO t VALUES (1)");
    {
        auto portal = client.execute(client.prepare("SELECT range FROM range(10000000)"));
        EXPECT_EQ(test_client::read(*portal.rows, 1).size(), 1U);
    }
    EXPECT_EQ(client.rows("SELECT * FROM t"), (text_rows{{"1"}}));
    client.commit();
    EXPECT_EQ(client.rows("SELECT * FROM t"), (text_rows{{"1"}}));
}

TEST_F(duckdb_session_test, copies_out) {
    client.rows("CREATE TABLE t (a INTEGER, b VARCHAR, g INTEGER GENERATED ALWAYS AS (a + 1), c DECIMAL(5,2))");
    client.rows("INSERT INTO t VALUES (1, 'x', 1.5), (2, NULL, -2)");
    const auto copy = [&](postgres::copy_command command) {
        command.direction = postgres::copy_direction::to_stdout;
        auto copied = client.engine().copy_out(command);
        EXPECT_TRUE(copied) << copied.error().message;
        base::byte_buffer out;
        while (copied) {
            auto got = copied->rows->next(out, {});
            EXPECT_TRUE(got);
            if (!got || got->finished) {
                break;
            }
        }
        return parse_copy(out.view());
    };
    // PostgreSQL 15's output for the same rows; generated columns are left out.
    EXPECT_EQ(copy({.table = {"main", "t"}}), "1\tx\t1.50\n2\t\\N\t-2.00\n");
    EXPECT_EQ(copy({.table = {"t"},
                    .columns = {"b", "a"},
                    .format = postgres::copy_format::csv,
                    .delimiter = ',',
                    .null_text = "",
                    .header = true}),
              "b,a\nx,1\n,2\n");
    EXPECT_EQ(copy({.query = "SELECT 1 WHERE false", .format = postgres::copy_format::binary}),
              std::string("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\377\377", 21));
    EXPECT_EQ(copy({.query = "INSERT INTO t VALUES (3, 'z', 0) RETURNING a"}), "3\n");
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"3"}}));

    const auto code = [&](const postgres::copy_command& command) {
        auto copied = client.engine().copy_out(command);
        EXPECT_FALSE(copied);
        return std::string(copied.error().code.view());
    };
    EXPECT_EQ(code({.table = {"nosuch"}}), "42P01");
    EXPECT_EQ(code({.table = {"t"}, .columns = {"nosuch"}}), "42703");
    EXPECT_EQ(code({.table = {"t"}, .columns = {"a", "a"}}), "42701");
    EXPECT_EQ(code({.table = {"t"}, .columns = {"g"}}), "42P10");
    EXPECT_EQ(code({.query = "DELETE FROM t"}), "0A000");
}

TEST(duckdb_read_only, memory_refuses_writes) {
    test_database database({.read_only = true});
    test_client client(database);
    EXPECT_EQ(client.code("CREATE TABLE t (a INTEGER)"), "25006");
    EXPECT_EQ(client.error("CREATE TABLE t (a INTEGER)").message, "cannot execute CREATE in a read-only transaction");
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
    client.rows("CREATE TEMP TABLE t (a INTEGER)");
}

}  // namespace
}  // namespace sluice::duckdb
