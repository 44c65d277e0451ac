// The cost of admitting a statement on an idle server, and of its record and its numbers.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <memory>
#include <string>

#include "workload/workload.hpp"

namespace sluice::workload {
namespace {

void admit_and_release(benchmark::State& state) {
    base::metrics_registry registry;
    governor load({}, registry);
    const auto user = load.user("anna");
    admission_permit permit(load.admission(), [] {});
    const admission_demand demand = load.demand_of(load.profiles().streaming(), user);
    for (auto _ : state) {
        if (!permit.request(demand, 0).value_or(false)) {
            std::abort();
        }
        permit.release();
    }
}
BENCHMARK(admit_and_release);

void choose_admit_and_release(benchmark::State& state) {
    base::metrics_registry registry;
    governor load({}, registry);
    const auto user = load.user("anna");
    admission_permit permit(load.admission(), [] {});
    for (auto _ : state) {
        const auto& profile = load.profiles().choose({.user = "anna", .application = "psql"});
        if (!permit.request(load.demand_of(profile, user), load.log().time().steady_ns()).value_or(false)) {
            std::abort();
        }
        permit.release();
    }
}
BENCHMARK(choose_admit_and_release);

void record_and_count(benchmark::State& state) {
    base::metrics_registry registry;
    governor load(
        {.log = {.entries_max = static_cast<std::size_t>(state.range(0))}, .counts_queries = state.range(1) != 0},
        registry);
    const auto user = load.user("anna");
    query_activity activity(load.log(), {.id = 1, .user = "anna"});
    const auto text = std::make_shared<const std::string>("select 1");
    for (auto _ : state) {
        activity.begin({.text_owner = text, .text = *text}, load.log().time().steady_ns());
        activity.facts().profile = &load.profiles().streaming();
        activity.publish(query_phase::executing);
        activity.facts().rows = 1;
        load.count(activity.end(sqlstates::successful_completion, load.log().time().steady_ns()), user);
    }
}
BENCHMARK(record_and_count)->ArgNames({"kept", "counted"})->Args({0, 0})->Args({1000, 0})->Args({1000, 1});

}  // namespace
}  // namespace sluice::workload
