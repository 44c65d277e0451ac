// folder_query.hpp - the query that reads a set of data files as one table.
//
// Problem: files of one table may lie in folders named key=value, which are columns; some files may lack columns that
//          others have; and DuckDB treats a path as a pattern.
// Use:     TRY_ASSIGN(auto query, files_query({.reader = "read_csv", .base = "/lake", .files = {"/lake/y=1/a.csv"}}));
// How:     columns are matched by name, NULL if a file has none. Keys below `base` become columns, whose types DuckDB
//          finds from all of their values (DATE, TIMESTAMP, BIGINT, else VARCHAR). Files with different keys are read
//          separately and united. Keys in the path of `base` itself are no columns.
// Errors:  22023 for a key that is also in the path of `base`: DuckDB would read the value there.
// Threads: plain functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::duckdb {

struct file_set {
    std::string_view reader;  // table function of DuckDB
    std::string base;         // folder that contains them all
    std::vector<std::string> files;
};

result<std::string> files_query(const file_set& set);

// Names of the folders key=value on the way to a file; sorted, each once.
[[nodiscard]] std::vector<std::string> partition_keys(std::string_view path);

[[nodiscard]] bool is_partition(std::string_view folder_name);

// Escapes a path that DuckDB would read as a pattern.
[[nodiscard]] std::string escape_pattern(std::string_view path);

}  // namespace sluice::duckdb
