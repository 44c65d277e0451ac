// Cost of check() by the number of parts, three quarters of them released.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

#include "apps/parts/project/consistency.hpp"

namespace sluice::parts {
namespace {

// Made once for each size, in transactions of many parts; the folder is removed at the end of the process.
struct made_project {
    explicit made_project(std::int64_t parts) {
        std::string pattern = std::filesystem::temp_directory_path() / "sluice_check_XXXXXX";
        folder = ::mkdtemp(pattern.data());
        held = project::init(folder, {.username = "ada", .full_name = "Ada", .email = "ada@e.org", .name = "Bench"})
                   .value();
        auto ada = held->parts();
        ok(ada.add_user({.username = "bob", .full_name = "Bob", .email = "bob@e.org", .rights = role::designer}));
        for (std::int64_t done = 0; done < parts; done += 1'000) {
            ok(held->database().transaction([&](sqlite::connection&) -> result<> {
                for (std::int64_t i = done; i < std::min(parts, done + 1'000); ++i) {
                    TRY(make(i));
                }
                return {};
            }));
        }
        ok(held->sync_git());
    }
    ~made_project() {
        held.reset();
        std::filesystem::remove_all(folder);
    }
    made_project(const made_project&) = delete;
    made_project& operator=(const made_project&) = delete;

    static void ok(const result<>& outcome) {
        if (!outcome) {
            fmt::print(stderr, "{}\n", outcome.error().message);
            std::abort();
        }
    }
    result<> make(std::int64_t i) const {
        constexpr const char* groups[] = {"RES", "CAP", "IND", "DIO", "TRA", "ICS", "CON", "CRY"};
        part_service bob(held->database(), "bob");
        TRY_ASSIGN(const std::string number,
                   bob.create_part({.category = {"EL", groups[i % 8]}, .name = fmt::format("part {}", i)}));
        if (i % 4 == 3) {
            return {};
        }
        const std::string approver = "ada";
        TRY(bob.submit(number, std::span(&approver, 1)));
        TRY(held->parts().approve(number));
        return bob.release(number);
    }

    std::filesystem::path folder;
    std::unique_ptr<project> held;
};

void check_project(benchmark::State& state) {
    const made_project made(state.range(0));
    for (auto _ : state) {
        const auto findings = check(*made.held);
        if (!findings || !findings->empty()) {
            state.SkipWithError("the project is not as it must be");
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(check_project)->Arg(1'000)->Arg(20'000)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace sluice::parts
