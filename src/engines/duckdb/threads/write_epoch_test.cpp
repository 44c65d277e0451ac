#include "engines/duckdb/threads/write_epoch.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::duckdb {
namespace {

TEST(write_epoch, is_the_same_until_somebody_writes) {
    write_epoch epoch;
    const auto before = epoch.observe();
    EXPECT_TRUE(before.data_is_quiet());
    EXPECT_EQ(epoch.observe().data, before.data);

    {
        const write_epoch::writing now(epoch, change::data);
    }
    const auto after = epoch.observe();
    EXPECT_TRUE(after.data_is_quiet());
    EXPECT_NE(after.data, before.data);
    EXPECT_EQ(after.schema, before.schema);
}

TEST(write_epoch, is_not_quiet_while_somebody_writes) {
    write_epoch epoch;
    write_epoch::writing first(epoch, change::data);
    write_epoch::writing second(epoch, change::schema);
    EXPECT_FALSE(epoch.observe().data_is_quiet());
    EXPECT_FALSE(epoch.observe().schema_is_quiet());
    second.end();
    EXPECT_FALSE(epoch.observe().data_is_quiet());
    EXPECT_TRUE(epoch.observe().schema_is_quiet());
    first.end();
    EXPECT_TRUE(epoch.observe().data_is_quiet());
}

TEST(write_epoch, a_schema_change_changes_data_too) {
    write_epoch epoch;
    const auto before = epoch.observe();
    {
        const write_epoch::writing now(epoch, change::schema);
    }
    EXPECT_NE(epoch.observe().data, before.data);
    EXPECT_NE(epoch.observe().schema, before.schema);
}

TEST(write_epoch, change_none_leaves_no_trace) {
    write_epoch epoch;
    const auto before = epoch.observe();
    const write_epoch::writing now(epoch, change::none);
    EXPECT_EQ(epoch.observe().data, before.data);
}

TEST(write_epoch, knows_its_own_writer_from_others) {
    write_epoch epoch;
    const auto before = epoch.observe();
    const write_epoch::writing own(epoch, change::data);
    EXPECT_EQ(epoch.observe().data, write_epoch::after_beginning(before, change::data).data);
    {
        const write_epoch::writing other(epoch, change::data);
    }
    EXPECT_NE(epoch.observe().data, write_epoch::after_beginning(before, change::data).data);
}

TEST(write_epoch, a_moved_writer_ends_once) {
    write_epoch epoch;
    {
        write_epoch::writing first(epoch, change::data);
        write_epoch::writing const second = std::move(first);
        first = write_epoch::writing();
        EXPECT_FALSE(epoch.observe().data_is_quiet());
    }
    EXPECT_TRUE(epoch.observe().data_is_quiet());
}

TEST(write_epoch, counts_writers_of_many_threads) {
    write_epoch epoch;
    const auto before = epoch.observe();
    constexpr int writes_per_thread = 1000;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < writes_per_thread; ++k) {
                const write_epoch::writing now(epoch, change::data);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    const auto after = epoch.observe();
    EXPECT_TRUE(after.data_is_quiet());
    EXPECT_EQ((after.data - before.data) >> 16, 4U * writes_per_thread);
}

}  // namespace
}  // namespace sluice::duckdb
