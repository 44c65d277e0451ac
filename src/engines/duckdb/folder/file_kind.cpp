#include "engines/duckdb/folder/file_kind.hpp"

#include <algorithm>
#include <fstream>

#include "base/text/ascii.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::array<file_kind, 3> kinds{{
    {.name = "parquet", .reader = "read_parquet", .extensions = {".parquet"}, .has_end_mark = true},
    {.name = "csv", .reader = "read_csv", .extensions = {".csv", ".tsv", ".csv.gz", ".tsv.gz"}},
    {.name = "json",
     .reader = "read_json",
     .extensions = {".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz"}},
}};

}  // namespace

std::optional<recognised_file> recognise_file(std::string_view file_name) {
    const std::string name = base::lower_case(file_name);
    std::optional<recognised_file> found;
    for (const file_kind& kind : kinds) {
        for (const std::string_view extension : kind.extensions) {
            if (!extension.empty() && name.size() > extension.size() && name.ends_with(extension) &&
                (!found || extension.size() > found->extension.size())) {
                found = recognised_file{.kind = &kind, .extension = extension};
            }
        }
    }
    return found;
}

bool is_hidden_file(std::string_view name) {
    return name.starts_with('.') || (name.starts_with('_') && !name.contains('='));
}

bool has_end_mark(const std::string& path) {
    constexpr std::streamoff mark_bytes = 4;
    std::ifstream file(path, std::ios::binary);
    file.seekg(-mark_bytes, std::ios::end);
    std::array<char, mark_bytes> mark{};
    file.read(mark.data(), mark.size());
    const std::string_view found(mark.data(), static_cast<std::size_t>(file.gcount()));
    return found == "PAR1" || found == "PARE";  // plain, or with an encrypted footer
}

}  // namespace sluice::duckdb
