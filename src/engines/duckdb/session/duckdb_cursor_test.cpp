// Streams that outlive the next statement, their transaction, or a step back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>

#include "engines/duckdb/session/duckdb_test_support.hpp"

namespace sluice::duckdb {
namespace {

double metric(const base::metrics_registry& registry, std::string_view name) {
    const std::string text = registry.text();
    const std::string line = "\nsluice_" + std::string(name) + " ";
    const auto at = text.find(line);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size()));
}

class duckdb_cursor_test : public ::testing::Test {
  protected:
    backend::execution open(const std::string& sql, bool scroll = false) {
        const auto statement = client.prepare(sql);
        const std::vector<backend::wire_format> formats(statement->columns().size(), backend::wire_format::text);
        auto executed = client.engine().execute(statement, {}, formats, {.scroll = scroll});
        EXPECT_TRUE(executed) << executed.error().message;
        return executed ? *std::move(executed) : backend::execution{};
    }
    static text_rows backward(backend::scroll_stream& rows, std::uint64_t rows_max) {
        base::byte_buffer out;
        for (std::uint64_t read = 0; read < rows_max;) {
            auto got = rows.prior(out, {.rows_max = rows_max - read});
            EXPECT_TRUE(got) << got.error().message;
            if (!got || (got->finished && got->rows == 0)) {
                break;
            }
            read += got->rows;
            if (got->finished) {
                break;
            }
        }
        return parse_rows(out.view());
    }
    double moved() const { return metric(registry, "engine_streams_moved_total"); }
    double stored() const { return metric(registry, "engine_streams_stored_total"); }
    double on_loan() const { return metric(registry, "engine_connections_on_loan"); }

    base::metrics_registry registry;
    test_database database{{.cursor_batch_rows = 3000, .cursor_store_bytes_max = 20'000'000, .metrics = &registry}};
    test_client client{database};
    test_client other{database};
};

TEST_F(duckdb_cursor_test, a_half_read_result_keeps_its_connection_while_the_session_takes_another) {
    client.rows("CREATE TABLE t AS FROM range(100000) r(a)");
    client.begin();
    auto first = open("SELECT a FROM t ORDER BY a");
    EXPECT_EQ(test_client::read(*first.rows, 2), (text_rows{{"0"}, {"1"}}));
    auto second = open("SELECT a + 1 FROM t ORDER BY a");
    EXPECT_EQ(test_client::read(*first.rows, 1), (text_rows{{"2"}}));
    EXPECT_EQ(test_client::read(*second.rows, 1), (text_rows{{"1"}}));
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"100000"}}));
    EXPECT_EQ(moved(), 2);
    EXPECT_EQ(stored(), 0);
    EXPECT_EQ(on_loan(), 3);
    EXPECT_EQ(test_client::read(*first.rows).size(), 99'997U);
    first.rows.reset();
    second.rows.reset();
    EXPECT_EQ(on_loan(), 1);
    client.commit();
}

TEST_F(duckdb_cursor_test, all_results_of_a_transaction_show_one_snapshot_whoever_commits_meanwhile) {
    client.rows("CREATE TABLE t AS FROM range(50000) r(a)");
    client.begin();
    auto first = open("SELECT count(*), max(a) FROM t");
    EXPECT_EQ(test_client::read(*first.rows), (text_rows{{"50000", "49999"}}));
    auto half_read = open("SELECT a FROM t");
    EXPECT_EQ(test_client::read(*half_read.rows, 1).size(), 1U);
    other.count("INSERT INTO t VALUES (1000000)");
    auto second = open("SELECT count(*), max(a) FROM t");  // on a connection of its own it would see the new row
    EXPECT_EQ(test_client::read(*second.rows), (text_rows{{"50000", "49999"}}));
    EXPECT_EQ(stored(), 1);
    EXPECT_EQ(test_client::read(*half_read.rows).size(), 49'999U);
    client.commit();
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"50001"}}));
}

TEST_F(duckdb_cursor_test, results_of_a_transaction_that_has_written_show_what_was_written_before_them) {
    client.rows("CREATE TABLE t AS FROM range(30000) r(a)");
    client.begin();
    client.count("DELETE FROM t WHERE a < 10000");
    auto before = open("SELECT a FROM t ORDER BY a");
    EXPECT_EQ(test_client::read(*before.rows, 1), (text_rows{{"10000"}}));
    client.count("DELETE FROM t WHERE a < 20000");
    auto after = open("SELECT a FROM t ORDER BY a");
    EXPECT_EQ(test_client::read(*after.rows, 1), (text_rows{{"20000"}}));
    EXPECT_EQ(test_client::read(*before.rows, 1), (text_rows{{"10001"}}));
    EXPECT_EQ(test_client::read(*after.rows, 1), (text_rows{{"20001"}}));
    EXPECT_EQ(test_client::read(*before.rows).size(), 19'998U);
    EXPECT_EQ(test_client::read(*after.rows).size(), 9'998U);
    EXPECT_EQ(moved(), 0);
    before.rows.reset();
    after.rows.reset();
    client.rollback();
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"30000"}}));
}

TEST_F(duckdb_cursor_test, what_is_put_aside_has_a_bound) {
    client.rows("CREATE TABLE t (a INTEGER)");
    client.begin();
    client.count("INSERT INTO t VALUES (1)");
    auto portal = open("SELECT range, range FROM range(100000000)");
    EXPECT_EQ(test_client::read(*portal.rows, 1).size(), 1U);
    EXPECT_EQ(client.code("SELECT 1 + 0"), "53400");
    portal.rows.reset();
    client.rollback();
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
    EXPECT_EQ(metric(registry, "engine_rows_stored"), 0);
    EXPECT_EQ(on_loan(), 1);
}

TEST_F(duckdb_cursor_test, a_session_that_left_traces_on_its_connection_stays_on_it) {
    client.rows("CREATE TEMP TABLE mine AS FROM range(10000) r(a)");
    client.begin();
    auto first = open("SELECT a FROM mine ORDER BY a");
    EXPECT_EQ(test_client::read(*first.rows, 1).size(), 1U);
    EXPECT_EQ(client.rows("SELECT count(*) FROM mine"), (text_rows{{"10000"}}));
    EXPECT_EQ(test_client::read(*first.rows).size(), 9'999U);
    EXPECT_EQ(stored(), 1);
    client.commit();
}

TEST_F(duckdb_cursor_test, a_held_result_survives_its_transaction_without_being_read) {
    client.rows("CREATE TABLE t AS FROM range(100000) r(a)");
    client.begin();
    auto held = open("SELECT a FROM t ORDER BY a");
    EXPECT_EQ(test_client::read(*held.rows, 2), (text_rows{{"0"}, {"1"}}));
    ASSERT_TRUE(client.engine().hold(*held.rows));
    client.commit();
    EXPECT_EQ(client.count("DELETE FROM t"), 100000U);
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"0"}}));
    EXPECT_EQ(test_client::read(*held.rows, 1), (text_rows{{"2"}}));
    EXPECT_EQ(test_client::read(*held.rows).size(), 99'997U);
    EXPECT_EQ(stored(), 0);
}

TEST_F(duckdb_cursor_test, a_held_result_of_a_transaction_that_wrote_is_kept_aside) {
    client.rows("CREATE TABLE t AS FROM range(10000) r(a)");
    client.begin();
    client.count("INSERT INTO t VALUES (-1)");
    auto held = open("SELECT a FROM t ORDER BY a");
    ASSERT_TRUE(client.engine().hold(*held.rows));
    client.commit();
    EXPECT_EQ(other.rows("SELECT count(*) FROM t"), (text_rows{{"10001"}}));
    EXPECT_EQ(test_client::read(*held.rows, 2), (text_rows{{"-1"}, {"0"}}));
    EXPECT_EQ(stored(), 1);
}

TEST_F(duckdb_cursor_test, scrolls_over_what_is_in_memory_and_what_is_in_tables) {
    auto cursor = open("SELECT range, 'row ' || range FROM range(400000)", true);
    ASSERT_NE(cursor.scroll, nullptr);
    EXPECT_EQ(test_client::read(*cursor.rows, 2), (text_rows{{"0", "row 0"}, {"1", "row 1"}}));
    EXPECT_EQ(backward(*cursor.scroll, 5), (text_rows{{"1", "row 1"}, {"0", "row 0"}}));
    EXPECT_EQ(test_client::read(*cursor.rows).size(), 400'000U);
    // Across the border of two tables, of a batch, in the middle, at both ends.
    for (const std::uint64_t row : {245'760UL, 122'880UL, 3'000UL, 200'000UL, 399'998UL, 1UL}) {
        cursor.scroll->seek(row + 1);
        EXPECT_EQ(backward(*cursor.scroll, 2),
                  (text_rows{{std::to_string(row), "row " + std::to_string(row)},
                             {std::to_string(row - 1), "row " + std::to_string(row - 1)}}));
        EXPECT_EQ(test_client::read(*cursor.rows, 1)[0][0], std::to_string(row - 1));
    }
    cursor.scroll->seek(400'000);
    const auto all = backward(*cursor.scroll, 1'000'000);
    ASSERT_EQ(all.size(), 400'000U);
    for (std::size_t i = 0; i < all.size(); ++i) {
        ASSERT_EQ(all[i][0], std::to_string(399'999 - i));
    }
    EXPECT_EQ(metric(registry, "engine_rows_stored"), 400'000);
    cursor.rows.reset();
    EXPECT_EQ(metric(registry, "engine_rows_stored"), 0);
    EXPECT_EQ(on_loan(), 1);
}

TEST_F(duckdb_cursor_test, produces_only_as_far_as_somebody_has_read) {
    auto cursor = open("SELECT range FROM range(1000000000)", true);
    EXPECT_EQ(test_client::read(*cursor.rows, 5000).size(), 5000U);
    EXPECT_LE(metric(registry, "engine_rows_stored"), 5000 + 2048);
}

TEST_F(duckdb_cursor_test, skips_without_encoding) {
    auto cursor = open("SELECT range FROM range(10000)");
    std::uint64_t skipped = 0;
    while (skipped < 7000) {
        const auto got = cursor.rows->skip(7000 - skipped);
        ASSERT_TRUE(got);
        skipped += got->rows;
    }
    EXPECT_EQ(test_client::read(*cursor.rows, 1), (text_rows{{"7000"}}));
    std::uint64_t rest = 0;
    for (;;) {
        const auto got = cursor.rows->skip(10'000);
        ASSERT_TRUE(got);
        rest += got->rows;
        if (got->finished) {
            break;
        }
    }
    EXPECT_EQ(rest, 2999U);
}

TEST_F(duckdb_cursor_test, each_fetch_has_its_own_format_and_settings) {
    auto cursor = open("SELECT 258::INTEGER, '2024-06-01 12:00:00+00'::TIMESTAMPTZ FROM range(5)");
    EXPECT_EQ(test_client::read(*cursor.rows, 1), (text_rows{{"258", "2024-06-01 12:00:00+00"}}));
    const std::vector<backend::wire_format> mixed{backend::wire_format::binary, backend::wire_format::text};
    ASSERT_TRUE(client.engine().set_formats(*cursor.rows, mixed));
    EXPECT_EQ(test_client::read(*cursor.rows, 1)[0][0], std::string("\0\0\1\2", 4));
    backend::value_settings paris;
    paris.time_zone = "Europe/Paris";
    ASSERT_TRUE(client.engine().set_value_settings(paris));
    const std::vector<backend::wire_format> text(2, backend::wire_format::text);
    ASSERT_TRUE(client.engine().set_formats(*cursor.rows, text));
    EXPECT_EQ(test_client::read(*cursor.rows, 1), (text_rows{{"258", "2024-06-01 14:00:00+02"}}));
}

// Two executions of one statement in different formats must not take each other's encoder.
TEST_F(duckdb_cursor_test, executions_in_different_formats_do_not_mix) {
    const auto statement = client.prepare("SELECT 258::INTEGER");
    const std::vector<backend::wire_format> text{backend::wire_format::text};
    const std::vector<backend::wire_format> binary{backend::wire_format::binary};
    auto first = client.engine().execute(statement, {}, text, {});
    ASSERT_TRUE(first);
    auto second = client.engine().execute(statement, {}, binary, {});
    ASSERT_TRUE(second);
    first->rows.reset();
    auto third = client.engine().execute(statement, {}, binary, {});
    ASSERT_TRUE(third);
    EXPECT_EQ(test_client::read(*third->rows), (text_rows{{std::string("\0\0\1\2", 4)}}));
}

// A store returns the same rows as the engine itself, for every type that a table can hold.
TEST_F(duckdb_cursor_test, every_type_comes_back_from_a_table_as_it_went_in) {
    const std::string columns =
        "i, i % 2 = 0, i::TINYINT, i::SMALLINT, i::INTEGER, i::BIGINT, i::HUGEINT, i::UTINYINT, i::USMALLINT, "
        "i::UINTEGER, i::UBIGINT, i::UHUGEINT, i::FLOAT / 3, i::DOUBLE / 3, i::DECIMAL(4,1), i::DECIMAL(9,2), "
        "i::DECIMAL(18,3), i::DECIMAL(38,4), DATE '2024-01-01' + i::INTEGER, TIME '10:00:00' + to_seconds(i), "
        "'10:00:00+02'::TIMETZ, TIMESTAMP '2024-01-01' + to_hours(i), (TIMESTAMP '2024-01-01')::TIMESTAMP_S, "
        "(TIMESTAMP '2024-01-01')::TIMESTAMP_MS, (TIMESTAMP '2024-01-01')::TIMESTAMP_NS, "
        "'2024-01-01 00:00:00+00'::TIMESTAMPTZ, to_days(i::INTEGER), "
        "'00000000-0000-0000-0000-00000000002a'::UUID, 'text ' || repeat('x', i), ('blob' || i)::BLOB, "
        "bitstring('101', 8), (i * 100000000000000000000)::BIGNUM, ('{\"a\": ' || i || '}')::JSON, "
        "(['one','it''s'])[1 + i % 2]::ENUM('one','it''s'), [i, NULL, i + 1], ['a', repeat('y', i)], "
        "array_value(i, i + 1, i + 2), {'a': i, 'b b': 'x' || i}, row(i, 'y'), map {i: 'v' || i, i + 1: NULL}, "
        "union_value(num := i), [{'k': [i]}], CASE WHEN i % 3 = 0 THEN NULL ELSE i END, NULL, [NULL]";
    const std::string query = "SELECT " + columns + " FROM range(100) r(i) ORDER BY i";
    const auto expected = client.rows(query);
    ASSERT_EQ(expected.size(), 100U);
    base::metrics_registry numbers;
    test_database small({.cursor_batch_rows = 1, .metrics = &numbers});  // all rows go through a table
    test_client reader(small);
    const auto statement = reader.prepare(query);
    const std::vector<backend::wire_format> formats(statement->columns().size(), backend::wire_format::text);
    auto executed = reader.engine().execute(statement, {}, formats, {.scroll = true});
    ASSERT_TRUE(executed) << executed.error().message;
    EXPECT_EQ(test_client::read(*executed->rows), expected);
    auto reversed = expected;
    std::ranges::reverse(reversed);
    EXPECT_EQ(backward(*executed->scroll, 100), reversed);
}

TEST_F(duckdb_cursor_test, a_failure_half_way_is_told_behind_the_good_rows) {
    client.rows("SET VARIABLE trace = 1");  // so that the rest is put aside
    auto portal = open("SELECT CASE WHEN range < 50000 THEN range ELSE error('late') END FROM range(100000)");
    EXPECT_EQ(test_client::read(*portal.rows, 1).size(), 1U);
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
    EXPECT_EQ(test_client::read_to_failure(*portal.rows).message, "late");
}

TEST_F(duckdb_cursor_test, a_resting_session_has_no_connection_unless_something_hangs_on_it) {
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
    const auto statement = client.prepare("SELECT $1::INTEGER + 1");
    EXPECT_EQ(client.run(statement, {"1"}), (text_rows{{"2"}}));
    EXPECT_EQ(on_loan(), 1);
    client.engine().rest();
    EXPECT_EQ(on_loan(), 0);
    EXPECT_EQ(client.run(statement, {"2"}), (text_rows{{"3"}}));
    EXPECT_EQ(on_loan(), 1);
    client.rows("SET integer_division = true");
    client.engine().rest();
    EXPECT_EQ(on_loan(), 0);
    EXPECT_EQ(client.rows("SELECT 7 / 2"), (text_rows{{"3"}}));
    EXPECT_EQ(other.rows("SELECT 7 / 2"), (text_rows{{"3.5"}}));
    client.rows("RESET integer_division");
    client.engine().rest();
    EXPECT_EQ(client.rows("SELECT 7 / 2"), (text_rows{{"3.5"}}));
    client.rows("CREATE TEMP TABLE mine (a INTEGER)");
    client.engine().rest();
    EXPECT_EQ(on_loan(), 2);  // the other session has one, too
}

TEST_F(duckdb_cursor_test, settings_go_along_when_the_session_takes_another_connection) {
    client.rows("CREATE SCHEMA s");
    client.rows("CREATE TABLE s.t AS FROM range(10000) r(a)");
    client.rows("SET search_path = 's'");
    client.rows("SET integer_division = true");
    client.begin();
    auto first = open("SELECT a FROM t ORDER BY a");
    EXPECT_EQ(test_client::read(*first.rows, 1), (text_rows{{"0"}}));
    EXPECT_EQ(client.rows("SELECT count(*), 7 / 2 FROM t"), (text_rows{{"10000", "3"}}));
    EXPECT_EQ(test_client::read(*first.rows).size(), 9'999U);
    EXPECT_EQ(moved(), 1);
    EXPECT_EQ(stored(), 0);
    client.commit();
}

TEST_F(duckdb_cursor_test, nothing_of_a_session_reaches_the_next_one_on_its_connection) {
    const auto leave = [&](const std::vector<std::string>& statements) {
        test_client first(database);
        for (const auto& sql : statements) {
            first.rows(sql);
        }
        first.engine().rest();
    };
    const auto expect_clean = [&](std::string_view sql, const text_rows& clean) {
        test_client next(database);
        EXPECT_EQ(next.rows(sql), clean) << sql;
    };
    leave({"CREATE TEMP TABLE secret AS SELECT 42"});
    expect_clean("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'secret'", {{"0"}});
    leave({"SET search_path = 'information_schema'"});
    expect_clean("SELECT current_schema()", {{"main"}});
    leave({"CREATE TEMP MACRO m() AS 1"});
    expect_clean("SELECT count(*) FROM duckdb_functions() WHERE function_name = 'm'", {{"0"}});
    leave({"SET VARIABLE v = 7"});
    expect_clean("SELECT getvariable('v')", {{"NULL"}});
    leave({"PREPARE p AS SELECT 1"});
    {
        test_client next(database);
        EXPECT_EQ(next.code("EXECUTE p"), "26000");
    }
    {
        test_client first(database);
        backend::value_settings tokyo;
        tokyo.time_zone = "Asia/Tokyo";
        ASSERT_TRUE(first.engine().set_value_settings(tokyo));
        EXPECT_EQ(first.rows("SELECT current_setting('TimeZone')"), (text_rows{{"Asia/Tokyo"}}));
    }
    expect_clean("SELECT current_setting('TimeZone')", {{"UTC"}});
}

TEST_F(duckdb_cursor_test, a_late_cancel_does_not_hit_the_next_fetch) {
    auto cursor = open("SELECT range FROM range(100000)");
    EXPECT_EQ(test_client::read(*cursor.rows, 1), (text_rows{{"0"}}));
    client.engine().cancel().request(base::cancel_reason::user);  // no statement runs
    client.engine().cancel().reset();
    EXPECT_EQ(test_client::read(*cursor.rows).size(), 99'999U);
}

TEST_F(duckdb_cursor_test, a_cancelled_scroll_ends_and_frees_everything) {
    auto cursor = open("SELECT range FROM range(1000000)", true);
    EXPECT_EQ(test_client::read(*cursor.rows, 10'000).size(), 10'000U);
    client.engine().cancel().request(base::cancel_reason::user);
    cursor.scroll->seek(0);
    base::byte_buffer out;
    const auto got = cursor.rows->next(out, {});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code.view(), "57014");
    cursor.rows.reset();
    client.engine().cancel().reset();
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
    EXPECT_EQ(metric(registry, "engine_rows_stored"), 0);
}

TEST_F(duckdb_cursor_test, pg_cursors_shows_a_session_its_own) {
    backend::conversation_facts facts;
    facts.cursors = [] {
        return std::vector<backend::cursor_facts>{{.name = "c",
                                                   .statement = "declare c cursor for select 1",
                                                   .is_scrollable = true,
                                                   .created_us = 1'717'243'200'000'000,
                                                   .rows_fetched = 5}};
    };
    client.engine().set_facts(std::move(facts));
    EXPECT_EQ(
        client.rows("SELECT name, statement, is_holdable, is_binary, is_scrollable, creation_time, rows_fetched, "
                    "last_fetch_time FROM pg_cursors() ORDER BY name"),
        (text_rows{{"c", "declare c cursor for select 1", "f", "f", "t", "2024-06-01 12:00:00+00", "5", "NULL"}}));
    EXPECT_EQ(other.rows("SELECT * FROM pg_cursors()"), text_rows{});
}

}  // namespace
}  // namespace sluice::duckdb
