#include "sqlite/database/backup.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "sqlite/faults/mock_database.hpp"
#include "sqlite/faults/sqlite_test_support.hpp"

namespace sluice::sqlite {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

void fill(database& db, int rows) {
    ASSERT_TRUE(db.run("create table t(id integer primary key, name text)"));
    ASSERT_TRUE(db.transaction([&](connection& in) -> result<> {
        for (int i = 0; i < rows; ++i) {
            TRY(in.run("insert into t(name) values(?1)", std::string(500, 'x')));
        }
        return {};
    }));
}

TEST(sqlite_backup, copies_one_state_while_others_write) {
    const temporary_folder folder;
    const auto db = must_open(folder.file("a.db"), quiet());
    fill(*db, 2000);
    std::size_t steps = 0;
    const auto write_beside = [&](std::size_t, std::size_t) {
        ++steps;
        std::thread([&] { EXPECT_TRUE(db->run("insert into t(name) values('late')")); }).join();
    };
    ASSERT_TRUE(back_up(*db, folder.file("copy.db"), {.pages_a_step = 10, .progress = write_beside}));
    EXPECT_GT(steps, 10U);
    const auto copy = must_open(folder.file("copy.db"), quiet());
    EXPECT_EQ(copy->get<std::int64_t>("select count(*) from t").value(), 2000);
    EXPECT_THAT(find_damage(*copy).value(), IsEmpty());
}

TEST(sqlite_backup, a_copy_that_is_cancelled_leaves_what_was_there) {
    const temporary_folder folder;
    const auto db = must_open(folder.file("a.db"), quiet());
    fill(*db, 2000);
    std::ofstream(folder.file("copy.db")) << "older";
    base::cancel_token token;
    const auto done = back_up(*db, folder.file("copy.db"),
                              {.pages_a_step = 1,
                               .progress = [&](std::size_t, std::size_t) { token.request(base::cancel_reason::user); },
                               .call = {.cancel = &token}});
    EXPECT_EQ(done.error().kind, error_kind::cancelled);
    std::string text;
    std::ifstream(folder.file("copy.db")) >> text;
    EXPECT_EQ(text, "older");
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(folder.file(""))) {
        names.push_back(each.path().filename());
    }
    EXPECT_THAT(names, UnorderedElementsAre("a.db", "a.db-shm", "a.db-wal", "copy.db"));
}

TEST(sqlite_backup, a_database_in_memory_can_be_kept) {
    const temporary_folder folder;
    const auto db = must_open(":memory:", quiet());
    fill(*db, 10);
    ASSERT_TRUE(back_up(*db, folder.file("copy.db")));
    EXPECT_EQ(must_open(folder.file("copy.db"), quiet())->get<std::int64_t>("select count(*) from t").value(), 10);
    EXPECT_EQ(back_up(*db, folder.file("missing/copy.db")).error().kind, error_kind::cannot_open);
}

TEST(sqlite_backup, finds_damage) {
    const temporary_folder folder;
    {
        const auto db = must_open(folder.file("a.db"), quiet());
        fill(*db, 2000);
        ASSERT_TRUE(db->run("create table child(t integer references t)"));
        ASSERT_TRUE(db->execute_mut([](connection& in) -> result<> {
            TRY(in.run_script("pragma foreign_keys=0; insert into child values(-5)"));
            return {};
        }));
        EXPECT_THAT(find_damage(*db).value(),
                    ElementsAre("row 1 of table child refers to a row of t that does not exist"));
    }
    {
        std::fstream file(folder.file("a.db"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(std::streamoff{4096} * 20);
        file << std::string(4096, '\xff');
    }
    const auto db = must_open(folder.file("a.db"), quiet());
    const auto found = find_damage(*db);
    EXPECT_TRUE(!found || found->size() > 1);
}

TEST(sqlite_mock, fails_when_told_to) {
    mock_database database;
    ASSERT_TRUE(database->run("create table t(x)"));
    const auto writes = database.calls(access::write);
    database.fail_next({.kind = error_kind::full, .message = "disk full"});
    const auto insert = [](connection& in) { return in.run("insert into t values(1)"); };
    EXPECT_EQ(database->transaction(insert).error().kind, error_kind::full);
    EXPECT_TRUE(database->transaction(insert));
    EXPECT_EQ(database.calls(access::write), writes + 2);
    EXPECT_EQ(database->get<std::int64_t>("select count(*) from t").value(), 1);
}

}  // namespace
}  // namespace sluice::sqlite
