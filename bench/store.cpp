// The store's connection manager beside SQLiteCpp without a pool: lending, point reads, fairness. Prints JSON.
//
// store FOLDER SECONDS_EACH
#include <SQLiteCpp/SQLiteCpp.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "sqlite/database/database.hpp"

namespace {

using clock_type = std::chrono::steady_clock;
namespace sqlite = sluice::sqlite;

constexpr int rows = 100'000;
constexpr int calls_a_sample = 1000;

std::int64_t now_ns() {
    return clock_type::now().time_since_epoch().count();
}

template <typename T>
T must(sqlite::result<T> made) {
    if (!made) {
        std::fprintf(stderr, "%s\n", made.error().message.c_str());
        std::exit(1);
    }
    return std::move(*made);
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

// The median over samples of `calls_a_sample` calls each, in ns a call; the two alternate, to run under the same load.
template <typename Ours, typename Theirs>
std::pair<double, double> compare(double seconds, Ours&& ours, Theirs&& theirs) {
    std::vector<double> our_ns;
    std::vector<double> their_ns;
    const auto sample = [](auto& call) {
        const auto start = now_ns();
        for (int i = 0; i < calls_a_sample; ++i) {
            call();
        }
        return static_cast<double>(now_ns() - start) / calls_a_sample;
    };
    const auto end = now_ns() + static_cast<std::int64_t>(seconds * 1e9);
    while (now_ns() < end) {
        our_ns.push_back(sample(ours));
        their_ns.push_back(sample(theirs));
    }
    return {median(std::move(our_ns)), median(std::move(their_ns))};
}

struct fairness {
    double median_wait_us = 0;
    double max_wait_us = 0;
    double least_share = 0;  // of the thread with the fewest calls, relative to the mean
};

// 64 threads over 4 readers; each call holds its connection for 200 reads.
fairness crowd(sqlite::database& manager, double seconds) {
    std::atomic<bool> goes_on{true};
    std::vector<std::vector<double>> waits(64);
    std::vector<std::thread> threads;
    for (auto& mine : waits) {
        threads.emplace_back([&] {
            while (goes_on.load(std::memory_order_relaxed)) {
                const auto asked = now_ns();
                auto done = manager.execute([&](sqlite::connection& db) -> sqlite::result<> {
                    mine.push_back(static_cast<double>(now_ns() - asked) / 1e3);
                    for (int i = 0; i < 200; ++i) {
                        TRY(db.get<std::int64_t>("select length(name) from t where id = ?1", i));
                    }
                    return {};
                });
                if (!done) {
                    std::exit(1);
                }
            }
        });
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    goes_on = false;
    std::vector<double> all;
    std::size_t least = waits.front().size();
    for (std::size_t i = 0; i < threads.size(); ++i) {
        threads[i].join();
        all.insert(all.end(), waits[i].begin() + std::min<std::ptrdiff_t>(2, std::ssize(waits[i])), waits[i].end());
        least = std::min(least, waits[i].size());
    }
    return {.median_wait_us = median(all),
            .max_wait_us = std::ranges::max(all),
            .least_share = static_cast<double>(least) * 64 / static_cast<double>(all.size() + 128)};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: bench_store FOLDER SECONDS_EACH\n");
        return 2;
    }
    const std::string path = std::filesystem::path(argv[1]) / "store.db";
    const double seconds = std::atof(argv[2]);
    const auto manager = must(sqlite::database::open(path, {.options = {.max_size = 4}}));
    (void)must(manager->run("create table t(id integer primary key, name text not null)"));
    (void)must(manager->transaction([](sqlite::connection& db) {
        return db.run(
            "insert into t with recursive n(i) as (select 0 union all select i + 1 from n where i < ?1) select i, "
            "'name ' || i from n",
            rows);
    }));
    const SQLite::Database plain(path, SQLite::OPEN_READWRITE);
    SQLite::Statement by_id(plain, "select name from t where id = ?1");

    const auto [lend_ns, nothing_ns] = compare(
        seconds, [&] { (void)manager->execute([](sqlite::connection&) -> sqlite::result<> { return {}; }); }, [] {});
    std::int64_t id = 0;
    std::size_t seen = 0;
    const auto [find_ns, plain_ns] = compare(
        seconds,
        [&] {
            id = (id + 7919) % rows;
            seen += manager->get<std::string>("select name from t where id = ?1", id)->size();
        },
        [&] {
            id = (id + 7919) % rows;
            by_id.bind(1, id);
            by_id.executeStep();
            seen += by_id.getColumn(0).getString().size();
            by_id.reset();
        });
    const auto [held_ns, unused_ns] = compare(
        seconds,
        [&] {
            (void)manager->execute([&](sqlite::connection& db) -> sqlite::result<> {
                for (int i = 0; i < 10; ++i) {
                    id = (id + 7919) % rows;
                    seen += db.get<std::string>("select name from t where id = ?1", id)->size();
                }
                return {};
            });
        },
        [] {});
    const fairness fair = crowd(*manager, seconds);
    std::printf(
        R"({"lend_ns": %.1f, "empty_loop_ns": %.1f, "point_read_ns": %.1f, "sqlitecpp_point_read_ns": %.1f, )"
        R"("point_read_held_ns": %.1f, "crowd_median_wait_us": %.1f, "crowd_max_wait_us": %.1f, "crowd_least_share": %.3f, "seen": %zu})"
        "\n",
        lend_ns, nothing_ns, find_ns, plain_ns, held_ns / 10, fair.median_wait_us, fair.max_wait_us, fair.least_share,
        seen);
    (void)unused_ns;
    return 0;
}
