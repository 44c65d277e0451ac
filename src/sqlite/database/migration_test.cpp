#include "sqlite/database/migration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "sqlite/faults/sqlite_test_support.hpp"

namespace sluice::sqlite {
namespace {

using testing::HasSubstr;

constexpr migration steps[] = {
    {.version = 1, .name = "tables", .sql = "create table a(x); create table b(x);"},
    {.version = 2, .name = "rows", .sql = "insert into a values(1); insert into b select x from a;"},
};
constexpr migration_params all{.application_id = 4711, .steps = steps};

TEST(sqlite_migration, takes_each_step_once) {
    const temporary_folder folder;
    const auto db = must_open(folder.file("a.db"), quiet());
    EXPECT_EQ(migrate(*db, {.application_id = 4711, .steps = std::span(steps).first(1)}).value(), 1);
    EXPECT_EQ(migrate(*db, all).value(), 1);
    EXPECT_EQ(migrate(*db, all).value(), 0);
    EXPECT_EQ(db->get<std::int64_t>("select x from b").value(), 1);
    EXPECT_EQ(db->get<std::int64_t>("pragma application_id").value(), 4711);
}

TEST(sqlite_migration, a_step_that_fails_leaves_nothing) {
    const temporary_folder folder;
    const auto db = must_open(folder.file("a.db"), quiet());
    constexpr migration bad[] = {
        steps[0], {.version = 2, .name = "bad", .sql = "create table c(x); insert into nowhere values(1)"}};
    const auto failed = migrate(*db, {.steps = bad});
    EXPECT_EQ(failed.error().kind, error_kind::migration);
    EXPECT_EQ(failed.error().migration.problem, migration_problem::failed);
    EXPECT_EQ(failed.error().migration.version, 2);
    EXPECT_THAT(failed.error().message, HasSubstr("nowhere"));
    EXPECT_EQ(db->get<std::int64_t>("select count(*) from sqlite_schema").value(), 0);
}

TEST(sqlite_migration, refuses_what_it_does_not_know) {
    const temporary_folder folder;
    const auto db = must_open(folder.file("a.db"), quiet());
    ASSERT_TRUE(migrate(*db, all));
    const auto older = migrate(*db, {.application_id = 4711, .steps = std::span(steps).first(1)});
    EXPECT_EQ(older.error().migration.problem, migration_problem::newer_schema);
    EXPECT_EQ(older.error().migration.version, 2);
    EXPECT_EQ(older.error().migration.version_known, 1);
    constexpr migration changed[] = {steps[0], {.version = 2, .name = "rows", .sql = "select 1"}};
    EXPECT_EQ(migrate(*db, {.application_id = 4711, .steps = changed}).error().migration.problem,
              migration_problem::changed);
    EXPECT_EQ(migrate(*db, {.application_id = 1, .steps = steps}).error().migration.problem,
              migration_problem::foreign_database);
}

TEST(sqlite_migration, leaves_a_foreign_database_alone) {
    const temporary_folder folder;
    const auto db = must_open(folder.file("a.db"), quiet());
    ASSERT_TRUE(db->run("create table theirs(x)"));
    EXPECT_EQ(migrate(*db, all).error().migration.problem, migration_problem::foreign_database);
    EXPECT_EQ(db->get<std::int64_t>("select count(*) from sqlite_schema").value(), 1);
}

TEST(sqlite_migration, many_at_once_take_each_step_once) {
    const temporary_folder folder;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            const auto db = must_open(folder.file("a.db"), quiet());
            const auto done = migrate(*db, all);
            EXPECT_TRUE(done) << done.error().message;
        });
    }
    for (auto& each : threads) {
        each.join();
    }
    const auto db = must_open(folder.file("a.db"), quiet());
    EXPECT_EQ(db->get<std::int64_t>("select count(*) from b").value(), 1);
}

}  // namespace
}  // namespace sluice::sqlite
