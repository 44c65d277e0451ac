// duckdb_folder.hpp - a folder of data files, as views.
//
// Problem: users have a folder of Parquet, CSV and JSON files, of Delta and Iceberg tables, and want tables.
// How:     a file becomes a view named by its stem; a sub-folder becomes a view of its name over all files of one kind
//          below it (folder_query.hpp); folders key=value of the served folder itself become one view of its name. A
//          folder that is a table of a format of its own (table_format.hpp) becomes a view at any depth, named by its
//          path ("bronze_orders"), and its files belong to no other view. Names are compared without case: if two items
//          want one name, both get their kind appended (sales_csv, sales_parquet), and their whole file name when that
//          is not enough.
// Skips:   names that begin with a dot or an underscore, empty files, files of an unknown kind, Parquet files that are
//          being written and have no end yet.
// Bounds:  folder_entries_max files and folders are scanned; 54000 beyond that.
// Errors:  42501 for a served folder that cannot be listed. An error below it affects only its view.
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/folder/table_format.hpp"

namespace sluice::duckdb {

struct folder_view {
    std::string name;
    std::string query;                         // SELECT * FROM read_...(...); empty: see failure
    std::string path;                          // of the file or folder, for messages
    table_format format = table_format::none;  // none: plain files
    std::uint64_t fingerprint = 0;             // of the names, sizes and times of its files
    std::optional<error> failure = {};         // NOLINT(readability-redundant-member-init): others leave it out
};

struct folder_contents {
    std::vector<folder_view> views;  // sorted by name
    bool has_links = false;          // some files are behind symbolic links, whose changes cause no events
};

struct folder_hooks {
    std::function<void(const std::string& folder)> before_listing;
    std::function<bool(const std::string& file)> is_being_written;
};

inline constexpr std::size_t folder_entries_max = 100'000;

// An empty folder has no views.
result<folder_contents> find_folder_views(const std::string& folder, const folder_hooks& hooks = {});

}  // namespace sluice::duckdb
