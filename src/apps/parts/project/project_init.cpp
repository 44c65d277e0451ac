#include "apps/parts/project/project_init.hpp"

#include <fmt/format.h>
#include <string>

#include "apps/parts/model/schema.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "apps/parts/people/history_records.hpp"
#include "apps/parts/people/user_records.hpp"

namespace sluice::parts {

namespace fs = std::filesystem;

namespace {

result<> check_founding(const project_founding& founding) {
    TRY(check_text(founding.name, project_name_rule));
    TRY(check_username(founding.username));
    TRY(check_text(founding.full_name, full_name_rule));
    return check_email(founding.email);
}

result<> make_folder(const fs::path& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) {
        return fail(error_kind::io, fmt::format("cannot make the folder {}: {}", folder.string(), failed.message()));
    }
    return {};
}

result<> check_unused(const fs::path& folder) {
    // Reads .git first: an init() under way makes it after its tables, so a .git without tables is not an init()'s.
    std::error_code failed;
    const bool has_git = fs::exists(folder / git_name, failed);
    TRY_ASSIGN(const database_owner owner, owner_of_database(folder));
    if (owner == database_owner::other) {
        return fail(error_kind::exists, fmt::format("{} is another program's file", (folder / database_name).string()),
                    "choose another folder");
    }
    if (owner == database_owner::none && has_git) {
        return fail(error_kind::exists, fmt::format("{} is a git repository already", folder.string()),
                    "choose another folder; a project has a repository of its own");
    }
    return {};
}

// Makes .git. An earlier init() can only have left it with the first commit, perhaps with libgit2's lock files; no
// other process is at work here now.
result<> make_git(const fs::path& folder, const git_options& options) {
    for (const char* left : {"HEAD.lock", "config.lock"}) {
        std::error_code ignored;
        fs::remove(folder / git_name / left, ignored);
    }
    const auto made = git_repository::create(folder, options);
    if (made) {
        return {};
    }
    if (made.error().kind != error_kind::exists) {
        return std::unexpected(made.error());
    }
    TRY_ASSIGN(const auto left, git_repository::open(folder, options));
    TRY_ASSIGN(const auto refs, left.refs());
    if (refs.size() != 1 || refs.front().name != "main" || refs.front().change != 0) {
        return std::unexpected(made.error());
    }
    return {};
}

result<> require_unfinished(sqlite::database& database, const fs::path& folder) {
    TRY_ASSIGN(const auto name, database.find<std::string>("SELECT value FROM Project WHERE key = 'name'"));
    if (name) {
        return fail(error_kind::exists, fmt::format("{} has the parts project {} already", folder.string(), *name));
    }
    return {};
}

// The transaction also keeps other processes that make the same project away from .git.
result<> finish(sqlite::database& database, const fs::path& folder, const project_founding& founding,
                const project_options& options) {
    const std::int64_t now_ms = options.time->unix_ms();
    return database.transaction([&](sqlite::connection& db) -> result<> {
        TRY(require_unfinished(database, folder));
        TRY(make_git(folder, options.git));
        TRY(user_records(database).add({.username = founding.username,
                                        .full_name = founding.full_name,
                                        .email = founding.email,
                                        .rights = role::admin},
                                       now_ms));
        TRY(history_records(database).add(
            {.date = now_ms, .username = founding.username, .action = "init", .detail = founding.name}));
        TRY(db.run("INSERT INTO Project(key, value) VALUES('created_date', ?1)", std::to_string(now_ms)));
        TRY(db.run("INSERT INTO Project(key, value) VALUES('name', ?1)", founding.name));
        return {};
    });
}

}  // namespace

result<database_owner> owner_of_database(const fs::path& folder) {
    const fs::path file = folder / database_name;
    std::error_code failed;
    if (!fs::exists(file, failed) || (fs::is_regular_file(file, failed) && fs::file_size(file, failed) == 0)) {
        return database_owner::none;
    }
    const auto is_other = [](const sqlite::error& cause) { return cause.kind == sqlite::error_kind::not_a_database; };
    const auto opened = sqlite::database::open(
        file.string(), {.read_only = true, .create = false, .upkeep_every = std::chrono::milliseconds{0}});
    if (!opened) {
        return is_other(opened.error()) ? result<database_owner>(database_owner::other)
                                        : std::unexpected(error(opened.error()));
    }
    // One statement, so one snapshot: an init() under way writes both in one transaction.
    const auto seen = (*opened)->get<std::tuple<std::int64_t, std::int64_t>>(
        "SELECT (SELECT count(*) FROM sqlite_schema), application_id FROM pragma_application_id");
    if (!seen && is_other(seen.error())) {
        return database_owner::other;
    }
    TRY(seen);
    const auto [tables, id] = *seen;
    if (id == parts_schema().application_id && tables > 0) {
        return database_owner::project;
    }
    return id == 0 && tables == 0 ? database_owner::none : database_owner::other;
}

result<> init_project(const fs::path& folder, const project_founding& founding, const project_options& options) {
    TRY(check_founding(founding));
    TRY(make_folder(folder));
    TRY(check_unused(folder));
    sqlite::open_params params = options.store;
    params.time = options.time;
    TRY_ASSIGN(const auto database, sqlite::database::open((folder / database_name).string(), params));
    TRY(sqlite::migrate(*database, parts_schema()));
    TRY(finish(*database, folder, founding, options));
    TRY(database->close());
    return {};
}

}  // namespace sluice::parts
