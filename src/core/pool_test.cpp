#include "core/pool.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

namespace sluice::core {
namespace {

using items = pool<std::unique_ptr<int>>;

pool_params<std::unique_ptr<int>> counting(int& made, std::size_t idle_max = 2) {
    return {.idle_max = idle_max,
            .make = [&made] { return result<std::unique_ptr<int>>(std::make_unique<int>(++made)); }};
}

TEST(pool, what_was_given_back_last_is_lent_first) {
    int made = 0;
    items spare(counting(made));
    auto first = spare.take();
    auto second = spare.take();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(spare.stats().on_loan, 2U);
    first->give_back();
    second->give_back();
    EXPECT_EQ(spare.stats().idle, 2U);
    auto again = spare.take();
    ASSERT_TRUE(again);
    EXPECT_EQ(***again, 2);
    EXPECT_EQ(made, 2);
}

TEST(pool, keeps_no_more_than_idle_max) {
    int made = 0;
    items spare(counting(made, 1));
    {
        const auto first = spare.take();
        const auto second = spare.take();
    }
    EXPECT_EQ(spare.stats().idle, 1U);
    EXPECT_EQ(spare.stats().on_loan, 0U);
}

TEST(pool, a_spoilt_item_is_not_lent_again) {
    int made = 0;
    items spare(counting(made));
    auto lease = spare.take();
    ASSERT_TRUE(lease);
    lease->spoil();
    EXPECT_FALSE(*lease);
    EXPECT_EQ(spare.stats().on_loan, 0U);
    EXPECT_EQ(spare.stats().idle, 0U);
    auto next = spare.take();
    ASSERT_TRUE(next);
    EXPECT_EQ(***next, 2);
}

TEST(pool, a_failed_make_is_the_borrowers_error_and_no_loan) {
    items spare({.idle_max = 1, .make = [] -> result<std::unique_ptr<int>> {
                     return fail(sqlstates::too_many_connections, "none left");
                 }});
    const auto lease = spare.take();
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().code, sqlstates::too_many_connections);
    EXPECT_EQ(spare.stats().on_loan, 0U);
}

TEST(pool, a_moved_lease_is_given_back_once) {
    int made = 0;
    items spare(counting(made));
    {
        auto lease = spare.take();
        ASSERT_TRUE(lease);
        items::lease other = *std::move(lease);
        items::lease third;
        third = std::move(other);
        EXPECT_TRUE(third);
    }
    EXPECT_EQ(spare.stats().idle, 1U);
    EXPECT_EQ(spare.stats().on_loan, 0U);
}

TEST(pool, threads_never_share_an_item) {
    int made = 0;
    std::mutex making;
    pool<std::unique_ptr<std::atomic<int>>> spare(
        {.idle_max = 8, .make = [&]() -> result<std::unique_ptr<std::atomic<int>>> {
             const std::scoped_lock lock(making);
             ++made;
             return std::make_unique<std::atomic<int>>(0);
         }});
    std::vector<std::jthread> threads;
    std::atomic<bool> shared = false;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 2000; ++round) {
                auto lease = spare.take();
                if ((**lease)->fetch_add(1) != 0) {
                    shared = true;
                }
                (**lease)->fetch_sub(1);
            }
        });
    }
    threads.clear();
    EXPECT_FALSE(shared);
    EXPECT_LE(made, 4);
    EXPECT_EQ(spare.stats().on_loan, 0U);
}

}  // namespace
}  // namespace sluice::core
