// The limits on the number of cursors and on their idle time.
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "session/state/cursor_registry.hpp"
#include "testing/session_script.hpp"

namespace sluice::session {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::session_script;

std::vector<std::string> open_and_wait(session_script& script, std::int64_t ms) {
    script.engine.on("select 1") = {.columns = {testing::int_column("?column?")}, .rows = {{"1"}}};
    (void)script.send("Q declare c cursor with hold for select 1");
    script.clock.advance_ms(ms);
    script.client().housekeep();
    return script.send("Q fetch c");
}

TEST(cursor_timeout, closes_what_nobody_has_used_and_says_so) {
    session_script script({.cursors = {.idle_timeout = std::chrono::seconds(300)}});
    EXPECT_THAT(
        open_and_wait(script, 300'000),
        ElementsAre("E ERROR 34000 cursor \"c\" was closed because it was idle for longer than 300 s [H:Declare it "
                    "again, or raise cursor_idle_timeout.]",
                    "Z I"));
    EXPECT_EQ(script.cursors.metrics().ttl_evictions_total.value(), 1U);
    EXPECT_EQ(script.cursors.metrics().active.value(), 0);
    EXPECT_THAT(script.send("Q declare c cursor with hold for select 1"), ElementsAre("C DECLARE CURSOR", "Z I"));
    EXPECT_THAT(script.send("Q close c"), ElementsAre("C CLOSE CURSOR", "Z I"));
    EXPECT_EQ(script.cursors.metrics().active.value(), 0);
}

TEST(cursor_timeout, counts_from_the_last_use) {
    session_script script({.cursors = {.idle_timeout = std::chrono::seconds(300)}});
    EXPECT_EQ(open_and_wait(script, 299'999).back(), "Z I");
    script.clock.advance_ms(299'999);
    script.client().housekeep();
    EXPECT_EQ(script.cursors.metrics().ttl_evictions_total.value(), 0U);
    EXPECT_EQ(script.cursors.metrics().active.value(), 1);
}

TEST(cursor_age, is_that_of_the_oldest_that_is_open) {
    session_script script;
    script.engine.on("select 1") = {.columns = {testing::int_column("?column?")}, .rows = {{"1"}}};
    EXPECT_EQ(script.cursors.oldest_age_seconds(), 0);
    (void)script.send("Q declare a cursor with hold for select 1");
    script.clock.advance_ms(2'000);
    (void)script.send("Q declare b cursor with hold for select 1");
    script.clock.advance_ms(1'500);
    EXPECT_EQ(script.cursors.oldest_age_seconds(), 3.5);
    EXPECT_THAT(script.metrics.text(), ::testing::HasSubstr("sluice_cursor_oldest_age_seconds 3.5\n"));
    (void)script.send("Q close a");
    EXPECT_EQ(script.cursors.oldest_age_seconds(), 1.5);
    (void)script.send("Q close b");
    EXPECT_EQ(script.cursors.oldest_age_seconds(), 0);
}

TEST(cursor_timeout, zero_is_never) {
    session_script script({.cursors = {.idle_timeout = std::chrono::seconds(0)}});
    EXPECT_THAT(open_and_wait(script, std::int64_t{1} << 40), Contains("C FETCH 1"));
}

TEST(housekeeping, is_due_when_a_cursor_or_the_session_has_idled_long_enough) {
    session_script script({.cursors = {.idle_timeout = std::chrono::seconds(10)}});
    (void)script.send("Q begin");
    EXPECT_EQ(script.watch.at(deadline::housekeeping), 0);
    (void)script.send("Q rollback");
    EXPECT_EQ(script.watch.at(deadline::housekeeping) - script.clock.steady_ns(), 30'000'000'000);
    script.client().housekeep();
    EXPECT_EQ(script.engine.take_calls(), "rest");
    EXPECT_EQ(script.watch.at(deadline::housekeeping), 0);
    (void)open_and_wait(script, 0);
    EXPECT_EQ(script.watch.at(deadline::housekeeping) - script.clock.steady_ns(), 10'000'000'000);
}

TEST(cursor_limits, are_per_session_and_in_all) {
    session_script script({.cursors = {.cursors_per_session_max = 2, .cursors_max = 3}});
    script.engine.on("select 1") = {.columns = {testing::int_column("?column?")}, .rows = {{"1"}}};
    (void)script.send("Q declare a cursor with hold for select 1");
    (void)script.send("Q declare b cursor with hold for select 1");
    EXPECT_THAT(
        script.send("Q declare c cursor with hold for select 1"),
        ElementsAre("E ERROR 53400 a session can have 2 cursors [H:Close cursors that are not used any more, or "
                    "raise max_cursors.]",
                    "Z I"));
    auto others = script.cursors.admit(0);
    ASSERT_TRUE(others);
    (void)script.send("Q close a");
    const auto one_more = script.cursors.admit(0);
    ASSERT_TRUE(one_more);
    EXPECT_FALSE(script.cursors.admit(0));
    EXPECT_EQ(script.cursors.admit(0).error().code, sqlstates::configuration_limit_exceeded);
    others->release();
    EXPECT_TRUE(script.cursors.admit(0));
    EXPECT_EQ(script.cursors.metrics().active.value(), 2);
}

}  // namespace
}  // namespace sluice::session
