// The whole manager on a failing disk: acknowledged work stays, a failure names its cause, nothing leaks.
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "sqlite/database/backup.hpp"
#include "sqlite/database/database.hpp"
#include "sqlite/faults/fault_vfs_test_support.hpp"
#include "sqlite/faults/sqlite_test_support.hpp"

namespace sluice::sqlite {
namespace {

constexpr int rows_a_key = 3;

// The outcomes that were reported to the program.
struct belief {
    std::set<std::int64_t> acknowledged;
    std::set<std::int64_t> failed;  // the outcome is open, but all or nothing
    std::map<error_kind, int> errors;
};

std::size_t open_files() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator{}));
}

result<> insert(connection& db, std::int64_t key) {
    for (int i = 0; i < rows_a_key; ++i) {
        TRY(db.run("insert into t(key, part, filler) values(?1, ?2, ?3)", key, i, std::string(300, 'x')));
    }
    return {};
}

result<std::int64_t> rows_of(database& manager, std::int64_t key) {
    return manager.get<std::int64_t>("select count(*) from t where key = ?1", key);
}

class workload {
  public:
    workload(database& manager, std::uint64_t seed, std::int64_t first_key)
        : manager_(manager), random_(seed), next_key_(first_key) {}

    void step() {
        const auto dice = random_() % 100;
        if (dice < 55) {
            write([&](std::int64_t key) {
                return manager_.transaction([&](connection& db) { return insert(db, key); },
                                            {.together = key % 2 == 0});
            });
        } else if (dice < 70) {  // the second half runs in a savepoint, after one that was undone
            write([&](std::int64_t key) {
                return manager_.transaction([&](connection& db) { return nested(db, key); },
                                            {.together = key % 2 == 0});
            });
        } else if (dice < 92) {
            read();
        } else if (dice < 97) {
            note(manager_.checkpoint(database::checkpoint_mode::passive));
        } else {
            manager_.upkeep();
        }
    }
    [[nodiscard]] const belief& seen() const { return seen_; }

  private:
    template <typename F>
    void write(F&& work) {
        const std::int64_t key = next_key_++;
        (note(work(key)) ? seen_.acknowledged : seen_.failed).insert(key);
    }

    result<> nested(connection& db, std::int64_t key) {
        TRY(db.run("insert into t(key, part, filler) values(?1, 0, '')", key));
        (void)manager_.transaction([&](connection& in) -> result<> {
            TRY(insert(in, key + 1'000'000'000));
            return fail(error_kind::no_row, "undone on purpose");
        });
        return manager_.transaction([&](connection& in) -> result<> {
            TRY(in.run("insert into t(key, part, filler) values(?1, 1, '')", key));
            TRY(in.run("insert into t(key, part, filler) values(?1, 2, '')", key));
            return {};
        });
    }

    void read() {
        if (seen_.acknowledged.empty()) {
            return;
        }
        const auto key =
            *std::next(seen_.acknowledged.begin(), static_cast<std::ptrdiff_t>(random_() % seen_.acknowledged.size()));
        const auto found = rows_of(manager_, key);
        if (note(found)) {
            ASSERT_EQ(*found, rows_a_key) << "key " << key;
        }
    }

    template <typename T>
    bool note(const result<T>& outcome) {
        if (!outcome) {
            ++seen_.errors[outcome.error().kind];
        }
        return outcome.has_value();
    }

    database& manager_;
    std::mt19937_64 random_;
    std::int64_t next_key_;
    belief seen_;
};

void expect_kept(database& manager, const belief& seen) {
    ASSERT_TRUE(find_damage(manager)->empty());
    for (const auto key : seen.acknowledged) {
        ASSERT_EQ(rows_of(manager, key).value(), rows_a_key) << "key " << key;
    }
    for (const auto key : seen.failed) {
        const auto rows = rows_of(manager, key).value();
        ASSERT_TRUE(rows == 0 || rows == rows_a_key) << "key " << key << " has " << rows;
    }
    ASSERT_EQ(manager.get<std::int64_t>("select count(*) from t where key >= 1000000000").value(), 0);
}

// Expects only these kinds: another kind is a wrong name for the fault.
void expect_named(const std::map<error_kind, int>& errors, const std::set<error_kind>& expected) {
    for (const auto& [kind, times] : errors) {
        EXPECT_TRUE(expected.contains(kind)) << to_text(kind) << " " << times << " times";
    }
}

struct scene {
    std::string_view name;
    std::map<fault, double> rates;
    std::set<error_kind> kinds;
};

const std::array scenes{
    scene{"input and output",
          {{fault::io_read, 0.02}, {fault::io_write, 0.01}, {fault::io_sync, 0.01}, {fault::io_truncate, 0.2}},
          {error_kind::io}},
    scene{"full disk", {{fault::disk_full, 0.03}}, {error_kind::full}},
    scene{"short writes", {{fault::short_write, 0.03}}, {error_kind::full, error_kind::io}},
    scene{"locks and shared memory",
          {{fault::io_lock, 0.005}, {fault::io_shm_lock, 0.005}, {fault::io_shm_map, 0.05}},
          {error_kind::io, error_kind::cannot_open}},
    scene{"opening",
          {{fault::io_open, 0.2}, {fault::io_delete, 0.5}, {fault::io_write, 0.01}},
          {error_kind::cannot_open, error_kind::io}},
    // Harmless as long as the power stays.
    scene{"lost and delayed syncs", {{fault::lost_sync, 0.3}, {fault::delayed_sync, 0.3}}, {}},
    scene{"everything",
          {{fault::io_read, 0.005},
           {fault::io_write, 0.005},
           {fault::io_sync, 0.005},
           {fault::disk_full, 0.005},
           {fault::short_write, 0.005},
           {fault::io_shm_map, 0.01},
           {fault::io_open, 0.05},
           {fault::lost_sync, 0.1},
           {fault::delayed_sync, 0.1}},
          {error_kind::io, error_kind::full, error_kind::cannot_open}},
};

std::unique_ptr<database> open_over(const std::string& path, const std::string& vfs) {
    auto params = quiet({.max_size = 3, .min_idle = 1, .checkpoint_pages = 20, .wal_size_bytes_max = 300'000});
    params.vfs = vfs;
    return must_open(path, params);
}

void cause(fault_vfs& disk, const scene& which) {
    for (const auto& [kind, rate] : which.rates) {
        disk.set_rate(kind, rate);
    }
}

class faulty : public testing::TestWithParam<std::tuple<std::size_t, std::uint64_t>> {};
INSTANTIATE_TEST_SUITE_P(store, faulty,
                         testing::Combine(testing::Range<std::size_t>(0, scenes.size()), testing::Values(1, 2, 3)));

// 7 scenes x 3 seeds x 500 operations, the first 500 of them behind one reopening, the rest behind another.
TEST_P(faulty, what_was_acknowledged_is_there_after_reopening) {
    const auto& [index, seed] = GetParam();
    const scene& which = scenes.at(index);
    const temporary_folder folder;
    const std::string path = folder.file("a.db");
    const std::string name = fmt::format("faulty-{}-{}", index, seed);
    const auto files_before = open_files();
    {
        fault_vfs disk(name, seed, path);
        {
            ASSERT_TRUE(
                open_over(path, name)->run("create table t(key int, part int, filler text, primary key(key, part))"));
        }
        belief all;
        for (int round = 0; round < 2; ++round) {
            auto manager = open_over(path, name);
            workload work(*manager, seed * 10 + static_cast<std::uint64_t>(round), std::int64_t{10'000} * round);
            cause(disk, which);
            for (int i = 0; i < 250; ++i) {
                work.step();
            }
            EXPECT_EQ(manager->statistics().readers.on_loan + manager->statistics().writer.on_loan, 0U);
            manager.reset();  // closing meets the faults, too
            disk.clear();
            expect_named(work.seen().errors, which.kinds);
            EXPECT_FALSE(work.seen().acknowledged.empty());
            all.acknowledged.insert(work.seen().acknowledged.begin(), work.seen().acknowledged.end());
            all.failed.insert(work.seen().failed.begin(), work.seen().failed.end());
            expect_kept(*open_over(path, name), all);
        }
    }
    EXPECT_EQ(open_files(), files_before) << which.name;
}

TEST(sqlite_faults, four_threads_lose_nothing) {
    const temporary_folder folder;
    const std::string path = folder.file("a.db");
    fault_vfs disk("faulty-threads", 7, path);
    {
        ASSERT_TRUE(open_over(path, "faulty-threads")
                        ->run("create table t(key int, part int, filler text, primary key(key, part))"));
    }
    auto manager = open_over(path, "faulty-threads");
    cause(disk, scenes.back());
    std::array<belief, 4> seen;
    std::array<std::thread, 4> threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
        threads.at(i) = std::thread([&, i] {
            workload work(*manager, i, static_cast<std::int64_t>(i) * 100'000);
            for (int n = 0; n < 500; ++n) {
                work.step();
            }
            seen.at(i) = work.seen();
        });
    }
    for (auto& each : threads) {
        each.join();
    }
    manager.reset();
    disk.clear();
    const auto reopened = open_over(path, "faulty-threads");
    for (const auto& each : seen) {
        expect_named(each.errors, scenes.back().kinds);
        expect_kept(*reopened, each);
    }
}

// With honest syncs even a power cut loses nothing that was acknowledged.
TEST(sqlite_faults, a_power_cut_takes_nothing_that_was_acknowledged) {
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        const temporary_folder folder;
        const std::string path = folder.file("a.db");
        fault_vfs disk("faulty-power", seed, path);
        {
            ASSERT_TRUE(open_over(path, "faulty-power")
                            ->run("create table t(key int, part int, filler text, primary key(key, part))"));
        }
        auto manager = open_over(path, "faulty-power");
        workload work(*manager, seed, 0);
        disk.set_rate(fault::io_sync, 0.01);
        disk.set_rate(fault::disk_full, 0.005);
        disk.cut_power_after(50 + seed * 37);
        for (int i = 0; i < 200; ++i) {
            work.step();
        }
        manager.reset();
        disk.clear();
        disk.restore_power(seed);
        ASSERT_NO_FATAL_FAILURE(expect_kept(*open_over(path, "faulty-power"), work.seen())) << "seed " << seed;
    }
}

}  // namespace
}  // namespace sluice::sqlite
