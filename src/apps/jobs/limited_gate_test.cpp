#include "apps/jobs/limited_gate.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "apps/jobs/jobs_test_support.hpp"

namespace sluice::jobs {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class limited_gate_test : public testing::Test {
  protected:
    gate_params params() {
        return {.limiter = &limiter_,
                .control = &control_,
                .policy = {.attempts_max = 3,
                           .step = milliseconds(1000),
                           .growth = base::retry_growth::full_jitter,
                           .delay_max = milliseconds(60'000)},
                .busy_max = 4,
                .time = &time_,
                .wait_for =
                    [this](microseconds duration) {
                        const auto ms = std::chrono::ceil<milliseconds>(duration);
                        waits_.push_back(ms.count());
                        time_.advance_ms(ms.count());
                        return control_.is_running();
                    },
                .random = [] { return 0.5; }};
    }
    // Answers with these failures, one for each request, and then with the number of requests.
    work_result<int> call(limited_gate& gate, std::vector<work_failure> failures) {
        std::size_t asked = 0;
        return gate.call<int>({.tokens = 10}, [&](const base::cancel_token&) -> work_result<called<int>> {
            if (asked < failures.size()) {
                return std::unexpected(failures[asked++]);
            }
            return called<int>{static_cast<int>(asked) + 1, {.requests = 1, .tokens_in = 7, .tokens_out = 2}};
        });
    }

    base::manual_clock time_;
    job_database database_;
    run_control control_;
    rate_limiter limiter_{*database_, {.service = "host/model", .time = &time_}};
    std::vector<std::int64_t> waits_;
};

work_failure failed(failure_class what, std::optional<milliseconds> delay = {}) {
    return {.what = what, .reason = "because", .raw = "raw", .delay = delay, .used = {.requests = 1}};
}

TEST_F(limited_gate_test, an_answer_is_returned_and_summed_up) {
    limited_gate gate(params());
    EXPECT_EQ(must(call(gate, {})), 1);
    EXPECT_EQ(must(call(gate, {})), 1);
    EXPECT_EQ(gate.used().requests, 2);
    EXPECT_EQ(gate.used().tokens_in, 14);
    EXPECT_EQ(gate.used().tokens_out, 4);
    EXPECT_TRUE(waits_.empty());
}

TEST_F(limited_gate_test, what_may_pass_is_tried_again_after_random_parts_of_growing_times) {
    limited_gate gate(params());
    EXPECT_EQ(must(call(gate, {failed(failure_class::transient), failed(failure_class::transient)})), 3);
    EXPECT_EQ(waits_, (std::vector<std::int64_t>{500, 1000}));
    EXPECT_EQ(gate.used().requests, 3);
}

TEST_F(limited_gate_test, it_gives_up_after_so_many_attempts) {
    limited_gate gate(params());
    const auto outcome = call(gate, {3, failed(failure_class::transient)});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, failure_class::transient);
    EXPECT_EQ(outcome.error().reason, "because (tried 3 times)");
    EXPECT_EQ(waits_.size(), 2U);
}

TEST_F(limited_gate_test, it_never_comes_back_before_the_service_wants) {
    limited_gate gate(params());
    EXPECT_EQ(must(call(gate, {failed(failure_class::transient, milliseconds(34'000))})), 2);
    EXPECT_EQ(waits_, (std::vector<std::int64_t>{34'500}));
}

TEST_F(limited_gate_test, a_busy_service_has_everybody_wait) {
    limited_gate gate(params());
    limited_gate others(params());
    int asked = 0;
    const auto outcome = gate.call<int>({}, [&](const base::cancel_token&) -> work_result<called<int>> {
        if (++asked > 1) {
            return called<int>{asked, {}};
        }
        // Another call starts meanwhile; it has to wait for the same pause.
        return std::unexpected(failed(failure_class::busy, milliseconds(26'000)));
    });
    EXPECT_EQ(must(outcome), 2);
    EXPECT_EQ(waits_, (std::vector<std::int64_t>{26'500}));
    must(limiter_.pause(time_.unix_ms() + 1'000, false, "busy"));
    const std::int64_t before_ms = time_.unix_ms();
    EXPECT_EQ(must(call(others, {})), 1);
    EXPECT_GE(time_.unix_ms(), before_ms + 1'000);
}

TEST_F(limited_gate_test, a_service_that_is_always_busy_is_given_up) {
    limited_gate gate(params());
    const auto outcome = call(gate, {10, failed(failure_class::busy, milliseconds(1'000))});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, failure_class::busy);
    EXPECT_EQ(outcome.error().reason, "because (asked 4 times)");
}

TEST_F(limited_gate_test, what_will_not_pass_is_not_tried_again) {
    for (const auto what : {failure_class::unusable, failure_class::rejected, failure_class::refused}) {
        limited_gate gate(params());
        const auto outcome = call(gate, {failed(what)});
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().what, what);
        EXPECT_EQ(gate.used().requests, 1);
    }
    EXPECT_TRUE(waits_.empty());
}

TEST_F(limited_gate_test, a_day_that_is_used_up_stops_all_until_the_next_one) {
    limited_gate gate(params());
    // The service asks for a short wait, which is wrong: the day is used up.
    const auto outcome = call(gate, {failed(failure_class::exhausted, milliseconds(2'000))});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, failure_class::exhausted);
    const auto again = call(gate, {});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().what, failure_class::exhausted);
    EXPECT_EQ(again.error().reason, "because");
    EXPECT_EQ(gate.used().requests, 1) << "somebody was asked before the day was over";
    EXPECT_TRUE(waits_.empty());
}

TEST_F(limited_gate_test, who_wants_to_waits_for_the_next_day) {
    auto patient = params();
    patient.waits_for_day = true;
    patient.look_every = milliseconds(3'600'000);
    limited_gate gate(patient);
    const auto next_day_ms = limiter_.next_day_ms();
    EXPECT_EQ(must(call(gate, {failed(failure_class::exhausted, milliseconds(2'000))})), 2);
    EXPECT_GE(time_.unix_ms(), next_day_ms);
}

TEST_F(limited_gate_test, a_run_that_ends_sends_nothing_more_and_waits_for_nothing) {
    limited_gate gate(params());
    control_.drain();
    const auto outcome = call(gate, {});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, failure_class::interrupted);
    EXPECT_EQ(gate.used().requests, 0);
}

TEST_F(limited_gate_test, a_run_that_ends_while_one_waits_gives_up) {
    auto ended = params();
    ended.wait_for = [this](microseconds) {
        control_.drain();
        return false;
    };
    limited_gate gate(ended);
    const auto outcome = call(gate, {failed(failure_class::transient)});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, failure_class::interrupted);
    EXPECT_EQ(gate.used().requests, 1);
}

TEST_F(limited_gate_test, waits_are_told) {
    auto watched = params();
    std::vector<std::string> told;
    watched.told = [&](const gate_wait& why) { told.push_back(why.reason); };
    limited_gate gate(watched);
    EXPECT_EQ(must(call(gate, {failed(failure_class::transient)})), 2);
    EXPECT_EQ(told, std::vector<std::string>{"because"});
}

}  // namespace
}  // namespace sluice::jobs
