// project.hpp - a folder with a parts project: the database, the git repository beside it, and the sync between them.
//
// Use:     TRY(project::init(dir, {.username = "ada", .full_name = "Ada", .email = "ada@example.org", .name = "Rover"}));
//          TRY_ASSIGN(const auto dir, project::find(std::filesystem::current_path()));
//          TRY_ASSIGN(auto opened, project::open(dir, {.username = "ada"}));
//          TRY(opened->parts().edit(number, {.name = "x"}));  TRY(opened->sync_git());
// Layout:  DIR/parts.db and DIR/.git; a folder that has both is a project.
// Again:   init() finishes an interrupted init(); the row Project.name, written last, marks a complete project.
//          A database or repository that belongs to no project is refused, and not touched.
// Threads: any. One thread of a process brings changes to git at a time, for all callers: when sync_git() returns,
//          changes committed before the call are in git, or the error says why not. Not inside a transaction.
// Errors:  exists, not_found, invalid, wrong_state (init was not finished), io, and those of store and git.
// Ends:    close() waits for running calls; changes not yet in git stay in the outbox.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "apps/parts/actions/part_service.hpp"
#include "apps/parts/git/git_repository.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct project_options {
    std::string username;  // the acting user; each action looks him up
    const base::clock* time = &base::system_clock();
    sqlite::open_params store;
    git_options git;
    bool deferred_git = false;  // the first sync opens the repository, not open()
};

// Name of a new project, and its first Admin.
struct project_founding {
    std::string username;
    std::string full_name;
    std::string email;
    std::string name;
};

class project {
  public:
    // The nearest project: the folder itself or one above it.
    static result<std::filesystem::path> find(const std::filesystem::path& start);
    // Opens it for its first Admin; ignores `options.username`.
    static result<std::unique_ptr<project>> init(const std::filesystem::path& folder, const project_founding& founding,
                                                 project_options options = {});
    static result<std::unique_ptr<project>> open(const std::filesystem::path& folder, project_options options);
    project(const project&) = delete;
    project& operator=(const project&) = delete;
    ~project();

    [[nodiscard]] sqlite::database& database() { return *database_; }
    // Acts for the user of the options; lives no longer than this.
    [[nodiscard]] part_service parts() { return {*database_, options_.username, *options_.time}; }
    // A separate repository object for the caller.
    result<git_repository> open_git() const { return git_repository::open(folder_, options_.git); }
    result<> sync_git();
    result<> close();

    result<std::string> name();
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] const base::clock& time() const { return *options_.time; }
    [[nodiscard]] const std::string& username() const { return options_.username; }

  private:
    project(std::filesystem::path folder, project_options options, std::unique_ptr<sqlite::database> database);
    result<> drain_once();

    const std::filesystem::path folder_;
    const project_options options_;
    std::unique_ptr<sqlite::database> database_;

    std::mutex sync_mutex_;
    std::condition_variable sync_ended_;
    std::uint64_t syncs_begun_ = 0;
    std::uint64_t syncs_ended_ = 0;
    bool is_syncing_ = false;
    std::optional<error> sync_failure_;  // error of the last sync
    std::optional<git_repository> git_;  // used by the syncing thread
};

}  // namespace sluice::parts
