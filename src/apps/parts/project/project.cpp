#include "apps/parts/project/project.hpp"

#include <fmt/format.h>
#include <utility>

#include "apps/parts/history/outbox.hpp"
#include "apps/parts/model/schema.hpp"
#include "apps/parts/project/project_init.hpp"

namespace sluice::parts {

namespace fs = std::filesystem;

project::project(fs::path folder, project_options options, std::unique_ptr<sqlite::database> database)
    : folder_(std::move(folder)), options_(std::move(options)), database_(std::move(database)) {}

project::~project() = default;

result<fs::path> project::find(const fs::path& start) {
    std::error_code failed;
    const fs::path from = fs::weakly_canonical(fs::absolute(start, failed), failed);
    if (failed) {
        return fail(error_kind::io,
                    fmt::format("cannot look for a project in {}: {}", start.string(), failed.message()));
    }
    for (fs::path at = from;; at = at.parent_path()) {
        if (fs::is_regular_file(at / database_name, failed) && fs::exists(at / git_name, failed)) {
            return at;
        }
        if (at == at.parent_path()) {
            return fail(error_kind::not_found,
                        fmt::format("neither {} nor a folder above it is a parts project", from.string()),
                        "`init` makes one");
        }
    }
}

result<std::unique_ptr<project>> project::init(const fs::path& folder, const project_founding& founding,
                                               project_options options) {
    TRY(init_project(folder, founding, options));
    options.username = founding.username;
    return open(folder, std::move(options));
}

result<std::unique_ptr<project>> project::open(const fs::path& folder, project_options options) {
    TRY_ASSIGN(const database_owner owner, owner_of_database(folder));
    if (owner != database_owner::project) {
        return fail(owner == database_owner::other ? error_kind::invalid : error_kind::not_found,
                    fmt::format("{} is not a parts project", folder.string()), "`init` makes one");
    }
    sqlite::open_params params = options.store;
    params.create = false;
    params.time = options.time;
    TRY_ASSIGN(auto database, sqlite::database::open((folder / database_name).string(), params));
    TRY(sqlite::migrate(*database, parts_schema()));
    std::unique_ptr<project> opened(new project(folder, std::move(options), std::move(database)));
    TRY(opened->name());
    if (!opened->options_.deferred_git) {
        TRY_ASSIGN(opened->git_, opened->open_git());
    }
    return opened;
}

result<std::string> project::name() {
    TRY_ASSIGN(auto found, database_->find<std::string>("SELECT value FROM Project WHERE key = 'name'"));
    if (!found) {
        return fail(error_kind::wrong_state, fmt::format("the project in {} was not finished", folder_.string()),
                    "run `init` again");
    }
    return std::move(*found);
}

result<> project::drain_once() {
    if (!git_) {
        TRY_ASSIGN(git_, open_git());
    }
    TRY(drain(*database_, *git_, *options_.time));
    return {};
}

result<> project::sync_git() {
    std::unique_lock lock(sync_mutex_);
    // A sync under way may have read the outbox already, so wait for the next one.
    const std::uint64_t needed = syncs_begun_ + 1;
    while (syncs_ended_ < needed) {
        if (is_syncing_) {
            sync_ended_.wait(lock);
            continue;
        }
        is_syncing_ = true;
        const std::uint64_t mine = ++syncs_begun_;
        lock.unlock();
        auto outcome = drain_once();
        lock.lock();
        is_syncing_ = false;
        syncs_ended_ = mine;
        sync_failure_ = outcome ? std::nullopt : std::optional(std::move(outcome).error());
        sync_ended_.notify_all();
    }
    return sync_failure_ ? result<>(std::unexpected(*sync_failure_)) : result<>{};
}

result<> project::close() {
    {
        std::unique_lock lock(sync_mutex_);
        sync_ended_.wait(lock, [this] { return !is_syncing_; });
    }
    TRY(database_->close());
    return {};
}

}  // namespace sluice::parts
