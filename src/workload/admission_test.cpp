#include "workload/admission.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/observe/metrics.hpp"

namespace sluice::workload {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t mb = std::uint64_t{1} << 20U;

class statements {
  public:
    explicit statements(admission_params params) : clock_(std::make_unique<base::manual_clock>()) {
        params.time = clock_.get();
        admission_ = std::make_unique<admission>(params);
    }

    // "held", "waits", or the SQLSTATE.
    std::string ask(const std::string& name, admission_demand demand) {
        auto& permit = permits_[name];
        permit = std::make_unique<admission_permit>(*admission_, [this, name] { told_.push_back(name); });
        const auto held = permit->request(demand, clock_->steady_ns());
        return held ? (*held ? "held" : "waits") : std::string(held.error().code.view());
    }
    std::string ask(const std::string& name, std::uint64_t bytes, query_priority priority = query_priority::normal) {
        return ask(name, {.memory_bytes = bytes, .priority = priority});
    }
    void end(const std::string& name) { permits_.at(name)->release(); }
    result<bool> poll(const std::string& name) { return permits_.at(name)->poll(clock_->steady_ns()); }
    admission_permit& permit(const std::string& name) { return *permits_.at(name); }
    std::vector<std::string> take_told() { return std::exchange(told_, {}); }
    void pass(std::chrono::milliseconds time) { clock_->advance_ms(time.count()); }
    admission_stats stats() { return admission_->stats(); }
    admission& owner() { return *admission_; }

  private:
    std::unique_ptr<base::manual_clock> clock_;
    std::unique_ptr<admission> admission_;
    std::vector<std::string> told_;  // a permit that ends tells the next one
    std::map<std::string, std::unique_ptr<admission_permit>> permits_;
};

const admission_params thousand_mb{.memory_bytes = 1000 * mb, .high_reserve_bytes = 100 * mb, .waiting_max = 100};

TEST(admission, statements_run_while_their_memory_fits) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("a", 500 * mb), "held");
    EXPECT_EQ(all.ask("b", 400 * mb), "held");
    EXPECT_EQ(all.ask("c", 1 * mb), "waits");
    EXPECT_EQ(all.stats().reserved_bytes, 900 * mb);
    all.end("b");
    EXPECT_THAT(all.take_told(), ElementsAre("c"));
    EXPECT_TRUE(all.poll("c").value());
    EXPECT_EQ(all.stats().reserved_bytes, 501 * mb);
    all.end("a");
    all.end("c");
    EXPECT_EQ(all.stats().reserved_bytes, 0U);
    EXPECT_EQ(all.stats().running, 0U);
}

TEST(admission, the_last_of_the_budget_is_for_high_priority) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("report", 900 * mb), "held");
    EXPECT_EQ(all.ask("other", 10 * mb), "waits");
    EXPECT_EQ(all.ask("catalog", 60 * mb, query_priority::high), "held");
    EXPECT_EQ(all.ask("catalog 2", 60 * mb, query_priority::high), "waits");
    all.end("catalog");
    EXPECT_THAT(all.take_told(), ElementsAre("catalog 2"));
}

TEST(admission, who_waits_for_memory_is_overtaken_only_by_what_does_not_hold_it_up) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("a", 500 * mb), "held");
    EXPECT_EQ(all.ask("large", 800 * mb), "waits");
    EXPECT_EQ(all.ask("small", 60 * mb), "held");
    EXPECT_EQ(all.ask("small 2", 60 * mb), "waits") << "with the other one it would keep 800 of 900 MB from being free";
    EXPECT_EQ(all.ask("small 3", 40 * mb), "held");
    EXPECT_EQ(all.ask("high", 10 * mb, query_priority::high), "held");  // overtakes `large`, and is not counted
    all.end("small");
    EXPECT_THAT(all.take_told(), ElementsAre("small 2"));
    EXPECT_EQ(all.ask("small 4", 20 * mb), "waits");
    all.end("small 4");
    all.end("high");
    all.end("a");
    EXPECT_THAT(all.take_told(), ElementsAre("large"));
    all.end("small 2");
    all.end("small 3");
    EXPECT_EQ(all.stats().reserved_bytes, 800 * mb);
}

TEST(admission, others_may_overtake_the_next_that_waits_for_memory_afresh) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("a", 900 * mb), "held");
    EXPECT_EQ(all.ask("large", 800 * mb), "waits");
    EXPECT_EQ(all.ask("large 2", 800 * mb), "waits");
    all.end("a");
    EXPECT_THAT(all.take_told(), ElementsAre("large"));
    EXPECT_EQ(all.ask("small", 100 * mb), "held");
    all.end("large");
    EXPECT_THAT(all.take_told(), ElementsAre("large 2"));
}

TEST(admission, a_demand_beyond_all_is_cut_to_all) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("huge", 5000 * mb), "held");
    EXPECT_EQ(all.permit("huge").reserved_bytes(), 900 * mb);
    EXPECT_EQ(all.ask("huge catalog", 5000 * mb, query_priority::high), "waits");
    all.end("huge");
    EXPECT_EQ(all.permit("huge catalog").reserved_bytes(), 1000 * mb);
}

TEST(admission, high_goes_first_and_low_last_but_not_for_ever) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("running", 900 * mb), "held");
    EXPECT_EQ(all.ask("low", 900 * mb, query_priority::low), "waits");
    all.pass(4s);
    EXPECT_EQ(all.ask("normal", 900 * mb), "waits");
    EXPECT_EQ(all.ask("high", 900 * mb, query_priority::high), "waits");
    all.end("running");
    EXPECT_THAT(all.take_told(), ElementsAre("high"));
    all.end("high");
    EXPECT_THAT(all.take_told(), ElementsAre("normal"));
    all.pass(7s);  // low has waited for 11 s: longer than the two levels above it are worth
    EXPECT_EQ(all.ask("normal 2", 900 * mb), "waits");
    EXPECT_EQ(all.ask("high 2", 900 * mb, query_priority::high), "waits");
    all.end("normal");
    EXPECT_THAT(all.take_told(), ElementsAre("low"));
}

TEST(admission, an_aged_statement_does_not_block_the_reserve_of_high_priority) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("running", 500 * mb), "held");
    EXPECT_EQ(all.ask("large", 900 * mb), "waits");  // leaves nothing for others
    all.pass(1h);
    EXPECT_EQ(all.ask("catalog", 100 * mb, query_priority::high), "held");
    EXPECT_EQ(all.ask("catalog 2", 100 * mb, query_priority::high), "waits");  // the free memory is kept for `large`
    all.end("catalog");
    EXPECT_THAT(all.take_told(), ElementsAre("catalog 2"));
    all.end("catalog 2");
    all.end("running");
    EXPECT_THAT(all.take_told(), ElementsAre("large"));
}

TEST(admission, who_goes_on_after_a_pause_comes_before_those_who_begin) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("running", 900 * mb), "held");
    EXPECT_EQ(all.ask("begins", 900 * mb), "waits");
    EXPECT_EQ(all.ask("goes on", {.memory_bytes = 900 * mb, .resumes = true}), "waits");
    all.end("running");
    EXPECT_THAT(all.take_told(), ElementsAre("goes on"));
}

TEST(admission, a_profile_or_a_user_has_limits_that_hold_up_nobody_else) {
    admission_group background("background", {.running_max = 1, .waiting_max = 1});
    statements all(thousand_mb);
    const auto anna = all.owner().user("anna", {.memory_bytes_max = 100 * mb});
    EXPECT_EQ(all.owner().user("anna", {}), anna);
    EXPECT_EQ(all.ask("a", {.memory_bytes = mb, .profile = &background}), "held");
    EXPECT_EQ(all.ask("b", {.memory_bytes = mb, .profile = &background}), "waits");
    EXPECT_EQ(all.ask("c", {.memory_bytes = mb, .profile = &background}), "53300");
    EXPECT_EQ(all.ask("d", {.memory_bytes = 500 * mb, .user = anna.get()}), "held");
    EXPECT_EQ(all.permit("d").reserved_bytes(), 100 * mb);
    EXPECT_EQ(all.ask("e", {.memory_bytes = mb, .user = anna.get()}), "waits");
    EXPECT_EQ(all.ask("f", mb), "held");
    EXPECT_EQ(all.stats().waiting.at(1), 2U);
    all.end("a");
    EXPECT_THAT(all.take_told(), ElementsAre("b"));
    all.end("d");
    EXPECT_THAT(all.take_told(), ElementsAre("e"));
    all.end("e");  // before its user goes
}

TEST(admission, waiting_ends_with_the_reason_and_the_time) {
    admission_group one("one", {.running_max = 1});
    statements all({.memory_bytes = 1000 * mb, .high_reserve_bytes = 100 * mb, .timeout = 30s});
    EXPECT_EQ(all.ask("a", {.memory_bytes = 800 * mb, .profile = &one}), "held");
    EXPECT_EQ(all.ask("b", 200 * mb), "waits");
    EXPECT_EQ(all.ask("c", {.memory_bytes = mb, .profile = &one}), "waits");
    all.pass(29'999ms);
    EXPECT_FALSE(all.poll("b").value());
    all.pass(1ms);
    const auto memory = all.poll("b");
    ASSERT_FALSE(memory);
    EXPECT_EQ(memory.error().code, sqlstates::out_of_memory);
    EXPECT_EQ(memory.error().message, "no memory to reserve for the statement within 30.0 s");
    EXPECT_EQ(memory.error().detail, "It wants 200 MB; 800 MB of 1000 MB are reserved.");
    EXPECT_THAT(memory.error().hint, HasSubstr("Retry in about"));
    EXPECT_TRUE(memory.error().retryable);
    const auto number = all.poll("c");
    ASSERT_FALSE(number);
    EXPECT_EQ(number.error().code, sqlstates::too_many_connections);
    EXPECT_EQ(all.stats().refused_timeout_total, 2U);
    EXPECT_EQ(all.stats().waiting.at(1), 0U);
    EXPECT_FALSE(all.permit("c").waits());
}

TEST(admission, a_full_queue_refuses_at_once) {
    statements all({.memory_bytes = 1000 * mb, .high_reserve_bytes = 100 * mb, .waiting_max = 1});
    EXPECT_EQ(all.ask("a", 900 * mb), "held");
    EXPECT_EQ(all.ask("b", mb), "waits");
    EXPECT_EQ(all.ask("c", mb), "53300");
    EXPECT_EQ(all.ask("high", mb, query_priority::high), "held");
    EXPECT_EQ(all.ask("d", {.memory_bytes = mb, .resumes = true}), "waits");
    EXPECT_EQ(all.stats().refused_full_total, 1U);
}

// A queue of 0 means the same for all, a profile and a user: a statement that cannot run at once is refused.
TEST(admission, a_queue_of_nobody_refuses_what_cannot_run_at_once) {
    const admission_limits nobody_waits{.running_max = 1, .waiting_max = 0};
    admission_group profile("profile", nobody_waits);
    statements all(thousand_mb);
    const auto user = all.owner().user("etl", nobody_waits);
    EXPECT_EQ(all.ask("a", {.memory_bytes = mb, .profile = &profile}), "held");
    EXPECT_EQ(all.ask("b", {.memory_bytes = mb, .profile = &profile}), "53300");
    EXPECT_EQ(all.ask("c", {.memory_bytes = mb, .user = user.get()}), "held");
    EXPECT_EQ(all.ask("d", {.memory_bytes = mb, .user = user.get()}), "53300");
    EXPECT_EQ(all.ask("others", mb), "held");
    statements none({.memory_bytes = 1000 * mb, .high_reserve_bytes = 100 * mb, .waiting_max = 0});
    EXPECT_EQ(none.ask("a", 900 * mb), "held");
    EXPECT_EQ(none.ask("b", mb), "53300");
    EXPECT_EQ(none.stats().refused_full_total, 1U);
}

TEST(admission, a_permit_that_dies_while_it_waits_leaves_no_trace) {
    statements all(thousand_mb);
    EXPECT_EQ(all.ask("a", 900 * mb), "held");
    {
        admission_permit gone(all.owner(), [] { FAIL() << "called after its end"; });
        EXPECT_FALSE(gone.request({.memory_bytes = 900 * mb}, 0).value());
    }
    EXPECT_EQ(all.ask("b", mb), "waits");
    all.end("a");
    EXPECT_THAT(all.take_told(), ElementsAre("b"));
}

// Invariants after every step, in any order: the reserved bytes are those of the held permits, and never more than the
// budget; a statement that could run does not wait when none stands before it.
TEST(admission, random_steps_keep_the_sums) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::minstd_rand random(seed);
        const auto pick = [&](unsigned count) { return std::uniform_int_distribution<unsigned>(0, count - 1)(random); };
        statements all(
            {.memory_bytes = 100, .high_reserve_bytes = 20, .waiting_max = 10, .timeout = 50ms, .ageing = 10ms});
        std::vector<std::string> names;
        for (int step = 0; step < 200; ++step) {
            all.pass(std::chrono::milliseconds(pick(10)));
            if (names.empty() || pick(2) == 0) {
                const std::string name = std::to_string(step);
                const auto priority = static_cast<query_priority>(pick(3));
                if (const auto answer = all.ask(name, 1 + pick(60), priority); answer == "held" || answer == "waits") {
                    names.push_back(name);
                }
            } else {
                const auto victim = names.begin() + pick(static_cast<unsigned>(names.size()));
                all.end(*victim);
                names.erase(victim);
            }
            std::erase_if(names, [&](const auto& name) { return all.permit(name).waits() && !all.poll(name); });
            std::uint64_t held = 0;
            std::size_t running = 0;
            std::size_t waiting = 0;
            for (const auto& name : names) {
                held += all.permit(name).reserved_bytes();
                running += all.permit(name).held() ? 1 : 0;
                waiting += all.permit(name).waits() ? 1 : 0;
            }
            const auto stats = all.stats();
            ASSERT_EQ(stats.reserved_bytes, held) << "seed " << seed << " step " << step;
            ASSERT_EQ(stats.running, running);
            ASSERT_EQ(stats.waiting.at(0) + stats.waiting.at(1) + stats.waiting.at(2), waiting);
            ASSERT_LE(held, 100U);
            ASSERT_TRUE(waiting == 0 || running > 0) << "everybody waits for nobody, seed " << seed;
        }
        for (const auto& name : names) {
            all.end(name);
        }
        ASSERT_EQ(all.stats().reserved_bytes, 0U);
    }
}

TEST(admission, threads_share_it) {
    admission owner({.memory_bytes = 8 * mb, .high_reserve_bytes = 1 * mb});
    constexpr int threads = 8;
    constexpr int rounds = 2000;
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::barrier start(threads);
    std::vector<std::jthread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&, i] {
            std::atomic<int> calls{0};
            admission_permit permit(owner, [&] {
                calls.fetch_add(1);
                calls.notify_one();
            });
            start.arrive_and_wait();
            const auto priority = static_cast<query_priority>(i % 3);
            for (int round = 0; round < rounds; ++round) {
                const int before = calls.load();
                auto held =
                    permit.request({.memory_bytes = 2 * mb, .priority = priority}, base::system_clock().steady_ns());
                ASSERT_TRUE(held);
                if (!*held) {
                    calls.wait(before);
                }
                ASSERT_TRUE(permit.held());
                const int now = running.fetch_add(1) + 1;
                for (int seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
                }
                running.fetch_sub(1);
                permit.release();
            }
        });
    }
    all.clear();
    EXPECT_LE(most.load(), 4);
    EXPECT_EQ(owner.stats().reserved_bytes, 0U);
    EXPECT_EQ(owner.stats().running, 0U);
    EXPECT_EQ(owner.stats().admitted_total, std::uint64_t{threads} * rounds);
}

}  // namespace
}  // namespace sluice::workload
