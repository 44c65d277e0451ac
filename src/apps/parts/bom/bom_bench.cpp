// Cost of a bill of materials of 10,000 parts: ten levels of a thousand, each part in four of the level above.
#include <benchmark/benchmark.h>
#include <memory>

#include "apps/parts/bom/bom.hpp"
#include "apps/parts/contents/part_paths.hpp"
#include "apps/parts/contents/search.hpp"
#include "apps/parts/model/schema.hpp"
#include "base/core/assert.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {
namespace {

// Each part has lines in four parts of the level above, and each part takes another four.
constexpr std::string_view fill = R"(
    insert into Users values('ann', 'Ann Example', 'ann@example.org', 'Designer', 1, 0);
    with recursive n(i) as (select 0 union all select i + 1 from n where i < 10000)
        insert into Parts select 10000 + i, 'ME-GEN-' || (10000 + i), 'ME', 'GEN', 'part', '', 'ann', 0, 0 from n;
    insert into Revisions(revision_id, part_id, version, status, workflow_state, name, author, created_date)
        select part_id - 9999, part_id, 1, 'Draft', 'Draft', name, 'ann', 0 from Parts;
    insert into Relationships(parent_revision_id, child_part_id, quantity)
        select 1, part_id, 2 from Parts where part_id between 10001 and 11000;
    with k(j) as (values(0), (1), (2), (3))
        insert into Relationships(parent_revision_id, child_part_id, quantity)
        select 2 + 1000 * ((part_id - 10001) / 1000 - 1) + ((part_id * 7919 % 250) * 4 + j), part_id, 2
        from Parts, k where part_id > 11000;
)";

struct big_project {
    big_project() : db(sqlite::database::open(":memory:").value()) {
        SLUICE_ASSERT(sqlite::migrate(*db, parts_schema()).has_value());
        const auto filled = db->transaction([](sqlite::connection& writer) { return writer.run_script(fill); });
        SLUICE_ASSERT(filled.has_value());
    }
    std::unique_ptr<sqlite::database> db;
    std::int64_t top = 10'000;
    std::int64_t top_revision = 1;
    std::int64_t last = 20'000;  // the last part id, of the last level
};

big_project& project() {
    static big_project only;
    return only;
}

void measure_roll_up(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        benchmark::DoNotOptimize(roll_up(*all.db, all.top_revision).value().size());
    }
}

void measure_explode_100_000_rows(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        benchmark::DoNotOptimize(explode(*all.db, all.top_revision).value().items.size());
    }
}

void measure_where_used(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        benchmark::DoNotOptimize(where_used(*all.db, all.last).value().size());
    }
}

void measure_check_acyclic_leaf_below_top(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        const auto checked =
            all.db->execute([&](sqlite::connection& db) { return check_acyclic(db, all.top, all.last); });
        benchmark::DoNotOptimize(checked.has_value());
    }
}

// The new line would close a circle, which is found from both ends.
void measure_check_acyclic_top_below_leaf(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        const auto checked =
            all.db->execute([&](sqlite::connection& db) { return check_acyclic(db, all.last, all.top); });
        benchmark::DoNotOptimize(checked.has_value());
    }
}

void measure_check_all_acyclic(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        const auto checked = all.db->execute([](sqlite::connection& db) { return check_all_acyclic(db); });
        benchmark::DoNotOptimize(checked.has_value());
    }
}

void measure_search(benchmark::State& state) {
    auto& all = project();
    for (auto _ : state) {
        benchmark::DoNotOptimize(search_parts(*all.db, "19 gen").value().found);
    }
}

BENCHMARK(measure_search)->Unit(benchmark::kMillisecond);
BENCHMARK(measure_roll_up)->Unit(benchmark::kMillisecond);
BENCHMARK(measure_explode_100_000_rows)->Unit(benchmark::kMillisecond);
BENCHMARK(measure_where_used)->Unit(benchmark::kMillisecond);
BENCHMARK(measure_check_acyclic_leaf_below_top)->Unit(benchmark::kMillisecond);
BENCHMARK(measure_check_acyclic_top_below_leaf)->Unit(benchmark::kMillisecond);
BENCHMARK(measure_check_all_acyclic)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::parts
