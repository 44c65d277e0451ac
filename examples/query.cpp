// query.cpp - a program with a DuckDB of its own, whose queries have limits and a log.
//
// Run:     build/release/example_query; README.md beside this file explains the output.
#include "embed/query.hpp"

#include <cstdint>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/core/result.hpp"
#include "base/observe/metrics.hpp"
#include "engines/duckdb/database/duckdb_backend.hpp"
#include "workload/workload.hpp"

namespace {

using sluice::result;
using sluice::embed::canceller;
using sluice::embed::query_engine;
using sluice::embed::query_stream;
using sluice::embed::row;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

// A statement without rows has ended when execute() returns.
result<> make_table(const query_engine& engine) {
    TRY_ASSIGN(const auto made, engine
                                    .query("CREATE TABLE readings AS "
                                           "SELECT range AS id, range % 100 AS sensor, range * 0.5 AS value "
                                           "FROM range(2000000)")
                                    .hint("background")
                                    .execute());
    fmt::print("made: {} rows\n", made.rows_affected());
    return {};
}

// Certainly few rows: collected at once. The profile `catalog` has high priority and 5 seconds.
result<> list_columns(const query_engine& engine) {
    TRY_ASSIGN(auto found, engine
                               .query("SELECT column_name, data_type FROM information_schema.columns "
                                      "WHERE table_name = $1 ORDER BY ordinal_position")
                               .bind("readings")
                               .hint("catalog")
                               .execute());
    TRY_ASSIGN(const auto rows, found.collect_all());
    for (const row& each : rows) {
        fmt::print("column: {} {}\n", each.text(0), each.text(1));
    }
    return {};
}

// Any number of rows, one batch of them in memory.
result<> read_all(const query_engine& engine) {
    TRY_ASSIGN(auto found, engine.query("SELECT id, value FROM readings").execute());
    query_stream rows = found.stream();
    std::uint64_t count = 0;
    double sum = 0;
    while (true) {
        TRY_ASSIGN(const auto each, rows.next());
        if (!each) {
            break;
        }
        TRY_ASSIGN(const auto value, each->get<double>(1));
        sum += value;
        ++count;
    }
    fmt::print("streamed: {} rows, sum {:.1f}\n", count, sum);
    return {};
}

// Another thread cancels the query.
result<> cancel_one(const query_engine& engine) {
    const canceller stop;
    TRY_ASSIGN(auto found, engine.query("SELECT a.id FROM readings a, readings b").with_cancel(stop).execute());
    std::thread other([stop] { (void)stop.request(); });
    auto each = found.next();
    while (each && *each) {
        each = found.next();
    }
    other.join();
    fmt::print("cancelled: {}\n", each ? "no" : each.error().code.view());
    return {};
}

// A list or a stream: the number of rows is not known.
result<> read_somehow(const query_engine& engine, int sensors) {
    TRY_ASSIGN(auto found, engine.query("SELECT id FROM readings WHERE sensor < $1").bind(sensors).execute());
    TRY_ASSIGN(auto rows, found.automatic(50'000));
    if (const auto* all = std::get_if<std::vector<row>>(&rows)) {
        fmt::print("automatic: {} rows collected\n", all->size());
        return {};
    }
    auto& stream = std::get<query_stream>(rows);
    std::uint64_t count = 0;
    while (true) {
        TRY_ASSIGN(const auto each, stream.next());
        if (!each) {
            break;
        }
        ++count;
    }
    fmt::print("automatic: {} rows streamed\n", count);
    return {};
}

void show_log(sluice::workload::governor& load) {
    fmt::print("reserved now: {} MB of {} MB, at most {} MB\n", load.admission().stats().reserved_bytes / mebibyte,
               load.admission().stats().budget_bytes / mebibyte,
               load.admission().stats().reserved_bytes_max / mebibyte);
    for (const auto& each : load.log().finished()) {
        fmt::print("log: {} {:<10} {:>8} rows {:>9.3f} ms {:>4} MB  {:.40}\n", each.outcome.view(), each.profile->name,
                   each.rows, static_cast<double>(each.total_ns) * 1e-6, each.reserved_bytes / mebibyte, each.text);
    }
}

result<> run() {
    // Objects that end first are declared last: queries, then their workload, then the engine, then the metrics.
    sluice::base::metrics_registry metrics;
    TRY_ASSIGN(const auto backend, sluice::duckdb::open_duckdb({.memory_limit_bytes = 512 * mebibyte}));
    TRY_ASSIGN(auto profiles, sluice::workload::profile_table::make({.profiles = {"background memory=200MB"}}));
    sluice::workload::governor load(
        {.profiles = std::move(profiles),
         .admission = {.memory_bytes = 512 * mebibyte, .high_reserve_bytes = 64 * mebibyte}},
        metrics);
    const query_engine engine({.engine = *backend, .load = load, .user = "example"});

    TRY(make_table(engine));
    TRY(list_columns(engine));
    TRY(read_all(engine));
    TRY(cancel_one(engine));
    TRY(read_somehow(engine, 1));
    TRY(read_somehow(engine, 50));
    show_log(load);
    return {};
}

}  // namespace

int main() {
    const auto done = run();
    if (!done) {
        fmt::print(stderr, "{}: {}\n", done.error().code.view(), done.error().message);
        return 1;
    }
    return 0;
}
