// table_format.hpp - folders that are tables of a format of their own: Delta, Iceberg and others.
//
// Problem: such a folder contains Parquet files that belong to older versions of the table, or that contain deleted
//          rows. The log beside them defines the table; its files alone give wrong rows.
// Use:     if (const auto format = find_table_format(folder); format != table_format::none) {
//              TRY_ASSIGN(auto query, table_query(format, folder)); }
// How:     Delta by `_delta_log`, Iceberg by `metadata/*.metadata.json` or `metadata/version-hint.text`; both have
//          readers. Hudi (`.hoodie`), Paimon (`snapshot`, `schema` and `manifest`) and DuckLake (files named
//          `ducklake-*.parquet`) have none and are refused.
// Source:  Delta transaction log protocol; Iceberg table spec, "File System Tables" and "Metastore Tables".
// Errors:  0A000 for a format without a reader; XX001 if an Iceberg table's current version cannot be determined.
// Threads: plain functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::duckdb {

enum class table_format : std::uint8_t { none, delta, iceberg, hudi, paimon, ducklake };

[[nodiscard]] table_format find_table_format(const std::string& folder);

// SELECT * FROM the reader's function.
result<std::string> table_query(table_format format, const std::string& folder);

// The folder whose files change with every version of the table.
[[nodiscard]] std::string log_folder(table_format format, const std::string& folder);

// The extension that reads the format; empty: none is needed or there is none.
[[nodiscard]] std::string_view reader_extension(table_format format);

// A data file with DuckLake's naming; the catalog that knows its deleted rows is elsewhere.
[[nodiscard]] bool is_ducklake_file(std::string_view file_name);

}  // namespace sluice::duckdb
