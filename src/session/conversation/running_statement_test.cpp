// Statements and the limits that all sessions share: admission, profiles, timeouts, retries, records.
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "testing/session_script.hpp"
#include "testing/wire_text.hpp"

namespace sluice::session {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::session_script;
using testing::session_script_params;
using ::testing::SizeIs;

constexpr std::uint64_t mb = std::uint64_t{1} << 20U;

workload::profile_table profiles(const workload::profile_table_params& params) {
    auto made = workload::profile_table::make(params);
    EXPECT_TRUE(made);
    return *std::move(made);
}

// 100 MB, of which half is for high priority; a statement of `streaming` takes 40 MB.
session_script_params small_server(const workload::profile_table_params& more = {}) {
    session_script_params params;
    params.load = {.profiles = profiles(more),
                   .admission = {.memory_bytes = 100 * mb, .high_reserve_bytes = 50 * mb, .timeout = 30s},
                   .query_memory_bytes = 40 * mb};
    return params;
}

class limited : public ::testing::Test {
  protected:
    explicit limited(session_script_params params = small_server()) : script(std::move(params)) {
        script.engine.on("select 1") = {
            .columns = {testing::int_column("?column?")}, .rows = {{"1"}}, .reads_only = true};
        script.engine.on("insert") = {.rows_affected = 1};
        script.engine.on("slow") = {.columns = {testing::int_column("i")}, .counted_rows = 100, .reads_only = true};
        (void)script.start();
        (void)script.engine.take_calls();
    }

    // Another session reserves `bytes`.
    void occupy(std::uint64_t bytes) {
        other = std::make_unique<workload::admission_permit>(script.load.admission(), [] {});
        ASSERT_TRUE(other->request({.memory_bytes = bytes}, script.clock.steady_ns()).value());
    }
    step send(std::string_view lines) {
        for (std::size_t end = 0; !lines.empty(); lines.remove_prefix(std::min(end + 1, lines.size()))) {
            end = std::min(lines.find('\n'), lines.size());
            script.input.append(testing::frontend_message(lines.substr(0, end)));
        }
        return script.step_once();
    }
    std::vector<std::string> replies() { return testing::backend_lines(script.out.take()); }
    std::uint64_t reserved() { return script.load.admission().stats().reserved_bytes; }

    session_script script;
    std::unique_ptr<workload::admission_permit> other;
};

TEST_F(limited, a_statement_reserves_while_it_runs_and_no_longer) {
    std::uint64_t seen = 0;
    script.engine.on("select 1").before_row = [&](std::uint64_t) { seen = reserved(); };
    EXPECT_EQ(send("Q select 1"), step::need_input);
    EXPECT_EQ(seen, 40 * mb);
    EXPECT_EQ(reserved(), 0U);
    EXPECT_EQ(script.load.admission().stats().admitted_total, 1U);
    EXPECT_EQ(send("Q begin; set x.y = 1; show x.y; rollback"), step::need_input);
    EXPECT_EQ(script.load.admission().stats().admitted_total, 1U) << "the session's own commands reserve nothing";
}

TEST_F(limited, without_room_it_waits_holding_no_thread) {
    occupy(40 * mb);
    EXPECT_EQ(send("Q select 1"), step::blocked);
    EXPECT_TRUE(script.client().waits());
    EXPECT_EQ(script.engine.take_calls(), "prepare select 1");
    EXPECT_THAT(replies(), IsEmpty());
    ASSERT_THAT(script.load.log().running(), SizeIs(1));
    EXPECT_EQ(script.load.log().running()[0].phase, workload::query_phase::waiting);
    EXPECT_EQ(script.step_once(), step::blocked);
    EXPECT_EQ(script.wakes, 0);
    script.clock.advance_ms(250);
    other->release();
    EXPECT_EQ(script.wakes, 1);
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_FALSE(script.client().waits());
    EXPECT_THAT(replies(), ElementsAre("T ?column?:23:4:-1:0", "D 1", "C SELECT 1", "Z I"));
    ASSERT_THAT(script.load.log().finished(), SizeIs(1));
    EXPECT_EQ(script.load.log().finished()[0].waited_ns, 250'000'000);
    EXPECT_EQ(reserved(), 0U);
}

TEST_F(limited, waiting_in_the_extended_protocol_goes_on_with_what_follows) {
    occupy(40 * mb);
    EXPECT_EQ(send("P | select 1\nB\nE\nS"), step::blocked);
    other->release();
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(replies(), ElementsAre("1", "2", "D 1", "C SELECT 1", "Z I"));
}

TEST_F(limited, it_does_not_wait_for_ever) {
    occupy(40 * mb);
    EXPECT_EQ(send("Q select 1"), step::blocked);
    EXPECT_EQ(script.watch.at(deadline::waiting) - script.clock.steady_ns(), 30'000'000'000);
    script.clock.advance_ms(30'000);
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(replies(), ElementsAre(AllOf(HasSubstr("53200 no memory to reserve for the statement within 30.0 s"),
                                             HasSubstr("Retry in about")),
                                       "Z I"));
    EXPECT_EQ(script.watch.at(deadline::waiting), 0);
    EXPECT_EQ(script.load.log().finished()[0].outcome, sqlstates::out_of_memory);
}

TEST_F(limited, a_cancel_ends_the_wait) {
    occupy(40 * mb);
    EXPECT_EQ(send("Q select 1"), step::blocked);
    script.cancel().request(base::cancel_reason::user);
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(replies(), ElementsAre("E ERROR 57014 canceling statement due to user request", "Z I"));
    EXPECT_EQ(script.load.admission().stats().waiting.at(1), 0U);
}

TEST_F(limited, a_client_that_stops_reading_gives_way_to_others) {
    script.out.set_capacity(1);
    EXPECT_EQ(send("Q slow"), step::blocked);
    EXPECT_FALSE(script.client().waits());
    EXPECT_EQ(reserved(), 40 * mb);
    EXPECT_EQ(script.watch.at(deadline::gives_way) - script.clock.steady_ns(), 100'000'000);
    script.client().give_way();
    EXPECT_EQ(reserved(), 0U);
    EXPECT_EQ(script.load.log().running()[0].phase, workload::query_phase::streaming);
    EXPECT_EQ(script.step_once(), step::blocked);
    EXPECT_EQ(reserved(), 0U) << "there is still no room for its rows";
    occupy(40 * mb);
    script.out.set_capacity(100'000);
    (void)script.out.take();
    EXPECT_EQ(script.step_once(), step::blocked);
    EXPECT_TRUE(script.client().waits());
    other->release();
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_EQ(replies().back(), "Z I");
    EXPECT_EQ(script.load.log().finished()[0].rows, 100U);
    EXPECT_EQ(reserved(), 0U);
}

TEST_F(limited, a_suspended_portal_and_a_cursor_at_rest_reserve_nothing) {
    EXPECT_EQ(send("Q begin"), step::need_input);
    EXPECT_EQ(send("P | slow\nB\nE | 3\nH"), step::need_input);
    EXPECT_EQ(reserved(), 0U);
    EXPECT_EQ(send("S\nQ declare c cursor for slow"), step::need_input);
    EXPECT_EQ(reserved(), 0U);
    (void)replies();
    occupy(40 * mb);
    EXPECT_EQ(send("Q fetch 1 from c"), step::blocked);
    other->release();
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(replies(), ElementsAre("T i:23:4:-1:0", "D 1", "C FETCH 1", "Z T"));
}

TEST_F(limited, a_profile_that_users_may_not_cancel) {
    script.engine.on("select 1").before_row = [&](std::uint64_t) {
        EXPECT_FALSE(script.cancel().request(base::cancel_reason::user));
    };
    EXPECT_EQ(send("Q set sluice.profile = catalog; select 1"), step::need_input);
    EXPECT_EQ(replies().back(), "Z I");
    EXPECT_EQ(script.load.log().finished().back().profile->name, "catalog");
    EXPECT_TRUE(script.cancel().request(base::cancel_reason::user)) << "the next statement may be another one";
}

TEST_F(limited, a_profile_has_a_timeout_unless_the_session_has_one) {
    std::int64_t due_ns = 0;
    script.engine.on("select 1").before_row = [&](std::uint64_t) {
        due_ns = script.watch.at(deadline::profile) - script.clock.steady_ns();
    };
    EXPECT_EQ(send("Q select 1"), step::need_input);
    EXPECT_EQ(due_ns, 300'000'000'000);
    EXPECT_EQ(script.watch.at(deadline::profile), 0);
    EXPECT_EQ(send("Q set statement_timeout = 0"), step::need_input);
    EXPECT_EQ(send("Q select 1"), step::need_input);
    EXPECT_LT(due_ns, 0) << "0 is a choice, too";
}

TEST_F(limited, the_profiles_time_stands_still_while_the_client_does) {
    script.out.set_capacity(1);
    EXPECT_EQ(send("Q slow"), step::blocked);
    EXPECT_EQ(script.watch.at(deadline::profile), 0);
    script.clock.advance_ms(1'000'000);
    std::int64_t due_ns = 0;
    script.engine.on("slow").before_row = [&](std::uint64_t) {
        due_ns = script.watch.at(deadline::profile) - script.clock.steady_ns();
    };
    (void)script.out.take();
    EXPECT_EQ(script.step_once(), step::blocked);
    EXPECT_EQ(due_ns, 300'000'000'000);
}

TEST_F(limited, an_unknown_profile_is_refused) {
    EXPECT_EQ(send("Q set sluice.profile = nonsense"), step::need_input);
    EXPECT_THAT(replies(), ElementsAre(HasSubstr("22023 profile \"nonsense\" does not exist"), "Z I"));
}

struct by_user : limited {
    by_user() : limited(small_server({.profiles = {"nightly memory=7MB"}, .applications = {"cron=nightly"}})) {}
};

TEST_F(by_user, a_hint_beats_the_setting_and_the_application) {
    const auto profile_of = [&](std::string_view sql) {
        EXPECT_EQ(send("Q " + std::string(sql)), step::need_input);
        return script.load.log().finished().back().profile->name;
    };
    EXPECT_EQ(profile_of("select 1"), "streaming");
    (void)send("Q set application_name = 'cron'");
    EXPECT_EQ(profile_of("select 1"), "nightly");
    (void)send("Q set sluice.profile = catalog");
    EXPECT_EQ(profile_of("select 1"), "catalog");
    EXPECT_EQ(profile_of("/*+ profile(background) */ select 1"), "background");
    EXPECT_EQ(script.load.log().finished().back().session->application, "cron");
}

error for_the_moment() {
    return {.code = sqlstates::out_of_memory, .message = "no memory", .retryable = true};
}

TEST_F(limited, what_only_reads_is_tried_again) {
    script.engine.fail_next("execute", for_the_moment());
    EXPECT_EQ(send("Q select 1"), step::blocked);
    EXPECT_TRUE(script.client().waits());
    EXPECT_EQ(reserved(), 0U);
    const std::int64_t wait_ns = script.watch.at(deadline::waiting) - script.clock.steady_ns();
    EXPECT_GE(wait_ns, 50'000'000);
    EXPECT_LE(wait_ns, 150'000'000);
    EXPECT_EQ(script.step_once(), step::blocked) << "not yet";
    script.clock.advance_ms(150);
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(replies(), ElementsAre("T ?column?:23:4:-1:0", "D 1", "C SELECT 1", "Z I"));
    EXPECT_EQ(script.load.retries().retries_total.value(), 1U);
    EXPECT_EQ(script.load.retries().retries_succeeded_total.value(), 1U);
    EXPECT_EQ(script.load.log().finished()[0].retries, 1U);
}

TEST_F(limited, three_attempts_are_enough) {
    script.engine.on("select 1").execute_error = for_the_moment();
    EXPECT_EQ(send("Q select 1"), step::blocked);
    script.clock.advance_ms(150);
    EXPECT_EQ(script.step_once(), step::blocked);
    script.clock.advance_ms(300);
    EXPECT_EQ(script.step_once(), step::need_input);
    EXPECT_THAT(replies(), ElementsAre("E ERROR 53200 no memory [D:Tried 3 times.]", "Z I"));
    EXPECT_EQ(script.load.retries().retries_exhausted_total.value(), 1U);
}

TEST_F(limited, nothing_is_tried_again_that_may_have_had_an_effect) {
    script.engine.on("insert").execute_error = for_the_moment();
    EXPECT_EQ(send("Q insert"), step::need_input);
    EXPECT_THAT(replies(), ElementsAre("E ERROR 53200 no memory", "Z I"));
    script.engine.fail_next("execute", for_the_moment());
    EXPECT_EQ(send("Q begin; select 1"), step::need_input);
    EXPECT_THAT(replies(), ElementsAre("C BEGIN", "E ERROR 53200 no memory", "Z E"));
    EXPECT_EQ(script.load.retries().retries_total.value(), 0U);
}

TEST_F(limited, every_end_is_recorded) {
    (void)send("Q select 1; nonsense");
    (void)send("Q select 'unterminated");
    (void)send("P | nonsense\nS");
    (void)send("P | select 1\nB\nE\nS");
    std::vector<std::string> ends;
    for (const auto& each : script.load.log().finished()) {
        ends.push_back(std::string(each.text) + " " + std::string(each.outcome.view()) + " " +
                       std::to_string(each.rows));
    }
    EXPECT_THAT(ends, ElementsAre("select 1 00000 1", "nonsense 42601 0", "select 'unterminated 42601 0",
                                  "nonsense 42601 0", "select 1 00000 1"));
    EXPECT_THAT(script.load.log().running(), IsEmpty());
    EXPECT_THAT(script.metrics.text(), HasSubstr("sluice_query_total{profile=\"streaming\"} 2"));
    EXPECT_THAT(script.metrics.text(), HasSubstr("sluice_user_query_total{user=\"postgres\"} 5"));
    EXPECT_THAT(script.metrics.text(), HasSubstr("sluice_user_query_failed_total{user=\"postgres\"} 3"));
}

}  // namespace
}  // namespace sluice::session
