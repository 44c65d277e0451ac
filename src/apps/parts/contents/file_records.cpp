#include "apps/parts/contents/file_records.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <system_error>
#include <utility>

#include "apps/parts/contents/file_extract.hpp"
#include "apps/parts/model/structure_rules.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "base/os/sha256.hpp"
#include "base/text/ascii.hpp"

namespace sluice::parts {

namespace {

constexpr std::size_t name_bytes_max = 200;

// Removes invisible characters, which HFS+ ignores when it compares names.
void drop_invisible(std::string& name) {
    const auto is_invisible = [](std::string_view at) {
        const auto last = at.size() < 3 ? 0U : static_cast<unsigned char>(at[2]);
        return at.starts_with("\xef\xbb\xbf") ||
               (at.starts_with("\xe2\x80") && ((last >= 0x8c && last <= 0x8f) || (last >= 0xaa && last <= 0xae))) ||
               (at.starts_with("\xe2\x81") && last >= 0xaa && last <= 0xaf);
    };
    for (std::size_t at = 0; at < name.size();) {
        if (is_invisible(std::string_view(name).substr(at))) {
            name.erase(at, 3);
        } else {
            ++at;
        }
    }
}

// git refuses such names in a tree: some file systems take them for .git.
bool is_gits_own(std::string_view name) {
    std::string lower(name.substr(0, name.find_last_not_of(". ") + 1));
    drop_invisible(lower);
    lower = base::lower_case(lower);
    return lower.empty() || lower == ".git" || lower == "git~1" || lower.starts_with(".git:");
}

result<> check_regular(const std::filesystem::path& path, std::int64_t size_bytes_max) {
    std::error_code failed;
    const auto status = std::filesystem::status(path, failed);
    if (!std::filesystem::exists(status)) {
        return fail(error_kind::not_found, fmt::format("there is no file {}", path.string()));
    }
    if (!std::filesystem::is_regular_file(status)) {
        return fail(error_kind::invalid, fmt::format("{} is not a file", path.string()),
                    "folders and devices cannot be attached");
    }
    const auto size = std::filesystem::file_size(path, failed);
    if (!failed && std::cmp_greater(size, size_bytes_max)) {
        return fail(error_kind::invalid,
                    fmt::format("{} has {} bytes, at most {} are allowed", path.string(), size, size_bytes_max));
    }
    return {};
}

result<> no_file(const revision_key& of, std::string_view name) {
    return fail(error_kind::not_found, fmt::format("{} v{} has no file \"{}\"", of.number, of.version, name));
}

}  // namespace

result<> check_file_name(std::string_view name) {
    TRY(check_text(name, file_name_rule));
    if (name.size() > name_bytes_max) {
        return fail(error_kind::invalid,
                    fmt::format("file name has {} bytes, at most {} are allowed", name.size(), name_bytes_max));
    }
    if (name.find_first_of("/\\") != std::string_view::npos || is_gits_own(name)) {
        return fail(error_kind::invalid, fmt::format("file name \"{}\" is not allowed", name),
                    "a name without folders, and not git's own");
    }
    return {};
}

result<attached_file> file_records::store(const std::filesystem::path& path, const store_file_options& options) {
    attached_file made;
    made.name = options.name.empty() ? path.filename().string() : options.name;
    TRY(check_file_name(made.name));
    TRY(check_regular(path, options.size_bytes_max));
    base::sha256 hash;
    TRY_ASSIGN(made.blob, repository_.write_blob(path, [&](std::span<const std::byte> bytes) -> result<> {
        made.size_bytes += static_cast<std::int64_t>(bytes.size());
        if (made.size_bytes > options.size_bytes_max) {
            return fail(error_kind::invalid,
                        fmt::format("{} has more than {} bytes", path.string(), options.size_bytes_max));
        }
        hash.add(bytes);
        return {};
    }));
    made.sha256 = hash.finish();
    return made;
}

result<> file_records::attach(std::int64_t revision_id, const attached_file& stored, when_present present) {
    TRY(check_file_name(stored.name));
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto draft, require_draft(db, revision_id));
        TRY_ASSIGN(const auto found,
                   db.find<int>("select 1 from Files where revision_id = ?1 and name = ?2", revision_id, stored.name));
        if (found && present == when_present::refuse) {
            return fail(error_kind::exists,
                        fmt::format("{} v{} has a file \"{}\" already", draft.number, draft.version, stored.name),
                        "detach it first, or replace it");
        }
        TRY(
            db.run("insert into Files(revision_id, name, size_bytes, sha256, blob) values(?1, ?2, ?3, ?4, ?5) "
                   "on conflict(revision_id, name) do update set size_bytes = excluded.size_bytes, "
                   "sha256 = excluded.sha256, blob = excluded.blob",
                   revision_id, stored.name, stored.size_bytes, stored.sha256, stored.blob));
        return {};
    });
}

result<> file_records::detach(std::int64_t revision_id, std::string_view name) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto draft, require_draft(db, revision_id));
        TRY_ASSIGN(const auto removed,
                   db.run("delete from Files where revision_id = ?1 and name = ?2", revision_id, name));
        return removed == 0 ? no_file(draft, name) : result<>();
    });
}

result<std::vector<attached_file>> list_files(sqlite::database& database, std::int64_t revision_id) {
    TRY_ASSIGN(auto all, database.list<attached_file>(
                             "SELECT name, size_bytes, sha256, blob FROM Files WHERE revision_id = ?1 ORDER BY name",
                             revision_id));
    return all;
}

result<std::vector<attached_file>> file_records::list(std::int64_t revision_id) {
    return database_.execute([&](sqlite::connection& db) -> result<std::vector<attached_file>> {
        TRY(find_revision(db, revision_id));
        return list_files(database_, revision_id);
    });
}

result<attached_file> file_records::get(std::int64_t revision_id, std::string_view name) {
    return database_.execute([&](sqlite::connection& db) -> result<attached_file> {
        TRY_ASSIGN(const auto revision, find_revision(db, revision_id));
        TRY_ASSIGN(auto found,
                   db.find<attached_file>(
                       "select name, size_bytes, sha256, blob from Files where revision_id = ?1 and name = ?2",
                       revision_id, name));
        if (!found) {
            TRY(no_file(revision, name));
        }
        return std::move(*found);
    });
}

result<> file_records::extract(std::int64_t revision_id, std::string_view name, const std::filesystem::path& target,
                               when_present present) {
    TRY_ASSIGN(const auto wanted, get(revision_id, name));
    return extract_file(repository_, wanted, target, present == when_present::replace);
}

result<std::vector<damaged_file>> file_records::verify(std::int64_t revision_id) {
    TRY_ASSIGN(const auto all, list(revision_id));
    std::vector<damaged_file> damaged;
    for (const auto& each : all) {
        if (auto checked = check_content(repository_, each, {}); !checked) {
            damaged.push_back({.name = each.name, .cause = std::move(checked).error()});
        }
    }
    return damaged;
}

}  // namespace sluice::parts
