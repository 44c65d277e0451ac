// `sluice parts`: from the words to the action, with the steps common to all actions.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

#include "apps/parts/history/outbox.hpp"
#include "apps/parts/people/user_records.hpp"
#include "cli/parts/command_table.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/serve/database_metrics.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

namespace fs = std::filesystem;
using parts::error_kind;

namespace {

const parts_action* find_action(std::string_view words) {
    for (const auto table :
         {part_actions(), part_view_actions(), review_actions(), bom_actions(), bom_view_actions(), file_actions(),
          manufacturer_actions(), exchange_actions(), people_actions(), workflow_actions(), upkeep_actions()}) {
        if (const auto found = std::ranges::find(table, words, &parts_action::words); found != table.end()) {
            return &*found;
        }
    }
    return nullptr;
}

parts::result<fs::path> find_folder(const parsed_command& given) {
    const char* chosen = std::getenv("SLUICE_PARTS_PROJECT");
    fs::path folder(given.text("project", chosen == nullptr ? "" : chosen));
    if (!folder.empty()) {
        std::error_code failed;
        if (!fs::is_directory(folder, failed)) {
            return parts::fail(error_kind::not_found, fmt::format("there is no folder {}", folder.string()),
                               "--project names the folder of a project");
        }
        return folder;
    }
    std::error_code failed;
    const auto here = fs::current_path(failed);
    if (failed) {
        return parts::fail(error_kind::io, "the current folder is gone");
    }
    auto found = parts::project::find(here);
    if (!found && found.error().kind == error_kind::not_found) {
        found.error().hint = "`sluice parts init DIR` makes one, --project DIR names one";
    }
    return found;
}

parts::result<std::unique_ptr<parts::project>> open_project(const parsed_command& given) {
    TRY_ASSIGN(const auto folder, find_folder(given));
    TRY_ASSIGN(const auto who, who_is_asking(given));
    parts::project_options options{.username = who.username, .deferred_git = true};
    options.store.options.min_idle = 0;
    options.store.upkeep_every = std::chrono::milliseconds{0};  // a command is too short for upkeep
    return parts::project::open(folder, std::move(options));
}

// Checks the user first; the error says how to choose another user.
parts::result<> check_user(parts::project& project) {
    auto who = project.parts().check(parts::action::view);
    if (who || who.error().kind != error_kind::permission) {
        return who ? parts::result<>() : std::unexpected(std::move(who).error());
    }
    TRY_ASSIGN(const auto all, parts::user_records(project.database()).list());
    std::string admins;
    for (const auto& each : all) {
        if (each.is_active && each.rights == parts::role::admin) {
            admins.append(admins.empty() ? "" : ", ").append(each.username);
        }
    }
    who.error().hint =
        fmt::format("--user NAME or SLUICE_PARTS_USER says who you are; users are added and changed by {}", admins);
    return std::unexpected(std::move(who).error());
}

// Brings some changes to git that a dead process left. A reading command does not wait for it and prints no error.
void help_git(parts_call& call) {
    const auto waits = parts::has_queued(call.database());
    if (!waits || !*waits) {
        return;
    }
    if (auto git = parts::git_repository::open(call.project.folder(), {.lock_wait = std::chrono::milliseconds{0}})) {
        (void)parts::drain(call.database(), *git, call.project.time(), {.rows_max = 50, .batches_max = 1});
    }
}

// A failure only leaves git behind: the changes are committed, and the next command brings them to git.
void bring_to_git(parts_call& call, const std::string& name) {
    if (const auto done = call.project.sync_git(); !done) {
        const auto line = fmt::format(
            "sluice: {}: warning: the command is done, but .git does not have it yet: {}; the next command tries "
            "again\n",
            name, one_line(done.error().message));
        std::fwrite(line.data(), 1, line.size(), stderr);
    }
}

parts::result<int> run_action(const parsed_command& given, const parts_action& action, const std::string& name) {
    TRY_ASSIGN(const auto project, open_project(given));
    const database_metrics_file numbers(given.text("metrics"), "parts", project->database());
    if (action.need != parts_need::any_user) {
        TRY(check_user(*project));
    }
    parts_call call{.given = given, .project = *project, .style = style_of_stdout()};
    TRY_ASSIGN(const int code, action.run(call));
    if (action.need == parts_need::changing) {
        bring_to_git(call, name);
    } else if (action.need == parts_need::reading) {
        help_git(call);
    }
    return code;
}

parts::result<int> run_parsed(const parsed_command& given, const std::string& name) {
    const auto words = std::string_view(name).substr(std::min(name.size(), std::string_view("parts ").size()));
    if (words == "init") {
        return init_project(given);
    }
    if (words == "completion") {
        TRY_ASSIGN(const int code, print_completion(given));
        return code;
    }
    const auto* action = find_action(words);
    if (action == nullptr) {
        return parts::fail(error_kind::invalid, "this command does nothing");
    }
    return run_action(given, *action, name);
}

}  // namespace

int run_parts(const arguments& given) {
    return run_program("parts", given, [](const parsed_command& parsed, const std::string& name) {
        const auto code = run_parsed(parsed, name);
        return code ? *code : fail_command(name, code.error().message, code.error().hint);
    });
}

}  // namespace sluice::cli
