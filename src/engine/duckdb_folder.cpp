#include "engine/duckdb_folder.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "sql/quote.hpp"

namespace sluice::engine {
namespace {

namespace fs = std::filesystem;

struct file_kind {
    std::string_view name;
    std::string_view reader;
    std::array<std::string_view, 6> extensions;
};

constexpr std::array<file_kind, 3> kinds{{
    {.name = "parquet", .reader = "read_parquet", .extensions = {".parquet"}},
    {.name = "csv", .reader = "read_csv", .extensions = {".csv", ".tsv", ".csv.gz", ".tsv.gz"}},
    {.name = "json",
     .reader = "read_json",
     .extensions = {".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz"}},
}};

struct recognised {
    const file_kind* kind;
    std::string_view extension;
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::optional<recognised> recognise(std::string_view file_name) {
    const std::string name = lower(file_name);
    std::optional<recognised> found;
    for (const file_kind& kind : kinds) {
        for (const std::string_view extension : kind.extensions) {
            if (!extension.empty() && name.size() > extension.size() && name.ends_with(extension) &&
                (!found || extension.size() > found->extension.size())) {
                found = recognised{.kind = &kind, .extension = extension};
            }
        }
    }
    return found;
}

bool is_hidden(const std::string& name) {
    return name.starts_with('.') || name.starts_with('_');
}

// Makes a path mean itself where DuckDB expects a pattern.
std::string escape_pattern(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (c == '*' || c == '?' || c == '[') {
            out += '[';
            out += c;
            out += ']';
        } else {
            out += c;
        }
    }
    return out;
}

core::error unreadable(const std::string& path, const std::error_code& cause) {
    return {.code = core::sqlstates::insufficient_privilege,
            .message = "cannot read \"" + path + "\": " + cause.message()};
}

// A view before it has a name of its own.
struct candidate {
    std::string stem;
    const file_kind* kind;
    std::string file_name;
    std::string query;
    std::string path;
};

class folder_scan {
  public:
    core::result<std::vector<candidate>> run(const std::string& folder) {
        std::error_code failure;
        fs::directory_iterator entries(folder, failure);
        if (failure) {
            return core::fail(unreadable(folder, failure));
        }
        for (; entries != fs::directory_iterator(); entries.increment(failure)) {
            TRY(count_entry(folder));
            const std::string name = entries->path().filename().string();
            if (is_hidden(name)) {
                continue;
            }
            if (entries->is_directory(failure)) {
                TRY(add_folder(entries->path().string(), name));
            } else if (entries->is_regular_file(failure)) {
                add_file(*entries, name);
            }
        }
        if (failure) {
            return core::fail(unreadable(folder, failure));
        }
        return std::move(found_);
    }

  private:
    core::result<> count_entry(const std::string& folder) {
        if (++entries_ > folder_entries_max) {
            return core::fail(core::sqlstates::program_limit_exceeded,
                              "\"" + folder + "\" holds more than " + std::to_string(folder_entries_max) + " files");
        }
        return {};
    }

    void add_file(const fs::directory_entry& entry, const std::string& name) {
        std::error_code failure;
        const auto known = recognise(name);
        if (!known || entry.file_size(failure) == 0) {
            return;
        }
        const std::string path = entry.path().string();
        found_.push_back({.stem = name.substr(0, name.size() - known->extension.size()),
                          .kind = known->kind,
                          .file_name = name,
                          .query = "SELECT * FROM " + std::string(known->kind->reader) + "(" +
                                   sql::quote_literal(escape_pattern(path)) + ")",
                          .path = path});
    }

    core::result<> add_folder(const std::string& path, const std::string& name) {
        std::map<const file_kind*, std::set<std::string_view>> extensions;
        std::error_code failure;
        fs::recursive_directory_iterator entries(path, failure);
        for (; !failure && entries != fs::recursive_directory_iterator(); entries.increment(failure)) {
            TRY(count_entry(path));
            const std::string file = entries->path().filename().string();
            std::error_code ignored;
            if (is_hidden(file)) {
                if (entries->is_directory(ignored)) {
                    entries.disable_recursion_pending();
                }
            } else if (const auto known = recognise(file); known && entries->is_regular_file(ignored)) {
                extensions[known->kind].insert(known->extension);
            }
        }
        if (failure) {
            return core::fail(unreadable(path, failure));
        }
        for (const auto& [kind, endings] : extensions) {
            std::string patterns;
            for (const std::string_view ending : endings) {
                patterns += (patterns.empty() ? "" : ", ") +
                            sql::quote_literal(escape_pattern(path) + "/**/*" + std::string(ending));
            }
            found_.push_back(
                {.stem = name,
                 .kind = kind,
                 .file_name = name,
                 .query = "SELECT * FROM " + std::string(kind->reader) + "([" + patterns + "], union_by_name = true)",
                 .path = path});
        }
        return {};
    }

    std::size_t entries_ = 0;
    std::vector<candidate> found_;
};

std::string whole_name(const candidate& view) {
    std::string name = view.file_name;
    std::ranges::replace(name, '.', '_');
    return name;
}

using naming = std::string (*)(const candidate&);

constexpr std::array<naming, 3> namings{
    [](const candidate& view) { return view.stem; },
    [](const candidate& view) { return view.stem + "_" + std::string(view.kind->name); },
    whole_name,
};

// Gives every candidate the shortest of its names that no other one wants; a number where all are taken.
std::vector<folder_view> with_names(std::vector<candidate> candidates) {
    std::ranges::sort(candidates, {}, [](const candidate& view) { return std::pair(view.file_name, view.kind->name); });
    std::vector<folder_view> views;
    std::set<std::string> taken;
    std::vector<candidate> left = std::move(candidates);
    for (const naming name_of : namings) {
        std::map<std::string, int> wanted;
        for (const candidate& view : left) {
            ++wanted[lower(name_of(view))];
        }
        std::vector<candidate> clashing;
        for (candidate& view : left) {
            const std::string name = name_of(view);
            if (wanted[lower(name)] == 1 && taken.insert(lower(name)).second) {
                views.push_back({.name = name, .query = view.query, .path = view.path});
            } else {
                clashing.push_back(std::move(view));
            }
        }
        left = std::move(clashing);
    }
    for (const candidate& view : left) {
        std::string name;
        for (int number = 2; name.empty() || !taken.insert(lower(name)).second; ++number) {
            name = whole_name(view) + "_" + std::to_string(number);
        }
        views.push_back({.name = name, .query = view.query, .path = view.path});
    }
    std::ranges::sort(views, {}, &folder_view::name);
    return views;
}

}  // namespace

core::result<std::vector<folder_view>> find_folder_views(const std::string& folder) {
    TRY_ASSIGN(auto candidates, folder_scan().run(folder));
    return with_names(std::move(candidates));
}

}  // namespace sluice::engine
