// `sluice tag run --dry-run`.
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <unistd.h>

#include "apps/tagger/library/schema.hpp"
#include "apps/tagger/run/dry_run.hpp"
#include "cli/serve/database_metrics.hpp"
#include "cli/tag/run.hpp"
#include "cli/tag/run_output.hpp"
#include "cli/tag/tag_call.hpp"
#include "cli/terminal/output.hpp"
#include "sqlite/database/migration.hpp"

namespace sluice::cli {

namespace {

// Opens the database for reading only; null if there is none yet.
tagger::result<std::unique_ptr<sqlite::database>> open_if_there(const std::string& file) {
    std::error_code failed;
    if (!std::filesystem::exists(file, failed)) {
        return nullptr;
    }
    TRY_ASSIGN(auto database,
               sqlite::database::open(
                   file, {.read_only = true, .create = false, .upkeep_every = std::chrono::milliseconds{0}}));
    TRY_ASSIGN(const bool is_ours, tagger::has_tagger_schema(*database));
    if (!is_ours) {
        return tagger::fail(tagger::error_kind::invalid, file + " is another program's database");
    }
    return database;
}

}  // namespace

tagger::result<int> plan_tagging(const tag_run_options& options) {
    TRY_ASSIGN(const auto database, open_if_there(options.database));
    std::optional<database_metrics_file> numbers;
    if (database != nullptr) {
        numbers.emplace(options.metrics_file, "tag", *database);
    }
    std::error_code failed;
    const auto folder = std::filesystem::canonical(options.folder, failed);
    run_output output(options.progress);
    const auto told = [&](const tagger::scan_problem& each) { output.tell_problem(each.path, each.reason); };
    TRY_ASSIGN(const auto plan, tagger::plan_folder({.database = database.get(),
                                                     .folder = folder,
                                                     .model = options.model,
                                                     .retries_dead = options.retries_failed,
                                                     .told = told}));
    std::string text =
        fmt::format("{} with {}, {} of them answered, {} given up before\n", count_of(plan.files, "file"),
                    count_of(plan.recordings, "recording"), plan.done, plan.dead);
    text += fmt::format("would ask about {} in {} at least\n", count_of(plan.to_ask, "recording"),
                        count_of(plan.requests(static_cast<std::int64_t>(options.batch_size)), "request"));
    TRY(write_output(text));
    if (options.writes_files && database != nullptr) {
        result<> written;
        TRY_ASSIGN(const auto same, tagger::compare_files({.database = database.get(), .folder = folder, .told = told},
                                                          [&](const tagger::file_difference& each) {
                                                              if (written) {
                                                                  written = write_output(shown_difference(each));
                                                              }
                                                          }));
        TRY(written);
        TRY(write_output(fmt::format("{} as they should be\n", count_of(same, "file"))));
    }
    return plan.problems == 0 ? 0 : exit_incomplete;
}

}  // namespace sluice::cli
