// Transactions that share a COMMIT: each is all or nothing, and a failed member does not fail the others.
#include "sqlite/database/commit_group.hpp"

#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <latch>
#include <thread>
#include <vector>

#include "sqlite/database/backup.hpp"
#include "sqlite/database/database.hpp"
#include "sqlite/faults/sqlite_test_support.hpp"

namespace sluice::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr call_options together{.together = true};

class commit_groups : public testing::TestWithParam<bool> {
  protected:
    commit_groups() : manager_(must_open(GetParam() ? ":memory:" : folder_.file("a.db"), quiet())) {
        EXPECT_TRUE(manager_->run("create table t(thread int, n int, part int)"));
        EXPECT_TRUE(manager_->run("create table parent(id integer primary key)"));
        EXPECT_TRUE(manager_->run("create table child(id integer references parent deferrable initially deferred)"));
    }

    void in_threads(int count, const std::function<void(int)>& work) {
        std::latch start(count);
        std::vector<std::thread> threads;
        for (int i = 0; i < count; ++i) {
            threads.emplace_back([&, i] {
                start.arrive_and_wait();
                work(i);
            });
        }
        for (auto& each : threads) {
            each.join();
        }
    }
    [[nodiscard]] std::int64_t count(std::string_view sql) { return manager_->get<std::int64_t>(sql).value(); }

    temporary_folder folder_;
    std::unique_ptr<database> manager_;
};
INSTANTIATE_TEST_SUITE_P(store, commit_groups, testing::Values(false, true),
                         [](const auto& each) { return each.param ? "memory" : "file"; });

result<> insert(connection& db, int thread, int n) {
    TRY(db.run("insert into t values(?1, ?2, 1)", thread, n));
    TRY(db.run("insert into t values(?1, ?2, 2)", thread, n));
    return {};
}

TEST_P(commit_groups, share_commits_and_lose_nothing) {
    in_threads(16, [&](int thread) {
        for (int n = 0; n < 100; ++n) {
            const auto done = manager_->transaction([&](connection& db) { return insert(db, thread, n); }, together);
            ASSERT_TRUE(done) << done.error().message;
        }
    });
    EXPECT_EQ(count("select count(*) from t"), 16 * 100 * 2);
    EXPECT_EQ(manager_->statistics().counters->commits_total.value(), 1600U);
    EXPECT_EQ(manager_->statistics().writer.on_loan, 0U);
}

TEST_P(commit_groups, those_who_waited_share_one_commit) {
    auto held = std::make_unique<database::lease>(manager_->get_connection(access::write).value());
    std::thread opener([&] {
        while (manager_->statistics().writer.waiting != 8) {
            std::this_thread::yield();
        }
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back(
            [&, i] { EXPECT_TRUE(manager_->transaction([&](connection& db) { return insert(db, i, 0); }, together)); });
    }
    opener.join();
    held.reset();
    for (auto& each : threads) {
        each.join();
    }
    EXPECT_EQ(count("select count(*) from t"), 16);
    EXPECT_GE(manager_->statistics().counters->group_commits_total.value(), 1U);
}

// Every third transaction fails in the middle; every tenth meets its violation only at the COMMIT.
TEST_P(commit_groups, one_that_fails_takes_nobody_along) {
    std::atomic<int> expected{0};
    in_threads(12, [&](int thread) {
        for (int n = 0; n < 60; ++n) {
            const bool fails_late = n % 10 == 5;
            const bool fails = n % 3 == 0;
            const auto done = manager_->transaction(
                [&](connection& db) -> result<> {
                    TRY(insert(db, thread, n));
                    if (fails_late) {
                        TRY(db.run("insert into child values(?1)", 999));
                    }
                    return fails ? result<>(fail(error_kind::no_row, "on purpose")) : result<>{};
                },
                together);
            ASSERT_EQ(done.has_value(), !fails && !fails_late);
            if (!done) {
                ASSERT_EQ(done.error().kind, fails ? error_kind::no_row : error_kind::constraint);
            }
            expected += done ? 2 : 0;
        }
    });
    EXPECT_EQ(count("select count(*) from t"), expected);
    EXPECT_EQ(count("select count(*) from child"), 0);
}

// SQLite undoes the whole transaction when a writing statement is interrupted.
TEST_P(commit_groups, an_interrupted_member_takes_nobody_along) {
    in_threads(8, [&](int thread) {
        for (int n = 0; n < 20; ++n) {
            if (thread == 0) {
                const auto slow = manager_->transaction(
                    [&](connection& db) {
                        return db.run(
                            "insert into t select -1, i, 0 from (with recursive n(i) as (select 1 union all "
                            "select i + 1 from n) select i from n)");
                    },
                    {.timeout = 1ms, .together = true});
                ASSERT_FALSE(slow);
                ASSERT_TRUE(slow.error().kind == error_kind::timed_out ||
                            slow.error().kind == error_kind::pool_exhausted)
                    << slow.error().message;
            } else {
                const auto done =
                    manager_->transaction([&](connection& db) { return insert(db, thread, n); }, together);
                ASSERT_TRUE(done) << done.error().message;
            }
        }
    });
    EXPECT_EQ(count("select count(*) from t"), 7 * 20 * 2);
}

TEST_P(commit_groups, others_end_the_group_before_they_write) {
    std::atomic<int> alone{0};
    in_threads(9, [&](int thread) {
        for (int n = 0; n < 40; ++n) {
            if (thread == 0) {
                ASSERT_TRUE(manager_->run("insert into parent values(?1)", n));
                ++alone;
            } else if (thread == 1) {
                auto held = manager_->get_connection(access::write);
                ASSERT_TRUE(held);
                ASSERT_FALSE((*held)->is_in_transaction());
            } else if (thread == 2) {
                ASSERT_TRUE(manager_->transaction([&](connection& db) { return insert(db, thread, n); }));
            } else {
                ASSERT_TRUE(manager_->transaction([&](connection& db) { return insert(db, thread, n); }, together));
            }
        }
    });
    EXPECT_EQ(count("select count(*) from parent"), 40);
    EXPECT_EQ(count("select count(*) from t"), 7 * 40 * 2);
}

// The pool closes the connection for its age again and again.
TEST_P(commit_groups, survive_connections_that_are_replaced) {
    ASSERT_TRUE(manager_->configure({.max_size = 2, .min_idle = 0, .max_lifetime = 1ms}));
    in_threads(8, [&](int thread) {
        for (int n = 0; n < 50; ++n) {
            const auto done = manager_->transaction([&](connection& db) { return insert(db, thread, n); }, together);
            ASSERT_TRUE(done) << done.error().message;
            if (n % 10 == 0) {
                manager_->upkeep();
            }
        }
    });
    EXPECT_EQ(count("select count(*) from t"), 8 * 50 * 2);
}

TEST_P(commit_groups, closing_waits_for_them) {
    std::atomic<int> committed{0};
    std::latch half(4);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            for (int n = 0; n < 100; ++n) {
                const auto done = manager_->transaction([&](connection& db) { return insert(db, i, n); }, together);
                if (!done) {
                    EXPECT_EQ(done.error().kind, error_kind::closed) << done.error().message;
                    break;
                }
                ++committed;
                if (n == 50 && i < 4) {
                    half.count_down();
                }
            }
        });
    }
    half.wait();
    if (GetParam()) {  // a database in memory disappears with its connections
        for (auto& each : threads) {
            each.join();
        }
        EXPECT_TRUE(manager_->close());
        return;
    }
    EXPECT_TRUE(manager_->close());
    for (auto& each : threads) {
        each.join();
    }
    const auto reopened = must_open(folder_.file("a.db"), quiet());
    EXPECT_EQ(reopened->get<std::int64_t>("select count(*) from t").value(), committed * 2);
}

}  // namespace
}  // namespace sluice::sqlite
