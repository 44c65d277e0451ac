// duckdb_source.hpp - finds out the kind of a database from its path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::duckdb {

enum class source_kind : std::uint8_t { memory, duckdb_file, sqlite_file, folder };

struct database_source {
    source_kind kind = source_kind::memory;
    std::string path;
    std::string stem;     // "memory" for memory
    bool exists = false;  // a missing path is a DuckDB file to create
};

// Reads the first bytes of a file. 22023 for a file that is no database, 42501 for one that cannot be read, 58P01 for
// one that is missing. A missing path is a DuckDB file to create if its name ends in .duckdb, .db or .ddb, or, for any
// name, if `create` is set.
result<database_source> find_source(const std::string& path, bool create = false);

// DuckDB's name for the catalog of a file: the last part of the path up to its first dot.
[[nodiscard]] std::string catalog_stem(std::string_view path);

}  // namespace sluice::duckdb
