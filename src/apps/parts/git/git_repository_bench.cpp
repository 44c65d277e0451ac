// Changes per second into an empty project, by batch size, against one sync for each file that libgit2 writes.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <git2.h>

#include "apps/parts/git/git_repository.hpp"
#include "apps/parts/history/git_test_support.hpp"

namespace sluice::parts {
namespace {

std::vector<git_change> drafts(std::int64_t count) {
    std::vector<git_change> changes;
    for (std::int64_t id = 1; id <= count; ++id) {
        changes.push_back(testing::make_change(id, git_action::save_draft, fmt::format("EL-RES-{}", 10'000 + id), 1,
                                               fmt::format("{{\"number\": {}}}\n", id)));
    }
    return changes;
}

// A draft, a review and a release for each part.
std::vector<git_change> releases(std::int64_t parts) {
    std::vector<git_change> changes;
    for (std::int64_t part = 0; part < parts; ++part) {
        const std::string number = fmt::format("EL-RES-{}", 10'000 + part);
        for (const git_action action : {git_action::save_draft, git_action::open_review, git_action::release}) {
            changes.push_back(testing::make_change(static_cast<std::int64_t>(changes.size()) + 1, action, number, 1,
                                                   fmt::format("{{\"number\": {}}}\n", part)));
        }
    }
    return changes;
}

void apply(benchmark::State& state, const std::vector<git_change>& changes, git_options options, bool is_synced_each) {
    for (auto _ : state) {
        state.PauseTiming();
        const testing::project_folder project(std::filesystem::temp_directory_path());
        auto repository = git_repository::create(project.path(), options);
        git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, is_synced_each ? 1 : 0);
        state.ResumeTiming();
        if (auto done = repository->apply_all(changes); !done) {
            state.SkipWithError(done.error().message.c_str());
        }
        state.PauseTiming();
        git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(changes.size()));
}

void drafts_in_batches_of(benchmark::State& state) {
    apply(state, drafts(500), {.batch_changes_max = static_cast<std::size_t>(state.range(0))}, false);
}
BENCHMARK(drafts_in_batches_of)->Arg(1)->Arg(50)->Arg(500)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

void drafts_with_a_sync_for_each_file(benchmark::State& state) {
    apply(state, drafts(500), {}, true);
}
BENCHMARK(drafts_with_a_sync_for_each_file)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

void drafts_of_an_import(benchmark::State& state) {
    apply(state, drafts(state.range(0)), {}, false);
}
BENCHMARK(drafts_of_an_import)->Arg(5'000)->Arg(20'000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

void releases_of_parts(benchmark::State& state) {
    apply(state, releases(state.range(0)), {}, false);
}
BENCHMARK(releases_of_parts)->Arg(300)->Arg(2'000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

// The refs are packed, as after an import: libgit2 rewrites packed-refs for each deleted ref.
void releases_of_packed_drafts(benchmark::State& state) {
    constexpr std::int64_t released = 100;
    const testing::project_folder project(std::filesystem::temp_directory_path());
    auto repository = git_repository::create(project.path());
    const auto imported = drafts(state.range(0));
    if (!repository->apply_all(imported)) {
        state.SkipWithError("the import failed");
    }
    std::vector<git_change> changes;
    for (std::int64_t part = 1; part <= released; ++part) {
        for (const git_action action : {git_action::open_review, git_action::release}) {
            changes.push_back(testing::make_change(state.range(0) + static_cast<std::int64_t>(changes.size()) + 1,
                                                   action, fmt::format("EL-RES-{}", 10'000 + part), 1));
        }
    }
    for (auto _ : state) {
        if (auto done = repository->apply_all(changes); !done) {
            state.SkipWithError(done.error().message.c_str());
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(changes.size()));
}
BENCHMARK(releases_of_packed_drafts)
    ->Arg(5'000)
    ->Arg(20'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(1);

}  // namespace
}  // namespace sluice::parts
