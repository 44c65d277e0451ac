#include "engines/duckdb/fence/file_guard.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "engines/duckdb/database/duckdb_backend.hpp"
#include "engines/duckdb/database/external_access.hpp"
#include "engines/duckdb/fence/thread_fence.hpp"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;

class walls : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "walls-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        base_ = fs::canonical(pattern).string();
        for (const char* folder : {"db", "data", "exchange", "secret", "tmp"}) {
            fs::create_directory(base_ + "/" + folder);
        }
        for (const char* file : {"db/shop.duckdb", "db/side.sqlite", "data/x.csv", "exchange/x.csv", "secret/x.csv"}) {
            std::ofstream(base_ + "/" + file) << "1\n";
        }
        fs::create_symlink(base_ + "/secret/x.csv", base_ + "/exchange/link.csv");
        fs::create_symlink(base_ + "/db/shop.duckdb", base_ + "/exchange/shop.duckdb");
    }
    void TearDown() override { fs::remove_all(base_); }

    [[nodiscard]] std::string at(const std::string& path) const { return base_ + "/" + path; }
    [[nodiscard]] file_guard guard() const {
        return file_guard({.databases = {at("db/shop.duckdb")},
                           .sqlite_files = {at("db/side.sqlite")},
                           .private_files = {at("exchange/users")},
                           .read_only_directories = {at("data")},
                           .directories = {at("exchange")},
                           .temp_directory = at("tmp")});
    }

    std::string base_;
};

TEST_F(walls, tell_the_engines_own_files_from_those_of_statements) {
    const file_guard known = guard();
    constexpr int log = O_WRONLY | O_CREAT | O_APPEND;
    constexpr int copy_to = O_WRONLY | O_CREAT | O_TRUNC;
    constexpr int spill = O_RDWR | O_CREAT;
    struct open_case {
        const char* path;
        int flags;
        bool allowed;
    };
    for (const open_case& each : {open_case{.path = "db/shop.duckdb", .flags = O_RDONLY, .allowed = false},
                                  {.path = "db/shop.duckdb", .flags = copy_to, .allowed = false},
                                  {.path = "exchange/shop.duckdb", .flags = O_RDONLY, .allowed = false},
                                  {.path = "data/../db/shop.duckdb", .flags = O_RDONLY, .allowed = false},
                                  {.path = "db/shop.duckdb.wal", .flags = log, .allowed = true},
                                  {.path = "db/shop.duckdb.wal.checkpoint", .flags = log, .allowed = true},
                                  {.path = "db/shop.duckdb.wal", .flags = copy_to, .allowed = false},
                                  {.path = "db/shop.duckdb.wal", .flags = O_RDONLY, .allowed = false},
                                  {.path = "db/side.sqlite", .flags = O_RDONLY, .allowed = false},
                                  {.path = "db/side.sqlite-wal", .flags = O_RDONLY, .allowed = false},
                                  {.path = "tmp/duckdb_temp_storage-0.tmp", .flags = spill, .allowed = true},
                                  {.path = "tmp/duckdb_temp_storage-0.tmp", .flags = O_RDONLY, .allowed = false},
                                  {.path = "tmp/x.csv", .flags = copy_to, .allowed = false},
                                  {.path = "data/x.csv", .flags = O_RDONLY, .allowed = true},
                                  {.path = "data/new.csv", .flags = copy_to, .allowed = false},
                                  {.path = "exchange/new.csv", .flags = copy_to, .allowed = true},
                                  {.path = "exchange/users", .flags = O_RDONLY, .allowed = false}}) {
        EXPECT_EQ(known.may_open(at(each.path), each.flags), each.allowed) << each.path << " " << each.flags;
    }
}

TEST_F(walls, show_sqlite_the_files_that_are_served) {
    const file_guard known = guard();
    for (const char* path : {"db/side.sqlite", "db/side.sqlite-journal", "db/side.sqlite-wal", "exchange/new.sqlite"}) {
        EXPECT_TRUE(known.may_open_sqlite(at(path))) << path;
    }
    for (const char* path : {"db/other.sqlite", "db/side.sqlite-other", "db/shop.duckdb", "secret/x.csv",
                             "exchange/link.csv", "exchange/users", "exchange/../secret/x.csv"}) {
        EXPECT_FALSE(known.may_open_sqlite(at(path))) << path;
    }
}

TEST_F(walls, are_around_one_thread_and_those_that_it_starts) {
    const auto made = thread_fence::make({.rules = {{.path = at("data")},
                                                    {.path = at("exchange"), .access = fence_access::write},
                                                    {.path = at("db"), .access = fence_access::append_log}},
                                          .network = false,
                                          .guard = {}});
    ASSERT_TRUE(made);
    if (!(*made)->has_files()) {
        GTEST_SKIP() << "this kernel has no Landlock";
    }
    const auto opens = [](const std::string& path, int flags) {
        const int opened = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
        if (opened >= 0) {
            ::close(opened);
        }
        return opened >= 0;
    };
    const auto connects = [] {
        const int made_socket = ::socket(AF_INET, SOCK_STREAM, 0);
        if (made_socket >= 0) {
            ::close(made_socket);
        }
        return made_socket >= 0;
    };
    const auto look = [&] {
        EXPECT_TRUE(opens(at("data/x.csv"), O_RDONLY));
        EXPECT_FALSE(opens(at("data/x.csv"), O_WRONLY));
        EXPECT_FALSE(opens(at("data/new.csv"), O_WRONLY | O_CREAT));
        EXPECT_TRUE(opens(at("exchange/new.csv"), O_RDWR | O_CREAT));
        EXPECT_FALSE(opens(at("exchange/link.csv"), O_RDONLY));
        EXPECT_FALSE(opens(at("secret/x.csv"), O_RDONLY));
        EXPECT_FALSE(opens("/proc/self/root" + at("secret/x.csv"), O_RDONLY));
        EXPECT_TRUE(opens(at("db/shop.duckdb.wal"), O_WRONLY | O_CREAT | O_APPEND));
        EXPECT_FALSE(opens(at("db/shop.duckdb"), O_RDONLY));
        EXPECT_FALSE(connects());
    };
    EXPECT_FALSE(thread_fence::refuses_network());
    std::thread([&] {
        (*made)->enter();
        EXPECT_TRUE(thread_fence::refuses_network());
        look();
        std::thread(look).join();
    }).join();
    EXPECT_TRUE(opens(at("secret/x.csv"), O_RDONLY));
    EXPECT_TRUE(connects());
}

TEST_F(walls, hold_for_what_is_attached) {
    const access_params closed{.closed = true, .directories = {at("exchange")}, .network = false, .private_files = {}};
    for (const std::string& allowed :
         {"ATTACH '" + at("secret/x.duckdb") + "' AS a", std::string("ATTACH ':memory:' AS a (TYPE sqlite)"),
          "attach or replace database if not exists '" + at("exchange/x.db") + "' as a (read_only, type sqlite)",
          std::string("ATTACH 'it''s' (TYPE duckdb)")}) {
        EXPECT_TRUE(check_attach(closed, allowed)) << allowed;
    }
    for (const std::string& refused :
         {"ATTACH '" + at("secret/x.db") + "' AS a (TYPE sqlite)", "attach 'sqlite:" + at("secret/x.db") + "' as a",
          "/* */ ATTACH IF NOT EXISTS '" + at("exchange/../secret/x.db") + "' (READ_ONLY, TYPE 'sqlite')",
          "ATTACH '" + at("exchange/link.csv") + "' (TYPE sqlite)", "ATTACH $$" + at("exchange/x") + "$$ (TYPE sqlite)",
          std::string("ATTACH 's3://bucket/x' AS a (TYPE delta)"), "ATTACH E'" + at("exchange/x") + "' (TYPE delta)"}) {
        const auto checked = check_attach(closed, refused);
        ASSERT_FALSE(checked) << refused;
        EXPECT_EQ(checked.error().code, sqlstates::insufficient_privilege);
        EXPECT_FALSE(checked.error().hint.empty());
    }
    EXPECT_TRUE(check_attach({}, "ATTACH '/etc/x.db' (TYPE sqlite)"));
}

}  // namespace
}  // namespace sluice::duckdb
