// The loop: waiting, cancelling, deadlines, limits, the beginning and the end.
#include "session/conversation/conversation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/session_script.hpp"
#include "testing/standard_answers.hpp"
#include "testing/wire_text.hpp"

namespace sluice::session {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr std::int64_t ms = 1'000'000;

class session_loop : public ::testing::Test {
  protected:
    void SetUp() override { testing::script_standard_answers(script.engine); }
    void play(std::string_view transcript) { EXPECT_EQ(script.play(transcript), testing::clean(transcript)); }
    void put(std::string_view message) { script.input.append(testing::frontend_message(message)); }
    // The bytes that a client can read by now; taking them makes room for more.
    std::vector<std::string> taken() { return testing::backend_lines(script.out.take()); }

    testing::session_script script;
};

TEST_F(session_loop, greets_with_the_reported_settings_and_a_cancel_key) {
    const auto lines = script.start();
    EXPECT_THAT(lines, Contains("S server_encoding=UTF8"));
    EXPECT_THAT(lines, Contains("S client_encoding=UTF8"));
    EXPECT_THAT(lines, Contains("S DateStyle=ISO, MDY"));
    EXPECT_THAT(lines, Contains("S integer_datetimes=on"));
    EXPECT_THAT(lines, Contains("S standard_conforming_strings=on"));
    EXPECT_THAT(lines, Contains("S session_authorization=postgres"));
    EXPECT_THAT(lines, Contains(StartsWith("S server_version=15")));
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(lines[lines.size() - 2], "K 42 4711");
    EXPECT_EQ(lines.back(), "Z I");
    EXPECT_TRUE(script.client().idle());
}

TEST(session_start, takes_options) {
    testing::session_script script({.startup_options = {{"application_name", "x"}, {"statement_timeout", "5s"}}});
    EXPECT_THAT(script.start(), Contains("S application_name=x"));
    EXPECT_THAT(script.send("Q show statement_timeout"),
                ElementsAre("T statement_timeout:25:-1:-1:0", "D 5s", "C SHOW", "Z I"));
}

TEST(session_start, refuses_unknown_options) {
    testing::session_script script({.startup_options = {{"nosuch", "1"}}});
    EXPECT_THAT(script.start(), ElementsAre("E FATAL 42704 unrecognized configuration parameter \"nosuch\""));
    EXPECT_TRUE(script.closed());
}

TEST(session_start, refuses_bad_values) {
    testing::session_script script({.startup_options = {{"statement_timeout", "abc"}}});
    EXPECT_THAT(script.start(),
                ElementsAre("E FATAL 22023 invalid value for parameter \"statement_timeout\": \"abc\""));
    EXPECT_TRUE(script.closed());
}

TEST_F(session_loop, stops_producing_when_the_outbox_is_full_and_goes_on_later) {
    (void)script.start();
    put("Q select generate_series(1,9)");
    script.out.set_capacity(60);
    std::vector<std::string> lines;
    int pauses = 0;
    while (script.step_once() == step::blocked) {
        ++pauses;
        EXPECT_LT(script.out.sent().size(), 120U);
        EXPECT_FALSE(script.client().idle());
        for (auto& line : taken()) {
            lines.push_back(std::move(line));
        }
    }
    for (auto& line : taken()) {
        lines.push_back(std::move(line));
    }
    EXPECT_GE(pauses, 2);
    EXPECT_THAT(lines, ElementsAre("T generate_series:23:4:-1:0", "D 1", "D 2", "D 3", "D 4", "D 5", "D 6", "D 7",
                                   "D 8", "D 9", "C SELECT 9", "Z I"));
}

TEST_F(session_loop, takes_no_message_while_the_outbox_is_full) {
    (void)script.start();
    script.out.set_capacity(1);
    put("Q select 1");
    put("Q select 2");
    EXPECT_EQ(script.step_once(), step::blocked);
    EXPECT_EQ(script.step_once(), step::blocked);
    EXPECT_EQ(script.engine.take_calls(), "prepare select 1; execute select 1");
    (void)taken();
    script.out.set_capacity(1000);
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_EQ(script.engine.take_calls(), "prepare select 2; execute select 2");
}

TEST_F(session_loop, a_suspended_portal_holds_its_place_while_the_client_reads_slowly) {
    (void)script.start();
    script.out.set_capacity(20);
    for (const char* message : {"P | select generate_series(1,6)", "B", "E | 4", "E | 4", "S"}) {
        put(message);
    }
    std::string bytes;
    while (script.step_once() == step::blocked) {
        bytes += script.out.take();
    }
    bytes += script.out.take();
    EXPECT_THAT(testing::backend_lines(bytes),
                ElementsAre("1", "2", "D 1", "D 2", "D 3", "D 4", "s", "D 5", "D 6", "C SELECT 2", "Z I"));
}

TEST_F(session_loop, the_end_may_come_in_a_call_of_its_own) {
    script.engine.finishes_separately = true;
    play(R"(
        > P | select generate_series(1,4)
        > B
        > E | 4
        > E | 4
        > E | 4
        > S
        < 1
        < 2
        < D 1
        < D 2
        < D 3
        < D 4
        < s
        < C SELECT 0
        < C SELECT 0
        < Z I
        > Q select generate_series(1,3)
        < T generate_series:23:4:-1:0
        < D 1
        < D 2
        < D 3
        < C SELECT 3
        < Z I
    )");
}

TEST_F(session_loop, messages_may_come_in_pieces) {
    (void)script.start();
    const std::string bytes = testing::frontend_message("P | select $1::int") + testing::frontend_message("B || 7") +
                              testing::frontend_message("E") + testing::frontend_message("S");
    for (const char byte : bytes) {
        script.input.append({&byte, 1});
        EXPECT_EQ(script.step_once(), step::need_input);
    }
    EXPECT_THAT(taken(), ElementsAre("1", "2", "D 7", "C SELECT 1", "Z I"));
    // Sync had not arrived when Execute was handled.
    EXPECT_EQ(script.engine.take_calls(), "prepare select $1::int; begin; execute select $1::int; commit");
}

TEST_F(session_loop, a_flush_hands_over_what_is_there) {
    (void)script.start();
    put("P | select 1");
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_EQ(script.out.sent(), "");
    put("H");
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(taken(), ElementsAre("1"));
}

TEST_F(session_loop, a_cancel_ends_the_statement_and_the_session_goes_on) {
    script.engine.on("select generate_series(1,9)").before_row = [&](std::uint64_t row) {
        if (row == 5) {
            script.cancel().request(base::cancel_reason::user);
        }
    };
    const auto expected = testing::clean(R"(
        > Q select generate_series(1,9); select 1
        < T generate_series:23:4:-1:0
        < D 1
        < D 2
        < D 3
        < D 4
        < E ERROR 57014 canceling statement due to user request
        < Z I
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )");
    // Twice: the cancel must not be used up.
    EXPECT_EQ(script.play(expected), expected);
    EXPECT_EQ(script.play(expected), expected);
}

TEST_F(session_loop, a_cancel_in_a_pipeline_skips_to_sync) {
    script.engine.on("select generate_series(1,9)").before_row = [&](std::uint64_t row) {
        if (row == 1) {
            script.cancel().request(base::cancel_reason::user);
        }
    };
    play(R"(
        > P | insert into t values(1)
        > B
        > E
        > P | select generate_series(1,9)
        > B
        > E
        > P | select 1
        > S
        < 1
        < 2
        < C INSERT 0 1
        < 1
        < 2
        < E ERROR 57014 canceling statement due to user request
        < Z I
        = prepare insert into t values(1); begin; execute insert into t values(1); prepare select generate_series(1,9); execute select generate_series(1,9); rollback
    )");
}

TEST_F(session_loop, a_cancel_reaches_a_stalled_client_and_a_waiting_copy) {
    (void)script.start();
    script.out.set_capacity(10);
    put("Q select generate_series(1,9)");
    EXPECT_EQ(script.step_once(), step::blocked);
    (void)taken();
    script.out.set_capacity(1000);
    script.cancel().request(base::cancel_reason::user);
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(taken(), ElementsAre("E ERROR 57014 canceling statement due to user request", "Z I"));
    play(R"(
        > Q copy t from stdin
        < G 0 0
    )");
    script.cancel().request(base::cancel_reason::statement_timeout);
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(taken(), ElementsAre("E ERROR 57014 canceling statement due to statement timeout", "Z I"));
    // Messages that were already on their way are ignored.
    play(R"(
        > d 1\n
        > c
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )");
}

TEST_F(session_loop, a_cancel_of_an_idle_session_is_forgotten) {
    (void)script.start();
    script.cancel().request(base::cancel_reason::user);
    play(R"(
        > Q select 1
        < T ?column?:23:4:-1:0
        < D 1
        < C SELECT 1
        < Z I
    )");
}

TEST_F(session_loop, a_shutdown_ends_a_running_statement_and_the_session) {
    script.engine.on("select generate_series(1,9)").before_row = [&](std::uint64_t row) {
        if (row == 3) {
            script.cancel().request(base::cancel_reason::shutdown);
        }
    };
    play(R"(
        > Q select generate_series(1,9)
        < T generate_series:23:4:-1:0
        < D 1
        < D 2
        < E FATAL 57P01 terminating connection due to administrator command
        < (closed)
    )");
}

TEST_F(session_loop, terminate_says_why) {
    (void)script.start();
    EXPECT_TRUE(script.client().idle());
    script.client().terminate({.code = sqlstates::idle_in_transaction_session_timeout,
                               .message = "terminating connection due to idle-in-transaction timeout"},
                              script.out);
    EXPECT_THAT(taken(), ElementsAre("E FATAL 25P03 terminating connection due to idle-in-transaction timeout"));
    put("Q select 1");
    EXPECT_EQ(script.step_once(), step::closed);
    EXPECT_EQ(script.out.take(), "");
}

TEST_F(session_loop, statement_timeout_runs_from_the_message_to_its_end) {
    EXPECT_THAT(script.send("Q set statement_timeout=50"), ElementsAre("C SET", "Z I"));
    std::int64_t during = 0;
    script.engine.on("select generate_series(1,9)").before_row = [&](std::uint64_t) {
        during = script.watch.at(deadline::statement);
        script.clock.advance_ms(10);
    };
    const std::int64_t started = script.clock.steady_ns();
    (void)script.send("Q select generate_series(1,9)");
    EXPECT_EQ(during, started + 50 * ms);
    EXPECT_EQ(script.watch.at(deadline::statement), 0);
}

TEST_F(session_loop, every_statement_of_a_text_or_pipeline_has_its_own_timeout) {
    EXPECT_THAT(script.send("Q set statement_timeout=50"), ElementsAre("C SET", "Z I"));
    std::vector<std::int64_t> deadlines;
    for (const char* sql : {"select generate_series(1,1)", "select generate_series(1,2)"}) {
        script.engine.on(sql).before_row = [&](std::uint64_t row) {
            if (row == 1) {
                deadlines.push_back(script.watch.at(deadline::statement));
                script.clock.advance_ms(10);
            }
        };
    }
    const std::int64_t started = script.clock.steady_ns();
    (void)script.send("Q select generate_series(1,1); select generate_series(1,2)");
    (void)script.send("P | select generate_series(1,1)\nB\nE\nP | select generate_series(1,2)\nB\nE\nS");
    EXPECT_THAT(deadlines, ElementsAre(started + 50 * ms, started + 60 * ms, started + 70 * ms, started + 80 * ms));
    EXPECT_EQ(script.watch.at(deadline::statement), 0);
}

TEST_F(session_loop, idle_in_transaction_is_watched_between_messages_of_a_block) {
    EXPECT_THAT(script.send("Q set idle_in_transaction_session_timeout=100"), ElementsAre("C SET", "Z I"));
    EXPECT_EQ(script.watch.at(deadline::idle_in_transaction), 0);
    (void)script.send("Q begin");
    EXPECT_EQ(script.watch.at(deadline::idle_in_transaction), script.clock.steady_ns() + 100 * ms);
    std::int64_t during = -1;
    script.engine.on("select 1").before_row = [&](std::uint64_t) {
        during = script.watch.at(deadline::idle_in_transaction);
    };
    script.clock.advance_ms(5);
    (void)script.send("Q select 1");
    EXPECT_EQ(during, 0);
    EXPECT_EQ(script.watch.at(deadline::idle_in_transaction), script.clock.steady_ns() + 100 * ms);
    (void)script.send("Q select 1/0");
    EXPECT_NE(script.watch.at(deadline::idle_in_transaction), 0);
    (void)script.send("Q rollback");
    EXPECT_EQ(script.watch.at(deadline::idle_in_transaction), 0);
}

TEST_F(session_loop, a_broken_length_ends_the_session) {
    play(R"(
        > ? 51 00 00 00 03
        < E FATAL 08P01 invalid message length
        < (closed)
    )");
}

TEST_F(session_loop, status_follows_the_transaction) {
    (void)script.start();
    EXPECT_EQ(script.client().status(), postgres::transaction_status::idle);
    (void)script.send("Q begin");
    EXPECT_EQ(script.client().status(), postgres::transaction_status::in_block);
    (void)script.send("Q select 1/0");
    EXPECT_EQ(script.client().status(), postgres::transaction_status::failed);
    (void)script.send("P | rollback");
    EXPECT_FALSE(script.client().idle());
    (void)script.send("S");
    EXPECT_TRUE(script.client().idle());
}

TEST_F(session_loop, a_session_dropped_in_the_middle_leaves_nothing) {
    (void)script.start();
    script.out.set_capacity(10);
    put("Q begin; select generate_series(1,9)");
    EXPECT_EQ(script.step_once(), step::blocked);
}

TEST(session_limits, statements_and_portals) {
    testing::session_script script({.statements_max = 2});
    testing::script_standard_answers(script.engine);
    constexpr std::string_view transcript = R"(
        > P a | select 1
        > P b | select 1
        > P c | select 1
        > S
        < 1
        < 1
        < E ERROR 53400 too many prepared statements [D:This session has 2 prepared statements.] [H:Close statements that are not used any more, or raise the limit in the configuration.]
        < Z I
        > C Sa
        > P c | select 1
        > S
        < 3
        < 1
        < Z I
        > B p | b
        > B q | b
        > B r | b
        > S
        < 2
        < 2
        < E ERROR 53400 too many portals [H:Close portals and cursors that are not used any more.]
        < Z I
    )";
    EXPECT_EQ(script.play(transcript), testing::clean(transcript));
}

TEST_F(session_loop, more_parameters_or_columns_than_the_wire_can_count) {
    script.engine.on("many parameters").parameter_types.assign(70'000, 25);
    script.engine.on("many columns").columns.assign(70'000, testing::int_column("a"));
    play(R"(
        > P | many parameters
        > S
        < E ERROR 54023 a statement can have at most 65535 parameters
        < Z I
        > Q many columns
        < E ERROR 54011 a result can have at most 65535 columns
        < Z I
    )");
}

TEST_F(session_loop, warnings_can_be_silenced) {
    play(R"(
        > Q set client_min_messages=error
        < C SET
        < Z I
        > Q commit
        < C COMMIT
        < Z I
    )");
}

TEST_F(session_loop, parameters_outlive_the_message_that_brought_them) {
    (void)script.start();
    put("P | select $1::text");
    put("B || first value");
    EXPECT_EQ(script.step_once(), step::need_input);
    put("D P");
    EXPECT_EQ(script.step_once(), step::need_input);
    put("E");
    put("S");
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(taken(), ElementsAre("1", "2", "T text:25:-1:-1:0", "D first value", "C SELECT 1", "Z I"));
}

}  // namespace
}  // namespace sluice::session
