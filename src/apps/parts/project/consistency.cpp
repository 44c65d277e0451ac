#include "apps/parts/project/consistency.hpp"

#include <fmt/format.h>
#include <map>
#include <utility>

#include "apps/parts/project/consistency_parts.hpp"
#include "base/os/sha256.hpp"

namespace sluice::parts {

namespace {

// A number that grows with each action (a line of history) and with each change that reached git (its date).
result<std::int64_t> count_events(sqlite::database& database) {
    TRY_ASSIGN(const auto count,
               database.get<std::int64_t>("SELECT (SELECT coalesce(max(event_id), 0) FROM History) + "
                                          "(SELECT count(*) FROM GitOutbox WHERE applied_date IS NOT NULL)"));
    return count;
}

std::string describe(const error& cause) {
    return cause.hint.empty() ? cause.message : cause.message + " (" + cause.hint + ")";
}

struct known_blob {
    std::string number;
    std::string name;
    std::string sha256;
};

result<std::string> hash_of(const git_repository& git, const std::string& blob) {
    base::sha256 hash;
    TRY(git.read_blob(blob, [&](std::span<const std::byte> bytes) -> result<> {
        hash.add(bytes);
        return {};
    }));
    return hash.finish();
}

result<> check_hashes(project& checked, std::vector<finding>& findings) {
    TRY_ASSIGN(const auto git, checked.open_git());
    std::map<std::string, std::vector<known_blob>> blobs;
    TRY(checked.database().execute([&](sqlite::connection& db) {
        return db.each(
            "SELECT DISTINCT f.blob, p.number, f.name, f.sha256 FROM Files f JOIN Revisions r USING(revision_id) "
            "JOIN Parts p USING(part_id)",
            [&](const sqlite::row& from) {
                blobs[from.get<std::string>(0)].push_back(
                    {from.get<std::string>(1), from.get<std::string>(2), from.get<std::string>(3)});
            });
    }));
    for (const auto& [blob, uses] : blobs) {
        const auto hash = hash_of(git, blob);
        for (const known_blob& each : uses) {
            if (!hash) {
                findings.push_back({.what = fmt::format("file {} cannot be read: {}", each.name, hash.error().message),
                                    .number = each.number});
            } else if (*hash != each.sha256) {
                findings.push_back({.what = fmt::format("file {} is not what was attached: its SHA-256 is {}, not {}",
                                                        each.name, *hash, each.sha256),
                                    .number = each.number});
            }
        }
    }
    return {};
}

result<> look_into_git(project& checked, bool deep, std::vector<finding>& findings) {
    TRY_ASSIGN(const auto git, git_snapshot::open(checked.folder()));
    TRY(checked.database().execute([&](sqlite::connection& db) { return check_git(db, git, deep, findings); }));
    return deep ? check_hashes(checked, findings) : result<>{};
}

result<std::vector<finding>> look(project& checked, bool deep) {
    std::vector<finding> findings;
    if (const auto synced = checked.sync_git(); !synced) {
        findings.push_back({.what = describe(synced.error()), .number = {}});
    }
    TRY(checked.database().execute([&](sqlite::connection& db) { return check_database(db, findings); }));
    if (const auto seen = look_into_git(checked, deep, findings); !seen) {
        if (seen.error().kind == error_kind::storage) {
            return std::unexpected(seen.error());
        }
        findings.push_back({.what = describe(seen.error()), .number = {}});
    }
    return findings;
}

}  // namespace

std::string_view to_text(severity level) {
    return level == severity::warning ? "warning" : "error";
}

result<std::vector<finding>> check(project& checked, const check_options& options) {
    for (int attempt = 1;; ++attempt) {
        TRY_ASSIGN(const auto before, count_events(checked.database()));
        TRY_ASSIGN(auto findings, look(checked, options.deep));
        TRY_ASSIGN(const auto after, count_events(checked.database()));
        if (findings.empty() || before == after || attempt >= options.attempts_max) {
            return findings;
        }
    }
}

}  // namespace sluice::parts
