// A query of the C++ API that ends before its last row: by its timeout, by a canceller.
#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#include "embed/query_test_support.hpp"

namespace sluice::embed {
namespace {

using std::chrono::milliseconds;

using query_stop_test = query_test;

TEST_F(query_stop_test, a_query_ends_with_the_timeout_of_its_profile) {
    const auto late = engine.query(endless).hint("quick").execute();
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code.view(), "57014");
    EXPECT_TRUE(late.error().message.contains("timeout of its profile"));
    EXPECT_TRUE(late.error().hint.contains("timeout()"));
    EXPECT_EQ(work.last().outcome.view(), "57014");
    EXPECT_GE(work.last().total_ns, 50'000'000);
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_stop_test, the_timeout_also_ends_what_has_given_rows) {
    auto result =
        run(engine.query("SELECT range FROM range(10000000000) WHERE range < 100000 OR range % 1000000007 = 1")
                .timeout(milliseconds(200)));
    std::uint64_t rows = 0;
    auto each = result.next();
    for (; each && *each; each = result.next()) {
        ++rows;
    }
    ASSERT_FALSE(each);
    EXPECT_EQ(each.error().code.view(), "57014");
    EXPECT_GT(rows, 0U);
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_stop_test, the_timeout_stands_still_while_the_program_does_something_else) {
    auto result = run(engine.query("SELECT * FROM range(10000)").timeout(milliseconds(300)));
    ASSERT_TRUE(result.next());
    ASSERT_FALSE(engine.query(endless).timeout(milliseconds(400)).execute());  // runs for its full 400 ms
    EXPECT_EQ(count_rows(result.stream()), 9'999U);
}

TEST_F(query_stop_test, a_canceller_stops_what_runs) {
    const canceller stop;
    std::atomic<bool> heard = false;
    std::thread other([&] {
        EXPECT_TRUE(eventually([&] {
            const auto running = work.load.log().running();
            return !running.empty() && running.front().phase == workload::query_phase::executing;
        }));
        heard = stop.request();
    });
    const auto cancelled = engine.query(endless).with_cancel(stop).execute();
    other.join();
    EXPECT_TRUE(heard);
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().code.view(), "57014");
    EXPECT_TRUE(cancelled.error().message.contains("user request"));
    EXPECT_EQ(work.last().outcome.view(), "57014");
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_stop_test, a_canceller_stops_a_stream_between_its_rows) {
    const canceller stop;
    query_stream rows = run(engine.query("SELECT * FROM range(1000000)").with_cancel(stop)).stream();
    ASSERT_TRUE(rows.next());
    EXPECT_TRUE(stop.request());
    EXPECT_EQ(code_of(rows.next()), "57014");
    EXPECT_EQ(code_of(rows.next()), "57014");
    EXPECT_EQ(work.reserved(), 0U);
}

TEST_F(query_stop_test, a_request_of_before_counts) {
    const canceller stop;
    EXPECT_FALSE(stop.requested());
    EXPECT_TRUE(stop.request());
    EXPECT_TRUE(stop.requested());
    EXPECT_EQ(code_of(engine.query("CREATE TABLE never (a int)").with_cancel(stop).execute()), "57014");
    EXPECT_EQ(code_of(engine.query("SELECT * FROM never").execute()), "42P01");
}

TEST_F(query_stop_test, a_request_behind_the_end_is_for_nobody) {
    const canceller stop;
    auto result = run(engine.query("SELECT 1").rows_expected(1).with_cancel(stop));
    ASSERT_TRUE(result.collect_all());
    EXPECT_TRUE(stop.request());
    EXPECT_EQ(result.next().value(), std::nullopt);
}

TEST_F(query_stop_test, what_may_not_be_cancelled_goes_on) {
    const canceller stop;
    auto result = run(engine.query("SELECT * FROM range(1000000)").hint("catalog").with_cancel(stop));
    EXPECT_FALSE(stop.request());
    EXPECT_EQ(count_rows(result.stream()), 1'000'000U);
    EXPECT_EQ(code_of(engine.query("SELECT 1").hint("catalog").with_cancel(stop).execute()), "00000");
}

}  // namespace
}  // namespace sluice::embed
