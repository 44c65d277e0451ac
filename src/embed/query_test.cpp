// Queries of the C++ API on a real DuckDB.
#include "embed/query.hpp"

#include <array>
#include <functional>
#include <gtest/gtest.h>

#include "embed/query_test_support.hpp"

namespace sluice::embed {
namespace {

using std::chrono::milliseconds;

TEST_F(query_test, rows_are_collected) {
    auto result = run(engine.query("SELECT range AS n, 'r' || range FROM range(3)").rows_expected(3));
    ASSERT_EQ(result.columns().size(), 2U);
    EXPECT_EQ(result.columns()[0].name, "n");
    EXPECT_EQ(result.columns()[0].type, 20U);  // int8
    const auto rows = result.collect_all();
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ((*rows)[2].get<std::int64_t>(0).value(), 2);
    EXPECT_EQ((*rows)[2].text(1), "r2");
    EXPECT_EQ(work.reserved(), 0U);
}

// The third example of the architecture: a background query with one row, which no row hint announces.
TEST_F(query_test, a_count_in_the_background_is_collected) {
    auto result = run(engine.query("SELECT count(*) FROM range(1000000)").hint("background"));
    const auto rows = result.collect_all();
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().get<std::int64_t>(0).value(), 1'000'000);
    EXPECT_EQ(work.last().profile->name, "background");
}

// The hint makes no difference: `three` and `catalog` announce fewer, rows_expected() more.
TEST_F(query_test, fewer_than_ten_thousand_rows_are_collected_and_no_more) {
    const auto ways = std::to_array<std::function<query_builder(query_builder)>>({
        [](query_builder query) { return query; },
        [](query_builder query) { return query.hint("background"); },
        [](query_builder query) { return query.hint("three"); },
        [](query_builder query) { return query.hint("catalog"); },
        [](query_builder query) { return query.rows_expected(1'000'000); },
    });
    for (const auto& way : ways) {
        auto few = run(way(engine.query("SELECT * FROM range(9999)")));
        EXPECT_EQ(few.collect_all().value().size(), 9'999U);
        auto listed = run(way(engine.query("SELECT * FROM range(9999)"))).automatic();
        ASSERT_TRUE(listed);
        EXPECT_EQ(std::get<std::vector<row>>(*listed).size(), 9'999U);
        auto many = run(way(engine.query("SELECT * FROM range(10000)")));
        const auto refused = many.collect_all();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code.view(), "54000");
        EXPECT_TRUE(refused.error().hint.contains("stream()"));
        EXPECT_EQ(work.reserved(), 0U);
        EXPECT_EQ(work.last().outcome.view(), "54000");
        auto streamed = run(way(engine.query("SELECT * FROM range(10000)"))).automatic();
        ASSERT_TRUE(streamed);
        EXPECT_EQ(count_rows(std::get<query_stream>(*std::move(streamed))), 10'000U);
        EXPECT_EQ(work.last().outcome.view(), "00000");
    }
}

TEST_F(query_test, a_program_may_say_how_many_it_collects) {
    auto result = run(engine.query("SELECT * FROM range(20000)"));
    EXPECT_EQ(result.collect_all(20'001).value().size(), 20'000U);
    auto refused = run(engine.query("SELECT * FROM range(20000)"));
    EXPECT_EQ(code_of(refused.collect_all(20'000)), "54000");
}

TEST_F(query_test, size_and_memory_are_known_or_estimated) {
    const auto small = run(engine.query("SELECT * FROM range(3)").hint("background").rows_expected(3));
    EXPECT_EQ(small.size_hint(), 3U);
    EXPECT_EQ(small.memory_estimate(), 3U * (1 + 4 + 2 + 4 + 1));  // type, length, columns, length, digit
    const auto none = run(engine.query("SELECT * FROM range(0)"));
    EXPECT_EQ(none.size_hint(), 0U);
    EXPECT_EQ(none.memory_estimate(), 0U);
    const auto unknown = run(engine.query("SELECT * FROM range(10000000)"));
    EXPECT_EQ(unknown.size_hint(), std::nullopt);
    EXPECT_EQ(unknown.memory_estimate(), std::nullopt);
    const auto hinted = run(engine.query("SELECT 1000000 + range FROM range(1000000)").rows_expected(1'000'000));
    EXPECT_EQ(hinted.size_hint(), 1'000'000U);
    EXPECT_EQ(hinted.memory_estimate(), 1'000'000U * (1 + 4 + 2 + 4 + 7));
}

TEST_F(query_test, rows_are_read_one_by_one) {
    auto result = run(engine.query("SELECT range FROM range(5000)"));
    for (std::int64_t i = 0; i < 5000; ++i) {
        const auto each = result.next();
        ASSERT_TRUE(each && *each);
        ASSERT_EQ((*each)->get<std::int64_t>(0).value(), i);
    }
    EXPECT_EQ(result.next().value(), std::nullopt);
    EXPECT_EQ(result.next().value(), std::nullopt);
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_test, a_stream_is_open_until_its_last_row_or_its_end) {
    {
        query_stream rows = run(engine.query("SELECT * FROM range(1000000)").hint("three")).stream();
        ASSERT_TRUE(rows.next());
        EXPECT_EQ(work.reserved(), std::uint64_t{10} << 20U);
        EXPECT_EQ(work.load.log().running().size(), 1U);
    }
    EXPECT_EQ(work.reserved(), 0U);
    EXPECT_TRUE(work.load.log().running().empty());
    EXPECT_EQ(work.last().outcome.view(), "00000");
    EXPECT_EQ(work.last().rows, 1U);
    EXPECT_EQ(count_rows(run(engine.query("SELECT * FROM range(300000)")).stream()), 300000U);
    EXPECT_EQ(work.last().rows, 300000U);
}

TEST_F(query_test, automatic_collects_what_fits) {
    auto fits = run(engine.query("SELECT * FROM range(3)").hint("three")).automatic();
    ASSERT_TRUE(fits);
    ASSERT_TRUE(std::holds_alternative<std::vector<row>>(*fits));
    EXPECT_EQ(first_column(std::get<std::vector<row>>(*fits)), (std::vector<std::string>{"0", "1", "2"}));

    auto streams = run(engine.query("SELECT * FROM range(10000)").hint("three")).automatic();
    ASSERT_TRUE(streams);
    ASSERT_TRUE(std::holds_alternative<query_stream>(*streams));
    auto& rows = std::get<query_stream>(*streams);
    for (std::int64_t i = 0; i < 10000; ++i) {
        const auto each = rows.next();
        ASSERT_TRUE(each && *each);
        ASSERT_EQ((*each)->get<std::int64_t>(0).value(), i);
    }
    EXPECT_EQ(rows.next().value(), std::nullopt);

    auto unknown = run(engine.query("SELECT 1")).automatic();
    EXPECT_TRUE(unknown && std::holds_alternative<std::vector<row>>(*unknown));
}

TEST_F(query_test, statements_without_rows_tell_how_many_they_changed) {
    EXPECT_EQ(run(engine.query("CREATE TABLE t (a int, b text)")).columns().size(), 0U);
    auto inserted = run(engine.query("INSERT INTO t SELECT range, 'x' FROM range(12)"));
    EXPECT_EQ(inserted.rows_affected(), 12U);
    EXPECT_EQ(work.reserved(), 0U);
    EXPECT_TRUE(inserted.collect_all().value().empty());
    EXPECT_EQ(inserted.next().value(), std::nullopt);
    auto returned = run(engine.query("DELETE FROM t WHERE a < 2 RETURNING a").rows_expected(10)).collect_all();
    ASSERT_TRUE(returned);
    EXPECT_EQ(first_column(*returned), (std::vector<std::string>{"0", "1"}));
    auto left = run(engine.query("SELECT count(*) FROM t").rows_expected(1)).collect_all();
    EXPECT_EQ(first_column(left.value()), (std::vector<std::string>{"10"}));
}

TEST_F(query_test, a_table_can_be_made_of_a_function_with_a_parameter) {
    EXPECT_EQ(run(engine.query("CREATE TABLE numbers AS SELECT * FROM range($1::BIGINT)").bind(5)).rows_affected(), 5U);
    EXPECT_EQ(run(engine.query("CREATE VIEW odd AS SELECT * FROM numbers WHERE range % 2 = 1")).rows_affected(), 0U);
    EXPECT_EQ(count_rows(run(engine.query("SELECT * FROM odd")).stream()), 2U);
}

TEST_F(query_test, parameters_are_bound_in_order) {
    auto query = engine.query("SELECT $1::int + 1, $2 || '!', $3::bool, $4::double, $5::text IS NULL").rows_expected(1);
    query.bind(41, "hey", true).bind(0.25, std::nullopt);
    const auto rows = run(query).collect_all();
    ASSERT_TRUE(rows && rows->size() == 1);
    const row& one = rows->front();
    EXPECT_EQ(one.get<int>(0).value(), 42);
    EXPECT_EQ(one.text(1), "hey!");
    EXPECT_TRUE(one.get<bool>(2).value());
    EXPECT_EQ(one.get<double>(3).value(), 0.25);
    EXPECT_TRUE(one.get<bool>(4).value());
    EXPECT_EQ(code_of(engine.query("SELECT $1::int").execute()), "42601");
    EXPECT_EQ(code_of(engine.query("SELECT $1::int").bind("x").execute()), "22P02");
}

TEST_F(query_test, errors_in_the_text_have_their_place_in_it) {
    const auto missing = engine.query("/* ä */ SELECT nope FROM range(1)").execute();
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code.view(), "42703");
    EXPECT_EQ(missing.error().position, 16);
    EXPECT_EQ(work.last().outcome.view(), "42703");
    EXPECT_EQ(code_of(engine.query("SELEC 1").execute()), "42601");
    EXPECT_EQ(code_of(engine.query("SELECT 1; SELECT 2").execute()), "42601");
    EXPECT_EQ(code_of(engine.query(" -- nothing").execute()), "42601");
    EXPECT_EQ(code_of(engine.query("BEGIN").execute()), "0A000");
    EXPECT_EQ(code_of(engine.query("COPY t FROM STDIN").execute()), "0A000");
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_test, an_error_behind_good_rows_stays) {
    auto result =
        run(engine.query("SELECT CASE WHEN range = 100000 THEN error('late') ELSE 'ok' END FROM range(200000)"));
    sluice::result<std::optional<row>> each;
    std::uint64_t rows = 0;
    for (each = result.next(); each && *each; each = result.next()) {
        ++rows;
    }
    ASSERT_FALSE(each);
    EXPECT_GT(rows, 0U);
    EXPECT_EQ(code_of(result.next()), code_of(each));
    EXPECT_EQ(work.last().outcome, each.error().code);
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_test, a_profile_is_chosen_as_for_clients) {
    const auto profile_of = [&](query_engine& from, const std::string& sql) {
        (void)run(from.query(sql));
        return work.last().profile->name;
    };
    EXPECT_EQ(profile_of(engine, "SELECT 1"), "streaming");
    EXPECT_EQ(profile_of(engine, "SELECT * FROM pg_catalog.pg_class"), "catalog");
    EXPECT_EQ(profile_of(engine, "/*+ profile(three) */ SELECT 1"), "three");
    EXPECT_EQ(profile_of(engine, "/*+ profile(nonsense) */ SELECT 1"), "streaming");
    query_engine etl = work.engine(database.engine(), "etl");
    EXPECT_EQ(profile_of(etl, "SELECT 1"), "background");
    query_engine editor = work.engine(database.engine(), "test", "editor");
    EXPECT_EQ(profile_of(editor, "SELECT 1"), "catalog");
}

TEST_F(query_test, a_hint_goes_before_all_others) {
    (void)run(engine.query("/*+ profile(three) */ SELECT 1").hint("background"));
    EXPECT_EQ(work.last().profile->name, "background");
    (void)run(engine.query("SELECT 1").hint(work.load.profiles().catalog()));
    EXPECT_EQ(work.last().profile->name, "catalog");
    EXPECT_EQ(code_of(engine.query("SELECT 1").hint("nonsense").execute()), "22023");
    const workload::query_profile foreign{.name = "catalog", .limits = {}};
    EXPECT_EQ(code_of(engine.query("SELECT 1").hint(foreign).execute()), "22023");
}

TEST_F(query_test, single_values_go_before_the_profiles) {
    auto result = run(engine.query("SELECT * FROM range(1000000)").hint("three").memory_bytes(5000).rows_expected(1));
    EXPECT_EQ(work.reserved(), 5000U);
    EXPECT_EQ(result.size_hint(), 1U);
    EXPECT_EQ(code_of(result.collect_all()), "54000");
    EXPECT_EQ(code_of(engine.query(endless).timeout(milliseconds(20)).execute()), "57014");
    EXPECT_EQ(code_of(engine.query("SELECT 1").hint("quick").timeout(milliseconds(0)).execute()), "00000");
}

TEST_F(query_test, the_log_has_every_query) {
    (void)run(engine.query("SELECT * FROM (VALUES (1), (2), (3)) t(a)").hint("three")).collect_all();
    const workload::query_facts facts = work.last();
    EXPECT_EQ(facts.text, "SELECT * FROM (VALUES (1), (2), (3)) t(a)");
    EXPECT_EQ(facts.session->id, 7U);
    EXPECT_EQ(facts.session->user, "test");
    EXPECT_EQ(facts.session->database, "main");
    EXPECT_EQ(facts.outcome.view(), "00000");
    EXPECT_EQ(facts.rows, 3U);
    EXPECT_EQ(facts.bytes, 3U * (1 + 4 + 2 + 4 + 1));  // type, length, columns, length, digit
    EXPECT_EQ(facts.reserved_bytes, std::uint64_t{10} << 20U);
    EXPECT_GT(facts.planned_ns, 0);
    EXPECT_GE(facts.first_row_ns, facts.planned_ns);
    EXPECT_GE(facts.total_ns, facts.first_row_ns);
    EXPECT_EQ(work.load.user("test").metrics.queries_total.value(), 1U);
    EXPECT_EQ(work.load.user("test").metrics.rows_total.value(), 3U);
}

TEST_F(query_test, a_result_outlives_its_query_engine) {
    std::optional<query_engine> brief(engine);
    query_stream rows = run(brief->query("SELECT * FROM range(100000)").timeout(milliseconds(60'000))).stream();
    brief.reset();
    EXPECT_EQ(count_rows(std::move(rows)), 100'000U);
}

}  // namespace
}  // namespace sluice::embed
