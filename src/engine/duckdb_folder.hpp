// duckdb_folder.hpp - a folder of data files, as views.
//
// Problem: people have a folder of Parquet, CSV and JSON files and want tables.
// How:     a file becomes a view named by its stem; a sub-folder becomes a view of its name over all files of one kind
//          below it, columns matched by name. Names are compared without case: where two things want one name, all of
//          them get their kind appended (sales_csv, sales_parquet), and their whole file name when that is not enough.
// Skips:   names that begin with a dot or an underscore, empty files, everything of an unknown kind.
// Bounds:  entries_max files and folders are looked at; 54000 beyond that.
// Errors:  42501 for what cannot be listed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace sluice::engine {

struct folder_view {
    std::string name;
    std::string query;  // SELECT * FROM read_...(...)
    std::string path;   // of the file or sub-folder, for messages
};

inline constexpr std::size_t folder_entries_max = 100'000;

// Sorted by name. An empty folder gives no views.
[[nodiscard]] core::result<std::vector<folder_view>> find_folder_views(const std::string& folder);

}  // namespace sluice::engine
