// What a bill of materials of 10,000 parts costs: ten levels of a thousand, each part in four of the level above.
#include <benchmark/benchmark.h>
#include <random>

#include "parts/bom.hpp"
#include "parts/part_paths.hpp"
#include "parts/structure_test_support.hpp"

namespace sluice::parts {
namespace {

struct big_project {
    big_project() {
        std::mt19937 random(7);
        const auto filled = made.db().transaction([&](store::connection&) -> result<> {
            top = made.part("top");
            for (int level = 0; level < 10; ++level) {
                std::vector<testing::made_part> here;
                for (int at = 0; at < 1000; ++at) {
                    here.push_back(made.part("part"));
                    for (std::size_t line = 0; line < (above.empty() ? 1U : 4U); ++line) {
                        const auto parent = above.empty() ? top : above[(random() % 250) * 4 + line];
                        made.line(parent.revision, here.back().part, 2);
                    }
                }
                above = std::move(here);
            }
            return {};
        });
        benchmark::DoNotOptimize(filled);
    }
    testing::structure_fixture made;
    testing::made_part top;
    std::vector<testing::made_part> above;  // the last level
};

big_project& project() {
    static big_project only;
    return only;
}

void BM_roll_up(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        benchmark::DoNotOptimize(roll_up(all.made.db(), all.top.revision).value().size());
    }
}

void BM_explode_100_000_rows(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        benchmark::DoNotOptimize(explode(all.made.db(), all.top.revision).value().items.size());
    }
}

void BM_where_used(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        benchmark::DoNotOptimize(where_used(all.made.db(), all.above[0].part).value().size());
    }
}

void BM_check_acyclic_leaf_below_top(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        const auto checked = all.made.db().execute(
            [&](store::connection& db) { return check_acyclic(db, all.top.part, all.above[0].part); });
        benchmark::DoNotOptimize(checked.has_value());
    }
}

// A circle, found from both ends.
void BM_check_acyclic_top_below_leaf(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        const auto checked = all.made.db().execute(
            [&](store::connection& db) { return check_acyclic(db, all.above[0].part, all.top.part); });
        benchmark::DoNotOptimize(checked.has_value());
    }
}

void BM_check_all_acyclic(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        const auto checked = all.made.db().execute([](store::connection& db) { return check_all_acyclic(db); });
        benchmark::DoNotOptimize(checked.has_value());
    }
}

BENCHMARK(BM_roll_up)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_explode_100_000_rows)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_where_used)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_check_acyclic_leaf_below_top)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_check_acyclic_top_below_leaf)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_check_all_acyclic)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::parts
