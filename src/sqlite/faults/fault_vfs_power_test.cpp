// The transactions that a power cut takes from a database that syncs, does not sync, or is lied to.
#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <sqlite3.h>
#include <string>

#include "sqlite/faults/fault_database_test_support.hpp"
#include "sqlite/faults/fault_vfs_test_support.hpp"

namespace sluice::sqlite {
namespace {

struct way {
    const char* pragmas;
    std::uint64_t changes_max = 1200;  // before the cut; in about a third of the runs it comes after the last one
    fault lie = fault::io_write;
    double lie_rate = 0;
};

struct aftermath {
    int told = 0;     // transactions reported as done
    int present = 0;  // transactions found afterwards
    bool sound = false;
    bool cut_short = false;  // the power went before the last one
};

constexpr int transactions = 30;

// The i-th transaction: a row of its own, and changes in other rows; it spills from the cache.
std::string transaction(int i) {
    const std::string n = std::to_string(i);
    return "begin; insert into t values (" + n + ", printf('%.*c', 100 + 977 * " + n +
           " % 9000, 'x'), 0); update t set touched = touched + 1 where id % 5 = " + n + " % 5; commit";
}

// The value that identifies the rows of exactly the first `count` transactions.
std::int64_t trace_of(int count) {
    std::int64_t trace = 0;
    for (int i = 0; i < count; ++i) {
        for (int id = i; id >= 0; id -= 5) {
            trace += id + 1;
        }
    }
    return trace;
}

aftermath survive(const way& how, std::uint64_t seed) {
    const temporary_folder folder;
    const std::string path = folder.file("a.db");
    fault_vfs faults("faulty", seed, path);
    std::mt19937_64 random(seed);
    aftermath found;
    {
        bare_database db(path, "faulty");
        EXPECT_EQ(
            db.run("pragma cache_size = 5; pragma wal_autocheckpoint = 10;" + std::string(how.pragmas) +
                   "; pragma synchronous = extra; create table t(id integer primary key, body text, touched integer)"),
            SQLITE_OK);
    }
    faults.restore_power(seed);  // as after a start long ago
    {
        bare_database db(path, "faulty");
        EXPECT_EQ(db.run("pragma cache_size = 5; pragma wal_autocheckpoint = 10;" + std::string(how.pragmas)),
                  SQLITE_OK);
        faults.set_rate(how.lie, how.lie_rate);
        faults.cut_power_after(random() % how.changes_max);
        while (found.told < transactions && db.run(transaction(found.told)) == SQLITE_OK) {
            ++found.told;
        }
        found.cut_short = faults.is_off();
    }
    faults.clear();
    faults.cut_power();
    faults.restore_power(seed);
    bare_database db(path, "faulty");
    found.sound = db.is_sound();
    found.present = static_cast<int>(db.number("select count(*) from t").value_or(-1));
    if (found.present > 0) {
        found.sound = found.sound && db.number("select max(id) from t") == found.present - 1 &&
                      db.number("select sum((id + 1) * touched) from t") == trace_of(found.present) &&
                      db.number("select count(*) from t where body <> printf('%.*c', 100 + 977 * id % 9000, 'x')") == 0;
    }
    return found;
}

struct tally {
    int cut_short = 0;
    int lost = 0;  // runs that lost a reported transaction
    int damaged = 0;
};

tally survive_all(const way& how, std::uint64_t seeds) {
    tally sum;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const aftermath found = survive(how, seed);
        sum.cut_short += found.cut_short ? 1 : 0;
        sum.lost += found.present < found.told ? 1 : 0;
        sum.damaged += !found.sound || found.present > found.told + 1 ? 1 : 0;
    }
    return sum;
}

void expect_all_survive(const way& how) {
    const tally sum = survive_all(how, 100);
    EXPECT_EQ(sum.lost, 0) << how.pragmas;
    EXPECT_EQ(sum.damaged, 0) << how.pragmas;
    EXPECT_GT(sum.cut_short, 30);
    EXPECT_LT(sum.cut_short, 100);
}

TEST(fault_power, all_that_was_told_is_there_after_a_cut) {
    expect_all_survive({.pragmas = "pragma journal_mode = wal; pragma synchronous = full"});
    expect_all_survive({.pragmas = "pragma journal_mode = truncate; pragma synchronous = full", .changes_max = 3600});
    // Without `extra` a deleted journal may reappear, and takes the last transaction back.
    expect_all_survive({.pragmas = "pragma journal_mode = delete; pragma synchronous = extra", .changes_max = 3600});
}

// A log that is synced only at checkpoints, or a journal whose deletion is not synced.
TEST(fault_power, who_syncs_less_loses_the_last_ones_and_harms_nothing) {
    for (const char* pragmas : {"pragma journal_mode = wal; pragma synchronous = normal",
                                "pragma journal_mode = delete; pragma synchronous = full"}) {
        const tally sum = survive_all({.pragmas = pragmas}, 100);
        EXPECT_GT(sum.lost, 0) << pragmas;
        EXPECT_EQ(sum.damaged, 0) << pragmas;
    }
    // A journal that ends a transaction by shrinking. SQLite's manual (pragma synchronous) excludes no damage here.
    EXPECT_GT(survive_all({.pragmas = "pragma journal_mode = truncate; pragma synchronous = normal"}, 100).lost, 0);
}

TEST(fault_power, who_does_not_sync_loses) {
    const tally sum = survive_all({.pragmas = "pragma journal_mode = wal; pragma synchronous = off"}, 50);
    EXPECT_GT(sum.lost, 0);
    EXPECT_GT(sum.damaged, 0);
}

TEST(fault_power, who_is_lied_to_loses) {
    constexpr const char* careful = "pragma journal_mode = wal; pragma synchronous = full";
    const tally lost = survive_all({.pragmas = careful, .lie = fault::lost_sync, .lie_rate = 0.3}, 50);
    EXPECT_GT(lost.lost + lost.damaged, 0);
    const tally delayed = survive_all({.pragmas = careful, .lie = fault::delayed_sync, .lie_rate = 0.3}, 50);
    EXPECT_GT(delayed.lost + delayed.damaged, 0);
}

TEST(fault_power, nothing_works_without_and_all_may_be_closed) {
    const temporary_folder folder;
    const std::string path = folder.file("a.db");
    fault_vfs faults("faulty", 1, path);
    {
        bare_database db(path, "faulty");
        ASSERT_EQ(db.run("pragma journal_mode = wal; create table t(a); insert into t values (1)"), SQLITE_OK);
        faults.cut_power();
        EXPECT_TRUE(faults.is_off());
        EXPECT_EQ(db.run("insert into t values (2)") & 0xff, SQLITE_IOERR);
        EXPECT_EQ(bare_database(path, "faulty").run("select * from t"), SQLITE_CANTOPEN);
    }
    EXPECT_TRUE(std::filesystem::exists(path + "-wal"));
    EXPECT_TRUE(std::filesystem::exists(path + "-shm"));
    faults.restore_power(1);
    EXPECT_FALSE(faults.is_off());
    EXPECT_FALSE(std::filesystem::exists(path + "-shm"));
    EXPECT_EQ(bare_database(path, "faulty").number("select count(*) from t"), 1);
}

TEST(fault_power_death, is_not_restored_under_open_files) {
    const temporary_folder folder;
    fault_vfs faults("faulty", 1);
    bare_database db(folder.file("a.db"), "faulty");
    ASSERT_EQ(db.run("create table t(a)"), SQLITE_OK);
    EXPECT_DEATH(faults.restore_power(1), "open_files");
}

}  // namespace
}  // namespace sluice::sqlite
