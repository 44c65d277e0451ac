// file_kind.hpp - kinds of data files, recognised by their names.
//
// Use:     if (const auto known = recognise_file("a.csv.gz")) ... known->kind->reader, known->extension ...
// Threads: plain functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::duckdb {

struct file_kind {
    std::string_view name;
    std::string_view reader;  // table function of DuckDB
    std::array<std::string_view, 6> extensions;
    bool has_end_mark = false;  // a file without its last bytes is incomplete
};

struct recognised_file {
    const file_kind* kind;
    std::string_view extension;
};

// Ignores case; the longest extension counts.
[[nodiscard]] std::optional<recognised_file> recognise_file(std::string_view file_name);

// As Spark and Hadoop hide other files: .name and _name, but not the partition _key=value.
[[nodiscard]] bool is_hidden_file(std::string_view name);

// True if the Parquet file has Parquet's end mark.
[[nodiscard]] bool has_end_mark(const std::string& path);

}  // namespace sluice::duckdb
