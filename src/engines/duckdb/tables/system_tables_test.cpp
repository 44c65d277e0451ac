#include "engines/duckdb/tables/system_tables.hpp"

#include <atomic>
#include <gtest/gtest.h>

#include "engines/duckdb/session/duckdb_test_support.hpp"
#include "engines/duckdb/statement/duckdb_effects.hpp"

namespace sluice::duckdb {
namespace {

backend::system_table every_type() {
    return {.name = "sluice_every_type",
            .columns = {{.name = "a", .type = backend::system_type::bigint},
                        {.name = "b", .type = backend::system_type::double_precision},
                        {.name = "c", .type = backend::system_type::boolean},
                        {.name = "d", .type = backend::system_type::varchar},
                        {.name = "e", .type = backend::system_type::timestamptz},
                        {.name = "f", .type = backend::system_type::interval}},
            .rows = [](backend::system_caller) {
                return std::vector<backend::system_row>{
                    {std::int64_t{-5}, 1.5, true, "x\n\u00e4", backend::timestamp_us{1'717'243'200'000'000},
                     backend::interval_us{90'000'000}},
                    backend::system_row(6),
                };
            }};
}

class system_tables_test : public testing::Test {
  protected:
    duckdb_params params() {
        duckdb_params with;
        with.system_tables = {
            every_type(),
            {.name = "sluice_profiles",
             .columns = {{.name = "asked", .type = backend::system_type::bigint},
                         {.name = "caller", .type = backend::system_type::bigint}},
             .rows =
                 [this](backend::system_caller caller) {
                     return std::vector<backend::system_row>{{++asked_, static_cast<std::int64_t>(caller)}};
                 }},
            {.name = "sluice_query_log",
             .columns = {{.name = "n", .type = backend::system_type::bigint},
                         {.name = "text", .type = backend::system_type::varchar}},
             .rows =
                 [](backend::system_caller) {
                     std::vector<backend::system_row> rows;
                     for (std::int64_t n = 0; n < 5'000; ++n) {
                         rows.push_back({n, n % 2 == 0 ? backend::system_value()
                                                       : backend::system_value("row " + std::to_string(n))});
                     }
                     return rows;
                 }},
            {.name = "sluice_broken",
             .columns = {{.name = "n", .type = backend::system_type::bigint}},
             .rows =
                 [](backend::system_caller) { return std::vector<backend::system_row>{{std::int64_t{1}}, {"two"}}; }},
            {.name = "sluice_short",
             .columns = {{.name = "n", .type = backend::system_type::bigint},
                         {.name = "m", .type = backend::system_type::bigint}},
             .rows = [](backend::system_caller) { return std::vector<backend::system_row>{{std::int64_t{1}}}; }},
        };
        return with;
    }

    std::atomic<std::int64_t> asked_{0};
    test_database database_{params()};
    test_client client_{database_};
    test_client other_{database_};
};

TEST_F(system_tables_test, has_values_of_every_type_and_nulls) {
    EXPECT_EQ(client_.rows("SELECT * FROM sluice_every_type()"),
              (text_rows{{"-5", "1.5", "t", "x\n\u00e4", "2024-06-01 12:00:00+00", "00:01:30"},
                         {"NULL", "NULL", "NULL", "NULL", "NULL", "NULL"}}));
}

TEST_F(system_tables_test, has_more_rows_than_a_chunk) {
    EXPECT_EQ(client_.rows("SELECT count(*), sum(n), count(text), max(text) FROM sluice_query_log()"),
              (text_rows{{"5000", "12497500", "2500", "row 999"}}));
    EXPECT_EQ(client_.rows("SELECT a.n FROM sluice_query_log() a JOIN sluice_query_log() b ON a.n = b.n + 4998"),
              (text_rows{{"4998"}, {"4999"}}));
    EXPECT_EQ(client_.rows("SELECT n FROM sluice_query_log() LIMIT 1 OFFSET 3000"), (text_rows{{"3000"}}));
}

TEST_F(system_tables_test, rows_are_those_of_now_every_time) {
    const std::string query = "SELECT asked FROM sluice_profiles()";
    EXPECT_EQ(client_.rows(query), (text_rows{{"1"}}));
    EXPECT_EQ(client_.rows(query), (text_rows{{"2"}}));
    const auto prepared = client_.prepare(query);
    EXPECT_EQ(asked_, 2);  // planning reads no rows
    EXPECT_EQ(client_.run(prepared), (text_rows{{"3"}}));
    EXPECT_EQ(client_.run(prepared), (text_rows{{"4"}}));
    client_.begin();
    EXPECT_EQ(client_.run(prepared), (text_rows{{"5"}}));
    EXPECT_EQ(client_.rows(query), (text_rows{{"6"}}));
    client_.commit();
}

TEST_F(system_tables_test, knows_who_asks) {
    const std::string query = "SELECT caller FROM sluice_profiles()";
    const text_rows mine = client_.rows(query);
    EXPECT_EQ(client_.rows(query), mine);
    EXPECT_NE(other_.rows(query), mine);
}

// engines/duckdb/dialect/translate_test.cpp tests the translation of FROM sluice.query_log; this test uses its result.
TEST_F(system_tables_test, tables_have_their_names) {
    EXPECT_EQ(client_.rows("SELECT query_log.n FROM sluice_query_log() AS query_log WHERE query_log.n = 7"),
              (text_rows{{"7"}}));
}

// They write nothing, so no other plan ends; and a plan over them is never reused, even beside tables.
TEST_F(system_tables_test, plans_over_them_are_never_used_again) {
    duckdb_params with = params();
    with.extension_directory = test_extension_directory();
    const auto instance = open_instance(std::move(with));
    ASSERT_TRUE(instance);
    const auto connection = (*instance)->connect();
    ASSERT_TRUE(connection);
    ASSERT_TRUE(run_sql(connection->get(), "CREATE TABLE t (n BIGINT); BEGIN"));
    const search_path path;
    const auto reuse_of = [&](const std::string& sql) {
        const statement_traits traits = read_traits(sql);
        EXPECT_EQ(effect_of(DUCKDB_STATEMENT_TYPE_SELECT, traits, (*instance)->functions()), change::none) << sql;
        return find_reuse({.connection = connection->get(),
                           .instance = **instance,
                           .sent = sql,
                           .traits = traits,
                           .type = DUCKDB_STATEMENT_TYPE_SELECT,
                           .path = &path});
    };
    EXPECT_EQ(reuse_of("SELECT * FROM t"), plan_reuse::until_write);
    EXPECT_EQ(reuse_of("SELECT * FROM sluice_query_log()"), plan_reuse::never);
    EXPECT_EQ(reuse_of("SELECT * FROM sluice_query_log() AS query_log, t"), plan_reuse::never);
    EXPECT_EQ(reuse_of("SELECT (SELECT max(n) FROM sluice_query_log()) FROM t"), plan_reuse::never);
    EXPECT_EQ(reuse_of("SELECT * FROM pg_cursors()"), plan_reuse::never);
}

TEST_F(system_tables_test, rows_that_do_not_fit_are_an_error) {
    for (const std::string table : {"sluice_broken", "sluice_short"}) {
        const auto failed = client_.try_execute(client_.prepare("SELECT * FROM " + table + "()"));
        ASSERT_FALSE(failed);
        EXPECT_TRUE(failed.error().message.contains("rows of " + table + " do not fit its columns"))
            << failed.error().message;
    }
    EXPECT_EQ(client_.rows("SELECT 1"), (text_rows{{"1"}}));
}

}  // namespace
}  // namespace sluice::duckdb
