#include "apps/parts/history/outbox.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include <nlohmann/json.hpp>

namespace sluice::parts {

namespace {

using json = nlohmann::json;

constexpr std::array action_names{
    std::pair{git_action::save_draft, "save_draft"}, std::pair{git_action::open_review, "open_review"},
    std::pair{git_action::reject_review, "reject_review"}, std::pair{git_action::release, "release"},
    std::pair{git_action::obsolete, "obsolete"}};

std::string_view name_of(git_action action) {
    return std::ranges::find(action_names, action, &decltype(action_names)::value_type::first)->second;
}

git_action action_of(std::string_view name) {
    const auto found = std::ranges::find_if(action_names, [&](const auto& each) { return each.second == name; });
    return found == action_names.end() ? git_action::save_draft : found->first;
}

std::string write_files(const std::vector<git_file>& files) {
    json all = json::array();
    for (const git_file& each : files) {
        all.push_back(each.blob.empty() ? json{{"path", each.path}, {"content", each.content}}
                                        : json{{"path", each.path}, {"blob", each.blob}});
    }
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Empty: it is not a text.
std::string text_at(const json& from, const char* key) {
    const auto found = from.find(key);
    return found != from.end() && found->is_string() ? found->get<std::string>() : std::string();
}

result<std::vector<git_file>> read_files(std::int64_t change_id, std::string_view text) {
    const json all = json::parse(text, nullptr, false);
    std::vector<git_file> files;
    for (const json& each : all) {
        if (!each.is_object() || text_at(each, "path").empty()) {
            break;
        }
        files.push_back(
            {.path = text_at(each, "path"), .content = text_at(each, "content"), .blob = text_at(each, "blob")});
    }
    if (!all.is_array() || files.size() != all.size()) {
        return fail(error_kind::storage,
                    fmt::format("the files of change {} in GitOutbox are not readable", change_id));
    }
    return files;
}

struct waiting_row {
    git_change change;
    std::int64_t revision_id = 0;
    std::string files;

    static waiting_row from_row(const sqlite::row& from) {
        return {.change = {.id = from.get<std::int64_t>(0),
                           .action = action_of(from.get<std::string_view>(2)),
                           .number = from.get<std::string>(3),
                           .version = from.get<int>(4),
                           .files = {},
                           .message = from.get<std::string>(6),
                           .author = {.name = from.get<std::string>(7),
                                      .email = from.get<std::string>(8),
                                      .unix_seconds = from.get<std::int64_t>(9) / 1'000}},
                .revision_id = from.get<std::int64_t>(1),
                .files = from.get<std::string>(5)};
    }
};

struct batch {
    std::vector<git_change> changes;
    std::vector<std::int64_t> revision_ids;
};

result<batch> read_batch(sqlite::database& database, std::int64_t last_id, const drain_options& options) {
    std::vector<waiting_row> rows;
    TRY(database.execute([&](sqlite::connection& db) {
        std::size_t bytes = 0;
        return db.each(
            "SELECT change_id, revision_id, action, number, version, files, message, author_name, author_email, "
            "created_date FROM GitOutbox WHERE applied_date IS NULL AND change_id <= ?1 ORDER BY change_id LIMIT ?2",
            [&](const sqlite::row& from) {
                rows.push_back(waiting_row::from_row(from));
                bytes += rows.back().files.size();
                return bytes < options.bytes_max;
            },
            last_id, static_cast<std::int64_t>(std::max<std::size_t>(options.rows_max, 1)));
    }));
    batch made;
    for (waiting_row& each : rows) {
        TRY_ASSIGN(each.change.files, read_files(each.change.id, each.files));
        made.changes.push_back(std::move(each.change));
        made.revision_ids.push_back(each.revision_id);
    }
    return made;
}

// Rows that another drainer has marked meanwhile stay unchanged, and so does a revision that has gone on.
result<> mark_done(sqlite::database& database, const batch& done, const std::vector<std::string>& commits,
                   std::int64_t now_ms) {
    return database.transaction([&](sqlite::connection& db) -> result<> {
        for (std::size_t i = 0; i < commits.size(); ++i) {
            TRY_ASSIGN(const std::int64_t marked,
                       db.run("UPDATE GitOutbox SET applied_date = ?2, commit_hash = ?3, files = '[]' "
                              "WHERE change_id = ?1 AND applied_date IS NULL",
                              done.changes[i].id, now_ms, commits[i]));
            if (marked == 1) {
                TRY(db.run("UPDATE Revisions SET commit_hash = ?2 WHERE revision_id = ?1", done.revision_ids[i],
                           commits[i]));
            }
        }
        return {};
    });
}

}  // namespace

result<std::int64_t> enqueue(sqlite::connection& db, const outbox_entry& entry) {
    TRY(
        db.run("INSERT INTO GitOutbox(revision_id, action, number, version, files, message, author_name, author_email, "
               "created_date) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
               entry.revision_id, name_of(entry.action), entry.number, entry.version, write_files(entry.files),
               entry.message, entry.author_name, entry.author_email, entry.now_ms));
    return db.last_insert_id();
}

result<bool> has_queued(sqlite::database& database) {
    TRY_ASSIGN(const auto found,
               database.get<bool>("SELECT EXISTS(SELECT 1 FROM GitOutbox WHERE applied_date IS NULL)"));
    return found;
}

result<std::int64_t> drain(sqlite::database& database, git_repository& git, const base::clock& time,
                           const drain_options& options) {
    // Leaves rows that come meanwhile for the next call; else this call might never end.
    TRY_ASSIGN(const auto last_id, database.get<std::int64_t>("SELECT coalesce(max(change_id), 0) FROM GitOutbox"));
    std::int64_t count = 0;
    for (std::size_t batches = 0; batches < options.batches_max; ++batches) {
        TRY_ASSIGN(const batch waiting, read_batch(database, last_id, options));
        if (waiting.changes.empty()) {
            return count;
        }
        std::vector<std::string> commits;
        auto applied = git.apply_all(waiting.changes,
                                     [&](const git_change&, const std::string& commit) { commits.push_back(commit); });
        if (!commits.empty()) {
            TRY(mark_done(database, waiting, commits, time.unix_ms()));
            count += static_cast<std::int64_t>(commits.size());
        }
        if (!applied) {
            error refused = std::move(applied).error();
            if (commits.size() < waiting.changes.size()) {
                const git_change& first = waiting.changes[commits.size()];
                refused.message = fmt::format("change {} of {} v{} did not reach git: {}", first.id, first.number,
                                              first.version, refused.message);
            }
            return std::unexpected(std::move(refused));
        }
    }
    return count;
}

}  // namespace sluice::parts
