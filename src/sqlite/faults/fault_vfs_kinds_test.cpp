// Each fault is delivered, SQLite reports it as it should, and nothing else changes.
#include <array>
#include <atomic>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <sqlite3.h>
#include <string>
#include <thread>
#include <vector>

#include "sqlite/faults/fault_database_test_support.hpp"
#include "sqlite/faults/fault_vfs_test_support.hpp"

namespace sluice::sqlite {

bare_database::bare_database(const std::string& path, const char* vfs)
    : open_code_(::sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs)) {
    (void)::sqlite3_extended_result_codes(db_, 1);
    (void)::sqlite3_busy_timeout(db_, 30'000);
}
bare_database::~bare_database() {
    (void)::sqlite3_close(db_);
}
int bare_database::run(const std::string& statements) {
    return open_code_ != SQLITE_OK ? open_code_ : ::sqlite3_exec(db_, statements.c_str(), nullptr, nullptr, nullptr);
}
std::optional<std::int64_t> bare_database::number(const std::string& statement) {
    sqlite3_stmt* prepared = nullptr;
    std::optional<std::int64_t> found;
    if (::sqlite3_prepare_v2(db_, statement.c_str(), -1, &prepared, nullptr) == SQLITE_OK &&
        ::sqlite3_step(prepared) == SQLITE_ROW) {
        found = ::sqlite3_column_int64(prepared, 0);
    }
    (void)::sqlite3_finalize(prepared);
    return found;
}
bool bare_database::is_sound() {
    return number("select count(*) = 1 and max(integrity_check) = 'ok' from pragma_integrity_check") == 1;
}

namespace {

constexpr std::string_view fill =
    "create table if not exists t(id integer primary key, body text);"
    "with n(i) as (select 1 union all select i + 1 from n where i < 200)"
    " insert into t select i, printf('%.*c', 100, char(97 + i % 26)) from n;";

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// ---- which occasion fails

std::vector<std::size_t> failures(std::uint64_t seed, fault kind, double rate) {
    fault_plan plan(seed);
    plan.set_rate(kind, rate);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < 10'000; ++i) {
        (void)plan.hits(fault::io_open);  // does not influence other kinds
        if (plan.hits(kind)) {
            found.push_back(i);
        }
    }
    EXPECT_EQ(plan.injected(kind), found.size());
    EXPECT_EQ(plan.occasions(kind), 10'000U);
    EXPECT_EQ(plan.injected(fault::io_open), 0U);
    return found;
}

TEST(fault_plan, hits_as_often_as_told_and_the_same_ones_for_a_seed) {
    const auto quarter = failures(1, fault::io_write, 0.25);
    EXPECT_GT(quarter.size(), 2'300U);  // 4.6 standard deviations
    EXPECT_LT(quarter.size(), 2'700U);
    EXPECT_EQ(failures(1, fault::io_write, 0.25), quarter);
    EXPECT_NE(failures(2, fault::io_write, 0.25), quarter);
    EXPECT_NE(failures(1, fault::io_read, 0.25), quarter);
    EXPECT_EQ(failures(1, fault::io_write, 0).size(), 0U);
    EXPECT_EQ(failures(1, fault::io_write, 1).size(), 10'000U);
}

TEST(fault_plan, hits_the_nth_from_now_once) {
    fault_plan plan(1);
    (void)plan.hits(fault::io_sync);
    plan.fail_at(fault::io_sync, 2);
    EXPECT_FALSE(plan.hits(fault::io_sync));
    EXPECT_TRUE(plan.hits(fault::io_sync));
    EXPECT_FALSE(plan.hits(fault::io_sync));
    plan.fail_at(fault::io_sync, 1);
    plan.clear();
    EXPECT_FALSE(plan.hits(fault::io_sync));
}

// ---- what SQLite sees

TEST(fault_vfs, changes_nothing_unless_told_to) {
    for (const std::string mode : {"delete", "truncate", "persist", "wal"}) {
        const temporary_folder folder;
        const fault_vfs faults("faulty", 1);
        auto work = [&](const char* vfs, const std::string& path) {
            {
                bare_database db(path, vfs);
                EXPECT_EQ(db.run("pragma page_size = 1024; pragma cache_size = 4; pragma wal_autocheckpoint = 9;"
                                 "pragma journal_mode = " +
                                 mode),
                          SQLITE_OK);
                EXPECT_EQ(db.run(std::string(fill)), SQLITE_OK);
                EXPECT_EQ(db.run("begin; delete from t where id % 3 = 0; rollback; update t set body = body || body"
                                 " where id % 2 = 0; delete from t where id > 100; vacuum"),
                          SQLITE_OK);
                EXPECT_EQ(db.number("select sum(length(body)) from t"), 15'000);
            }
            return bytes_of(path);
        };
        const std::string plain = work("unix", folder.file("plain.db"));
        EXPECT_GT(plain.size(), 10'000U);
        EXPECT_EQ(work("faulty", folder.file("shimmed.db")), plain) << mode;
        EXPECT_GT(faults.occasions(fault::io_write), 20U);
        EXPECT_EQ(faults.occasions(fault::io_shm_map) > 0, mode == "wal");
    }
}

struct failing_call {
    fault kind;
    const char* journal_mode;
    const char* statement;
    bool on_new_connection;
    std::set<int> codes;
};

const std::array calls{
    failing_call{fault::io_open, "delete", "select count(*) from t", true, {SQLITE_CANTOPEN}},
    failing_call{fault::io_open, "delete", "insert into t(body) values ('x')", false, {SQLITE_CANTOPEN}},
    failing_call{fault::io_delete, "delete", "insert into t(body) values ('x')", false, {SQLITE_IOERR_DELETE}},
    failing_call{fault::io_read, "delete", "select sum(length(body)) from t", true, {SQLITE_IOERR_READ}},
    failing_call{fault::io_read, "wal", "select sum(length(body)) from t", true, {SQLITE_IOERR_READ}},
    failing_call{fault::io_write, "delete", "insert into t(body) values ('x')", false, {SQLITE_IOERR_WRITE}},
    failing_call{fault::io_write, "wal", "insert into t(body) values ('x')", false, {SQLITE_IOERR_WRITE}},
    failing_call{fault::io_truncate, "truncate", "insert into t(body) values ('x')", false, {SQLITE_IOERR_TRUNCATE}},
    failing_call{fault::io_sync, "delete", "insert into t(body) values ('x')", false, {SQLITE_IOERR_FSYNC}},
    failing_call{fault::io_sync, "wal", "insert into t(body) values ('x')", false, {SQLITE_IOERR_FSYNC}},
    failing_call{fault::io_lock, "delete", "select count(*) from t", false, {SQLITE_IOERR_LOCK}},
    failing_call{fault::io_shm_map, "wal", "select count(*) from t", true, {SQLITE_IOERR_SHMMAP}},
    failing_call{fault::io_shm_lock, "wal", "select count(*) from t", false, {SQLITE_IOERR_SHMLOCK}},
    failing_call{fault::disk_full, "delete", "insert into t(body) values ('x')", false, {SQLITE_FULL}},
    failing_call{fault::disk_full, "wal", "insert into t(body) values ('x')", false, {SQLITE_FULL}},
    failing_call{
        fault::short_write, "wal", "insert into t(body) values ('x')", false, {SQLITE_FULL, SQLITE_IOERR_WRITE}},
};

// Returns the result code of the statement.
int fail_once(const failing_call& call, std::uint64_t seed) {
    const temporary_folder folder;
    const std::string path = folder.file("a.db");
    fault_vfs faults("faulty", seed, path);
    int code = SQLITE_OK;
    {
        bare_database other(path, "faulty");  // keeps a write-ahead log alive
        EXPECT_EQ(other.run("pragma journal_mode = " + std::string(call.journal_mode) + ";" + std::string(fill)),
                  SQLITE_OK);
        if (call.on_new_connection) {
            // Opening a database reads, too, so the fault is set after it, except for io_open.
            auto fails = [&] { faults.fail_at(call.kind, 1); };
            if (call.kind == fault::io_open) {
                fails();
            }
            bare_database db(path, "faulty");
            if (call.kind != fault::io_open) {
                fails();
            }
            code = db.run(call.statement);
        } else {
            EXPECT_EQ(other.run("pragma journal_mode = " + std::string(call.journal_mode)), SQLITE_OK);
            EXPECT_EQ(other.number("select count(*) from t"), 200);
            faults.fail_at(call.kind, 1);
            code = other.run(call.statement);
        }
        EXPECT_EQ(faults.injected(call.kind), 1U);
    }
    faults.clear();
    bare_database db(path, "faulty");
    EXPECT_TRUE(db.is_sound());
    EXPECT_EQ(db.number("select count(*) from t where id <= 200"), 200);
    EXPECT_EQ(db.run(call.statement), SQLITE_OK);
    return code;
}

TEST(fault_vfs, each_fault_is_delivered_and_named_and_does_no_harm) {
    for (const failing_call& call : calls) {
        const int code = fail_once(call, 1);
        EXPECT_TRUE(call.codes.contains(code))
            << code << " of kind " << static_cast<int>(call.kind) << " in mode " << call.journal_mode;
    }
}

TEST(fault_vfs, a_short_write_writes_a_part_and_says_full_or_error) {
    std::set<int> codes;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        codes.insert(fail_once({fault::short_write, "delete", "insert into t(body) values ('x')", false, {}}, seed));
    }
    EXPECT_EQ(codes, (std::set{SQLITE_FULL, SQLITE_IOERR_WRITE}));

    std::set<std::size_t> sizes;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const temporary_folder folder;
        fault_vfs faults("faulty", seed);
        bare_database db(folder.file("a.db"), "faulty");
        EXPECT_EQ(db.run("pragma journal_mode = off; pragma synchronous = off"), SQLITE_OK);
        faults.fail_at(fault::short_write, 1);
        EXPECT_NE(db.run("create table t(a)"), SQLITE_OK);
        sizes.insert(bytes_of(folder.file("a.db")).size());
    }
    EXPECT_GT(sizes.size(), 4U);
    EXPECT_LT(*sizes.rbegin(), 4096U);
}

// SQLite takes a short read for the end of the file, and the page for an empty one.
TEST(fault_vfs, a_short_read_is_believed) {
    std::set<int> codes;
    for (std::uint64_t n = 1; n <= 12; ++n) {
        const temporary_folder folder;
        fault_vfs faults("faulty", n);
        const std::string path = folder.file("a.db");
        EXPECT_EQ(bare_database(path, "faulty").run(std::string(fill)), SQLITE_OK);
        bare_database db(path, "faulty");
        faults.fail_at(fault::short_read, n);
        codes.insert(db.run("select sum(length(body)) from t"));
    }
    EXPECT_TRUE(codes.contains(SQLITE_CORRUPT)) << testing::PrintToString(codes);
}

TEST(fault_vfs, leaves_other_files_alone) {
    const temporary_folder folder;
    fault_vfs faults("faulty", 1, folder.file("mine"));
    for (std::size_t kind = 0; kind < fault_count; ++kind) {
        faults.set_rate(static_cast<fault>(kind), 1);
    }
    bare_database other(folder.file("other.db"), "faulty");
    EXPECT_EQ(other.run("pragma journal_mode = wal;" + std::string(fill)), SQLITE_OK);
    EXPECT_EQ(faults.occasions(fault::io_write), 0U);
    EXPECT_NE(bare_database(folder.file("mine.db"), "faulty").run("create table t(a)"), SQLITE_OK);
}

// Work that was reported as done is done, whatever failed beside it.
TEST(fault_vfs, many_threads_lose_nothing_that_was_done) {
    const temporary_folder folder;
    const std::string path = folder.file("a.db");
    fault_vfs faults("faulty", 5, path);
    ASSERT_EQ(bare_database(path, "faulty").run("pragma journal_mode = wal; create table t(id integer primary key)"),
              SQLITE_OK);
    for (const fault kind : {fault::io_read, fault::io_write, fault::io_sync, fault::disk_full, fault::short_write,
                             fault::io_shm_lock, fault::io_open, fault::io_shm_map}) {
        faults.set_rate(kind, 0.02);
    }
    constexpr int threads = 4;
    std::array<std::vector<int>, threads> done;
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < threads; ++i) {
            crowd.emplace_back([&, i] {
                for (int turn = 0; turn < 100;) {
                    bare_database db(path, "faulty");  // a new connection after each error
                    for (int code = SQLITE_OK; code == SQLITE_OK && turn < 100; ++turn) {
                        const int id = 1000 * i + turn;
                        code =
                            db.run("pragma wal_autocheckpoint = 20; insert into t values (" + std::to_string(id) + ")");
                        code == SQLITE_OK ? done.at(static_cast<std::size_t>(i)).push_back(id) : void(++failed);
                    }
                }
            });
        }
    }
    faults.clear();
    bare_database db(path, "faulty");
    EXPECT_TRUE(db.is_sound());
    std::size_t all = 0;
    for (const auto& each : done) {
        all += each.size();
        for (const int id : each) {
            EXPECT_EQ(db.number("select count(*) from t where id = " + std::to_string(id)), 1) << id;
        }
    }
    EXPECT_GT(failed, 10);
    EXPECT_GT(all, 100U);
}

}  // namespace
}  // namespace sluice::sqlite
