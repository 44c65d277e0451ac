#include "workload/query_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "base/observe/log.hpp"

namespace sluice::workload {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

query_begin text_of(const std::string& text) {
    auto owner = std::make_shared<const std::string>(text);
    return {.text_owner = owner, .text = *owner};
}

TEST(query_log, a_statement_is_seen_while_it_runs_and_afterwards) {
    base::manual_clock time;
    query_log log({.time = &time});
    query_activity anna(log, {.id = 7, .user = "anna", .database = "main", .application = "psql"});
    EXPECT_THAT(log.running(), IsEmpty());
    anna.begin(text_of("select 1"), time.steady_ns());
    anna.publish(query_phase::planning);
    time.advance_ms(5);
    ASSERT_THAT(log.running(), SizeIs(1));
    EXPECT_EQ(log.running()[0].text, "select 1");
    EXPECT_EQ(log.running()[0].phase, query_phase::planning);
    EXPECT_EQ(log.running()[0].total_ns, 5'000'000);
    EXPECT_EQ(log.running()[0].session->user, "anna");
    anna.facts().rows = 3;
    anna.facts().bytes = 30;
    anna.publish(query_phase::streaming);
    EXPECT_EQ(log.running()[0].rows, 3U);
    time.advance_ms(5);
    anna.end(sqlstates::successful_completion, time.steady_ns());
    EXPECT_THAT(log.running(), IsEmpty());
    ASSERT_THAT(log.finished(), SizeIs(1));
    const auto ended = log.finished()[0];
    EXPECT_EQ(ended.total_ns, 10'000'000);
    EXPECT_EQ(ended.rows, 3U);
    EXPECT_EQ(ended.phase, query_phase::ended);
    EXPECT_EQ(ended.session->id, 7U);
}

TEST(query_log, keeps_the_last_ones_in_order) {
    base::manual_clock time;
    query_log log({.entries_max = 3, .time = &time});
    query_activity one(log, {});
    for (int i = 1; i <= 5; ++i) {
        one.begin(text_of("select " + std::to_string(i)), time.steady_ns());
        one.end(sqlstates::division_by_zero, time.steady_ns());
    }
    EXPECT_THAT(log.finished(),
                ElementsAre(Field(&query_facts::text, "select 3"), Field(&query_facts::text, "select 4"),
                            Field(&query_facts::text, "select 5")));
    EXPECT_EQ(log.finished()[0].outcome, sqlstates::division_by_zero);
    query_log none({.entries_max = 0, .time = &time});
    query_activity other(none, {});
    other.begin(text_of("select 1"), time.steady_ns());
    other.end(sqlstates::successful_completion, time.steady_ns());
    EXPECT_THAT(none.finished(), IsEmpty());
}

TEST(query_log, a_long_text_is_cut_and_not_kept_alive) {
    base::manual_clock time;
    query_log log({.text_bytes_max = 10, .time = &time});
    query_activity one(log, {});
    auto owner = std::make_shared<const std::string>(std::string(100, 'x'));
    const std::weak_ptr<const std::string> alive = owner;
    one.begin({.text_owner = owner, .text = *owner}, time.steady_ns());
    one.publish(query_phase::planning);
    owner.reset();
    EXPECT_TRUE(alive.expired());
    EXPECT_EQ(log.running()[0].text, "xxxxxxxxxx");
    auto comment = std::make_shared<const std::string>("select 1 /* a long comment */");
    const std::weak_ptr<const std::string> kept = comment;
    one.begin({.text_owner = comment, .text = std::string_view(*comment).substr(0, 8), .owned_bytes = comment->size()},
              0);
    one.publish(query_phase::planning);
    comment.reset();
    EXPECT_TRUE(kept.expired());
    EXPECT_EQ(log.running()[0].text, "select 1");
}

TEST(query_log, a_text_is_cut_between_characters) {
    base::manual_clock time;
    query_log log({.text_bytes_max = 4, .time = &time});
    query_activity one(log, {});
    one.begin(text_of("ab\u20ac\u20ac"), time.steady_ns());
    one.publish(query_phase::planning);
    EXPECT_EQ(log.running()[0].text, "ab");
}

TEST(query_log, memory_and_spilling_are_noted_on_what_runs) {
    base::manual_clock time;
    query_log log({.time = &time});
    query_activity early(log, {});
    query_activity late(log, {});
    log.note_memory(1, 100);
    early.begin(text_of("early"), time.steady_ns());
    log.note_memory(50, 160);
    late.begin(text_of("late"), time.steady_ns());
    log.note_memory(40, 150);
    EXPECT_EQ(early.end(sqlstates::successful_completion, 0).peak_memory_bytes, 50U);
    EXPECT_EQ(early.facts().spilled_bytes, 60U);  // above the 100 bytes that were spilled before it began
    EXPECT_EQ(late.end(sqlstates::successful_completion, 0).peak_memory_bytes, 40U);
    EXPECT_EQ(late.facts().spilled_bytes, 0U);
}

TEST(query_log, knows_whether_something_has_run_for_long) {
    base::manual_clock time;
    query_log log({.time = &time});
    query_activity one(log, {});
    EXPECT_FALSE(log.runs_since(time.steady_ns()));
    one.begin(text_of("select 1"), time.steady_ns());
    time.advance_ms(20);
    EXPECT_TRUE(log.runs_since(time.steady_ns() - 20'000'000));
    EXPECT_FALSE(log.runs_since(time.steady_ns() - 20'000'001));
    one.discard();
    EXPECT_FALSE(log.runs_since(time.steady_ns()));
    EXPECT_THAT(log.finished(), IsEmpty());
}

TEST(query_log, slow_statements_become_a_line_without_their_constants) {
    std::vector<std::string> lines;
    base::configure_logs(
        {.level = base::log_level::info, .write = [&](std::string_view line) { lines.emplace_back(line); }});
    base::manual_clock time;
    query_log log({.slow_threshold = 100ms,
                   .time = &time,
                   .normalize = [](std::string_view) { return std::string("select ?"); },
                   .fingerprint = [](std::string_view) { return std::uint64_t{0xab}; }});
    const query_profile profile{.name = "background", .limits = {}};
    query_activity one(log, {.id = 7, .user = "anna"});
    one.begin(text_of("select 'secret'"), time.steady_ns());
    time.advance_ms(99);
    one.end(sqlstates::successful_completion, time.steady_ns());
    EXPECT_THAT(lines, IsEmpty());
    one.begin(text_of("select 'secret'"), time.steady_ns());
    one.facts().profile = &profile;
    one.facts().rows = 12;
    time.advance_ms(100);
    one.end(sqlstates::query_canceled, time.steady_ns());
    base::configure_logs({});
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_THAT(lines[0],
                AllOf(HasSubstr("query=2"), HasSubstr("session=7"), HasSubstr("user=anna"),
                      HasSubstr("profile=background"), HasSubstr("sqlstate=57014"), HasSubstr("total_ms=100"),
                      HasSubstr("rows=12"), HasSubstr("fingerprint=00000000000000ab"), HasSubstr("text=\"select ?\"")));
    EXPECT_EQ(lines[0].find("secret"), std::string::npos);
}

}  // namespace
}  // namespace sluice::workload
