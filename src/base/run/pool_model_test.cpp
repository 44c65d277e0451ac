// The pool against a model of its rules: a seed decides what twelve sessions do, and the model predicts the result of
// each step, down to the number of the item.
#include "base/run/pool_model.hpp"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

#include "base/run/pool.hpp"
#include "base/run/pool_test_support.hpp"

namespace sluice::base {
namespace {

using namespace std::chrono_literals;

using pool_model::failed;
using pool_model::model;
using pool_model::nothing;
using pool_model::session_count;
using pool_model::stage;

class simulation {
  public:
    explicit simulation(std::uint64_t seed)
        : random_(seed), limits_(any_limits()), spare_(shop_.params(limits_)), expected_(limits_, shop_) {
        for (std::size_t i = 0; i < session_count; ++i) {
            waiters_.push_back(std::make_unique<things::waiter>(spare_, [this, i] { ++calls_.at(i); }));
        }
    }

    void step() {
        const std::size_t who = any(session_count);
        if (any(12) == 0) {
            owner_step();
        } else {
            session_step(who);
        }
        compare();
    }
    void end() {
        waiters_.clear();
        for (auto& lease : leases_) {
            lease.give_back();
        }
        EXPECT_EQ(spare_.stats().on_loan, 0U);
        EXPECT_EQ(spare_.stats().waiting, 0U);
        spare_.stop();
        EXPECT_EQ(shop_.live, 0);
    }
    [[nodiscard]] pool_stats stats() const { return spare_.stats(); }
    [[nodiscard]] std::uint64_t over() const { return over_; }

  private:
    std::size_t any(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

    pool_limits any_limits() {
        return {.size_min = any(3),
                .size_max = 2 + any(6),
                .waiters_max = 2 + any(6),
                .idle_timeout = std::chrono::milliseconds(1000 + any(3000)),
                .lifetime_max = std::chrono::milliseconds(2000 + any(6000)),
                .lifetime_jitter = 0};
    }

    void owner_step() {
        switch (any(6)) {
            case 0:
                shop_.fails = !shop_.fails;
                return;
            case 1:
                limits_ = any_limits();
                spare_.set_limits(limits_);
                expected_.set_limits(limits_);
                return;
            default:
                break;
        }
        shop_.time.advance_ms(static_cast<std::int64_t>(any(1500)));
        if (any(3) != 0) {
            EXPECT_EQ(spare_.sweep().has_value(), expected_.sweep());
        }
    }

    void session_step(std::size_t who) {
        const model::session& session = expected_.sessions.at(who);
        things::lease& lease = leases_.at(who);
        switch (session.now) {
            case stage::away:
                ask(who);
                break;
            case stage::queued:
                wait_on(who);
                break;
            case stage::granted:
                if (any(4) == 0) {
                    waiters_.at(who)->leave();
                    expected_.put(who, true);
                } else {
                    const int item = expected_.use(who, session.item);
                    EXPECT_EQ(outcome(who, waiters_.at(who)->collect()), item);
                }
                break;
            case stage::holding:
                end_loan(who);
                break;
            case stage::parked:
                expected_.unpark(who);
                if (any(4) == 0) {
                    lease.give_back();
                    expected_.put(who, true);
                } else {
                    EXPECT_TRUE(lease.resume());
                    EXPECT_EQ(number_of(lease), session.item);
                }
                break;
            case stage::robbed:
                EXPECT_FALSE(lease.resume());
                expected_.sessions.at(who).now = stage::away;
                break;
        }
    }

    void ask(std::size_t who) {
        const bool waits = any(2) == 0;
        int item = expected_.take(who);
        if (item == nothing && waits && expected_.waiters.size() >= limits_.waiters_max) {
            item = failed;
        }
        EXPECT_EQ(outcome(who, waits ? waiters_.at(who)->begin({.session_id = who}) : spare_.try_acquire({})), item);
        if (item == nothing && waits) {
            expected_.queue(who);
        }
    }
    void wait_on(std::size_t who) {
        switch (any(8)) {
            case 0:
                EXPECT_EQ(outcome(who, waiters_.at(who)->expire()), failed);
                expected_.unqueue(who);
                break;
            case 1:
                waiters_.at(who)->leave();
                expected_.unqueue(who);
                break;
            default:
                EXPECT_EQ(outcome(who, waiters_.at(who)->collect()), nothing);
        }
    }
    void end_loan(std::size_t who) {
        things::lease& lease = leases_.at(who);
        switch (any(8)) {
            case 0:
                expected_.put(who, false);
                lease.spoil();
                break;
            case 1:
                shop_.ill.insert(number_of(lease));
                expected_.put(who, false);
                lease.give_back();
                break;
            case 2:
            case 3:
            case 4:
                expected_.park(who);
                lease.park();
                EXPECT_EQ(lease.is_parked(), expected_.sessions.at(who).now == stage::parked);
                break;
            default:
                expected_.put(who, true);
                lease.give_back();
        }
    }

    int outcome(std::size_t who, result<std::optional<things::lease>> got) {
        if (!got) {
            return failed;
        }
        if (!got->has_value()) {
            return nothing;
        }
        leases_.at(who) = **std::move(got);
        return number_of(leases_.at(who));
    }

    void compare() {
        const pool_stats now = spare_.stats();
        EXPECT_EQ(now.size, expected_.size);
        EXPECT_EQ(now.parked, expected_.parked.size());
        EXPECT_EQ(now.idle, expected_.idle.size() + expected_.parked.size());
        EXPECT_EQ(now.waiting, expected_.waiters.size());
        EXPECT_EQ(now.made_total, static_cast<std::uint64_t>(expected_.made));
        EXPECT_EQ(shop_.live, static_cast<int>(expected_.live.size()));
        // The meaning of limits, apart from the model: above the size no item is idle, and below it no session waits.
        EXPECT_TRUE(now.size <= limits_.size_max || now.idle == 0) << now.size;
        EXPECT_TRUE(now.waiting == 0 || (now.size >= limits_.size_max && now.idle == 0)) << now.size;
        over_ += now.size > limits_.size_max ? 1 : 0;
        for (std::size_t i = 0; i < session_count; ++i) {
            EXPECT_EQ(calls_.at(i), expected_.sessions.at(i).calls) << "session " << i;
        }
    }

    std::mt19937_64 random_;
    workshop shop_;
    pool_limits limits_;
    things spare_;
    model expected_;
    std::uint64_t over_ = 0;  // steps that left more than size_max items
    std::array<int, session_count> calls_{};
    std::array<things::lease, session_count> leases_;
    std::vector<std::unique_ptr<things::waiter>> waiters_;
};

TEST(pool_model, does_what_the_model_says) {
    std::uint64_t stolen = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t closed = 0;
    std::uint64_t over = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        simulation run(seed);
        for (int i = 0; i < 1000; ++i) {
            run.step();
            ASSERT_FALSE(HasFailure()) << "seed " << seed << ", step " << i;
        }
        const auto now = run.stats();
        stolen += now.stolen_total;
        timeouts += now.timeouts_total;
        closed += now.closed_total;
        over += run.over();
        run.end();
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
    // The important paths were taken.
    EXPECT_GT(stolen, 100U);
    EXPECT_GT(timeouts, 100U);
    EXPECT_GT(closed, 100U);
    EXPECT_GT(over, 100U);
}

}  // namespace
}  // namespace sluice::base
