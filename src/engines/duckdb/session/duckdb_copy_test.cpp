#include <gtest/gtest.h>

#include "engines/duckdb/session/duckdb_test_support.hpp"

namespace sluice::duckdb {
namespace {

class duckdb_copy : public testing::Test {
  protected:
    void SetUp() override {
        client.rows(
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR DEFAULT 'd', g INTEGER GENERATED ALWAYS AS (a * 2))");
    }
    result<std::uint64_t> copy(std::string_view data, postgres::copy_command command) {
        command.direction = postgres::copy_direction::from_stdin;
        TRY_ASSIGN(auto sink, client.engine().copy_in(command));
        for (const char byte : data) {
            TRY(sink->write({&byte, 1}));
        }
        return sink->finish();
    }
    std::string code(std::string_view data, const postgres::copy_command& command) {
        const auto copied = copy(data, command);
        return copied ? "00000" : std::string(copied.error().code.view());
    }

    test_database database;
    test_client client{database};
};

TEST_F(duckdb_copy, rows_are_there_for_everybody_when_it_ends) {
    test_client other(database);
    const auto copied = copy("1\tx\n2\t\\N\n", {.table = {"main", "T"}});
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(*copied, 2U);
    EXPECT_EQ(other.rows("SELECT * FROM t ORDER BY a"), (text_rows{{"1", "x", "2"}, {"2", "NULL", "4"}}));
}

TEST_F(duckdb_copy, columns_left_out_get_their_defaults) {
    const auto copied =
        copy("5\n6\n", {.table = {"t"}, .columns = {"A"}, .format = postgres::copy_format::csv, .delimiter = ','});
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(client.rows("SELECT * FROM t ORDER BY a"), (text_rows{{"5", "d", "10"}, {"6", "d", "12"}}));
}

TEST_F(duckdb_copy, nothing_stays_of_one_that_fails) {
    EXPECT_EQ(code("1\tx\nzwei\ty\n", {.table = {"t"}}), "22P02");
    EXPECT_EQ(code("1\tx\n1\ty\n", {.table = {"t"}}), "23505");
    EXPECT_EQ(code("1\n", {.table = {"t"}}), "22P04");
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"0"}}));
    {
        auto sink = client.engine().copy_in({.table = {"t"}});
        ASSERT_TRUE(sink);
        ASSERT_TRUE((*sink)->write("1\tx\n"));
    }
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"0"}}));
}

TEST_F(duckdb_copy, inside_a_block_it_belongs_to_the_block) {
    client.begin();
    ASSERT_TRUE(copy("1\tx\n", {.table = {"t"}}));
    EXPECT_EQ(client.rows("SELECT count(*) FROM t WHERE a > 0"), (text_rows{{"1"}}));
    client.rollback();
    EXPECT_EQ(client.rows("SELECT count(*) FROM t WHERE a > 0"), (text_rows{{"0"}}));
}

TEST_F(duckdb_copy, wrong_targets_are_refused_at_once) {
    EXPECT_EQ(code("", {.table = {"nosuch"}}), "42P01");
    EXPECT_EQ(code("", {.table = {"t"}, .columns = {"nosuch"}}), "42703");
    EXPECT_EQ(code("", {.table = {"t"}, .columns = {"g"}}), "42P10");
    EXPECT_EQ(client.rows("SELECT 1"), (text_rows{{"1"}}));
}

TEST_F(duckdb_copy, is_cancelled_between_messages) {
    auto sink = client.engine().copy_in({.table = {"t"}});
    ASSERT_TRUE(sink);
    client.engine().cancel().request(base::cancel_reason::user);
    const auto written = (*sink)->write("1\tx\n");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code.view(), "57014");
    client.engine().cancel().reset();
    sink->reset();
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"0"}}));
}

}  // namespace
}  // namespace sluice::duckdb
