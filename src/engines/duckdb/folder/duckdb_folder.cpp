#include "engines/duckdb/folder/duckdb_folder.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

#include "base/text/ascii.hpp"
#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/folder/duckdb_source.hpp"
#include "engines/duckdb/folder/file_kind.hpp"
#include "engines/duckdb/folder/folder_query.hpp"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;

error unreadable(const std::string& path, const std::error_code& cause) {
    return {.code = sqlstates::insufficient_privilege, .message = "cannot read \"" + path + "\": " + cause.message()};
}

void mix(std::uint64_t& fingerprint, std::uint64_t value) {
    constexpr std::uint64_t prime = 0x100000001b3;
    fingerprint = (fingerprint ^ value) * prime;
    fingerprint ^= fingerprint >> 29U;
}

void mix(std::uint64_t& fingerprint, const std::string& path, const struct stat& facts) {
    mix(fingerprint, std::hash<std::string>{}(path));
    mix(fingerprint, facts.st_ino);
    mix(fingerprint, static_cast<std::uint64_t>(facts.st_size));
    for (const timespec& time : {facts.st_mtim, facts.st_ctim}) {
        mix(fingerprint, static_cast<std::uint64_t>(time.tv_sec));
        mix(fingerprint, static_cast<std::uint64_t>(time.tv_nsec));
    }
}

// A view before it has a name of its own.
struct candidate {
    std::string stem;
    std::string_view kind;
    std::string file_name;
    folder_view view;
};

struct listed {
    std::string name;
    bool is_folder = false;
    bool is_link = false;
};

// Files of one kind that make up one view.
struct file_group {
    std::string stem;
    std::string base;
    std::string path;
    const file_kind* kind = nullptr;
    std::vector<std::string> files;
    std::uint64_t fingerprint = 0;
    bool of_ducklake = false;
};

class folder_scan {
  public:
    folder_scan(std::string root, const folder_hooks& hooks) : root_(std::move(root)), hooks_(&hooks) {}

    result<folder_contents> run();

  private:
    // The common part of all files of one view.
    struct place {
        std::string stem;
        std::string base;
        std::string path;
    };

    struct failed_place {
        std::string stem;
        error failure;
    };

    result<std::vector<listed>> list(const std::string& folder);
    result<bool> add_table(const std::string& folder, const std::string& stem, const std::vector<listed>& entries);
    result<> walk(const std::string& folder, const std::string& name, const place& of);
    void add_file(const std::string& path, const std::string& name, bool is_link, const place& of);
    void finish_groups();

    std::string root_;
    const folder_hooks* hooks_;
    std::size_t entries_ = 0;
    bool has_links_ = false;
    std::map<std::pair<std::string, const file_kind*>, file_group> groups_;  // by path and kind
    std::map<std::string, failed_place> failures_;                           // by a group's path
    std::vector<candidate> found_;
};

result<std::vector<listed>> folder_scan::list(const std::string& folder) {
    if (hooks_->before_listing) {
        hooks_->before_listing(folder);
    }
    std::vector<listed> found;
    std::error_code failure;
    fs::directory_iterator each(folder, failure);
    for (; !failure && each != fs::directory_iterator(); each.increment(failure)) {
        if (++entries_ > folder_entries_max) {
            return fail(sqlstates::program_limit_exceeded,
                        "\"" + root_ + "\" holds more than " + std::to_string(folder_entries_max) + " files");
        }
        std::error_code ignored;
        found.push_back({.name = each->path().filename().string(),
                         .is_folder = each->is_directory(ignored),
                         .is_link = each->is_symlink(ignored)});
    }
    if (failure) {
        return fail(unreadable(folder, failure));
    }
    std::ranges::sort(found, {}, &listed::name);
    return found;
}

result<bool> folder_scan::add_table(const std::string& folder, const std::string& stem,
                                    const std::vector<listed>& entries) {
    constexpr auto signs = std::to_array<std::string_view>({"_delta_log", ".hoodie", "metadata", "manifest"});
    if (std::ranges::none_of(entries, [&](const listed& each) { return contains(signs, each.name); })) {
        return false;
    }
    const table_format format = find_table_format(folder);
    if (format == table_format::none) {
        return false;
    }
    candidate made{.stem = stem, .kind = "table", .file_name = stem, .view = {.path = folder, .format = format}};
    const std::string log = log_folder(format, folder);
    const auto versions = log == folder ? std::vector<listed>() : list(log).value_or(std::vector<listed>());
    for (const listed& each : versions) {
        struct stat facts{};
        const std::string path = log + "/" + each.name;
        if (::stat(path.c_str(), &facts) == 0) {
            mix(made.view.fingerprint, path, facts);
        }
    }
    auto query = table_query(format, folder);
    if (query) {
        made.view.query = *std::move(query);
    } else {
        made.view.failure = std::move(query).error();
    }
    found_.push_back(std::move(made));
    return true;
}

void folder_scan::add_file(const std::string& path, const std::string& name, bool is_link, const place& of) {
    const auto known = recognise_file(name);
    struct stat facts{};
    if (!known || ::stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return;
    }
    has_links_ |= is_link;
    const bool unfinished =
        known->kind->has_end_mark && hooks_->is_being_written && hooks_->is_being_written(path) && !has_end_mark(path);
    if (facts.st_size == 0 || unfinished) {
        return;
    }
    file_group& group = groups_[{of.path, known->kind}];
    if (group.files.empty()) {
        group.stem = of.stem.empty() ? name.substr(0, name.size() - known->extension.size()) : of.stem;
        group.base = of.base;
        group.path = of.path;
        group.kind = known->kind;
    }
    group.of_ducklake |= is_ducklake_file(name);
    mix(group.fingerprint, path, facts);
    group.files.push_back(path);
}

// `name`: the view's name, if this folder is a table.
result<> folder_scan::walk(const std::string& folder, const std::string& name, const place& of) {
    auto entries = list(folder);
    if (!entries) {
        if (entries.error().code == sqlstates::program_limit_exceeded) {
            return fail(std::move(entries).error());
        }
        failures_.try_emplace(of.path, failed_place{.stem = of.stem, .failure = std::move(entries).error()});
        return {};
    }
    TRY_ASSIGN(const bool is_table, add_table(folder, name, *entries));
    if (is_table) {
        return {};
    }
    for (const listed& each : *entries) {
        const std::string path = folder + "/" + each.name;
        if (is_hidden_file(each.name)) {
            continue;
        }
        if (!each.is_folder) {
            add_file(path, each.name, each.is_link, of);
        } else if (!each.is_link) {
            TRY(walk(path, name + "_" + each.name, of));
        }
    }
    return {};
}

void folder_scan::finish_groups() {
    for (auto& [key, group] : groups_) {
        const std::string file_name = group.path.substr(group.path.rfind('/') + 1);
        candidate made{.stem = group.stem,
                       .kind = group.kind->name,
                       .file_name = file_name,
                       .view = {.path = group.path, .fingerprint = group.fingerprint}};
        auto query =
            group.of_ducklake
                ? table_query(table_format::ducklake, group.path)
                : files_query({.reader = group.kind->reader, .base = group.base, .files = std::move(group.files)});
        if (const auto failed = failures_.find(group.path); failed != failures_.end()) {
            made.view.failure = failed->second.failure;
            failed->second.stem.clear();
        } else if (query) {
            made.view.query = *std::move(query);
        } else {
            made.view.failure = std::move(query).error();
        }
        found_.push_back(std::move(made));
    }
    for (auto& [path, failed] : failures_) {
        if (!failed.stem.empty()) {  // no group reports it
            found_.push_back({.stem = failed.stem,
                              .kind = "folder",
                              .file_name = failed.stem,
                              .view = {.path = path, .failure = std::move(failed.failure)}});
        }
    }
}

std::string whole_name(const candidate& each) {
    std::string name = each.file_name;
    std::ranges::replace(name, '.', '_');
    return name;
}

using naming = std::string (*)(const candidate&);

constexpr std::array<naming, 3> namings{
    [](const candidate& each) { return each.stem; },
    [](const candidate& each) { return each.stem + "_" + std::string(each.kind); },
    whole_name,
};

// Gives every candidate the shortest of its names that is unique; a number if all are taken.
std::vector<folder_view> with_names(std::vector<candidate> candidates) {
    std::ranges::sort(candidates, {}, [](const candidate& each) { return std::pair(each.file_name, each.kind); });
    std::vector<folder_view> views;
    std::set<std::string> taken;
    const auto take = [&](candidate& each, std::string name) {
        each.view.name = std::move(name);
        views.push_back(std::move(each.view));
    };
    std::vector<candidate> left = std::move(candidates);
    for (const naming name_of : namings) {
        std::map<std::string, int> wanted;
        for (const candidate& each : left) {
            ++wanted[base::lower_case(name_of(each))];
        }
        std::vector<candidate> clashing;
        for (candidate& each : left) {
            const std::string name = name_of(each);
            if (wanted[base::lower_case(name)] == 1 && taken.insert(base::lower_case(name)).second) {
                take(each, name);
            } else {
                clashing.push_back(std::move(each));
            }
        }
        left = std::move(clashing);
    }
    for (candidate& each : left) {
        std::string name;
        for (int number = 2; name.empty() || !taken.insert(base::lower_case(name)).second; ++number) {
            name = whole_name(each) + "_" + std::to_string(number);
        }
        take(each, name);
    }
    std::ranges::sort(views, {}, &folder_view::name);
    return views;
}

result<folder_contents> folder_scan::run() {
    std::error_code failure;
    const std::string real = fs::weakly_canonical(root_, failure).string();
    const std::string stem = catalog_stem(failure ? root_ : real);
    TRY_ASSIGN(const auto entries, list(root_));
    TRY_ASSIGN(const bool is_table, add_table(root_, stem, entries));
    for (const listed& each : is_table ? std::vector<listed>() : entries) {
        const std::string path = root_ + "/" + each.name;
        if (is_hidden_file(each.name)) {
            continue;
        }
        if (!each.is_folder) {
            add_file(path, each.name, each.is_link, {.stem = "", .base = root_, .path = path});
            continue;
        }
        has_links_ |= each.is_link;
        const bool part = is_partition(each.name);
        TRY(walk(path, each.name,
                 {.stem = part ? stem : each.name, .base = part ? root_ : path, .path = part ? root_ : path}));
    }
    finish_groups();
    return folder_contents{.views = with_names(std::move(found_)), .has_links = has_links_};
}

}  // namespace

result<folder_contents> find_folder_views(const std::string& folder, const folder_hooks& hooks) {
    std::error_code failure;
    fs::path absolute = fs::absolute(folder, failure).lexically_normal();
    if (!absolute.has_filename() && absolute.has_relative_path()) {
        absolute = absolute.parent_path();
    }
    return folder_scan(failure ? folder : absolute.string(), hooks).run();
}

}  // namespace sluice::duckdb
