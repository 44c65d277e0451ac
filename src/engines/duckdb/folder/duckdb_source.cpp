#include "engines/duckdb/folder/duckdb_source.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>

#include "base/text/ascii.hpp"
#include "engines/duckdb/capi/contains.hpp"
#include "engines/duckdb/folder/file_kind.hpp"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;

result<source_kind> kind_of_file(const std::string& path) {
    constexpr std::string_view sqlite_magic{"SQLite format 3\0", 16};
    constexpr std::string_view duckdb_magic = "DUCK";
    constexpr std::size_t duckdb_magic_offset_bytes = 8;

    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail(sqlstates::insufficient_privilege,
                    "cannot read \"" + path + "\": " + std::generic_category().message(errno));
    }
    std::array<char, 16> head{};
    file.read(head.data(), head.size());
    const std::string_view read(head.data(), static_cast<std::size_t>(file.gcount()));
    if (read.substr(std::min(read.size(), duckdb_magic_offset_bytes)).starts_with(duckdb_magic)) {
        return source_kind::duckdb_file;
    }
    if (read == sqlite_magic) {
        return source_kind::sqlite_file;
    }
    return fail(sqlstates::invalid_parameter_value, "\"" + path + "\" is neither a DuckDB nor a SQLite database");
}

bool is_named_as_database(const std::string& path) {
    constexpr auto endings = std::to_array<std::string_view>({".duckdb", ".db", ".ddb"});
    const std::string ending = base::lower_case(fs::path(path).extension().string());
    return contains(endings, ending);
}

// A mistyped name must not become a new database.
result<> check_creatable(const std::string& path, bool create) {
    const std::string refused = "cannot open \"" + path + "\": ";
    if (path.ends_with('/')) {
        return fail(sqlstates::undefined_file, refused + "the folder does not exist");
    }
    const fs::path parent = fs::absolute(path).parent_path();
    std::error_code failure;
    if (!fs::is_directory(parent, failure)) {
        return fail(sqlstates::undefined_file, refused + "folder \"" + parent.string() + "\" does not exist");
    }
    if (!create && !is_named_as_database(path)) {
        return fail(sqlstates::undefined_file,
                    refused +
                        "it does not exist; a new database is made only for a name that ends in .duckdb, "
                        ".db or .ddb, or with --create");
    }
    return {};
}

}  // namespace

std::string catalog_stem(std::string_view path) {
    while (path.size() > 1 && path.back() == '/') {
        path.remove_suffix(1);
    }
    const auto slash = path.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    // A leading dot belongs to the name.
    const auto dot = name.find('.', 1);
    return std::string(name.substr(0, dot));
}

result<database_source> find_source(const std::string& path, bool create) {
    if (path.empty() || path == ":memory:") {
        return database_source{.kind = source_kind::memory, .path = "", .stem = "memory", .exists = true};
    }
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (status.type() == fs::file_type::not_found) {
        TRY(check_creatable(path, create));
        return database_source{
            .kind = source_kind::duckdb_file, .path = path, .stem = catalog_stem(path), .exists = false};
    }
    if (failure) {
        return fail(sqlstates::insufficient_privilege, "cannot open \"" + path + "\": " + failure.message());
    }
    if (status.type() == fs::file_type::directory) {
        // "." and ".." have no stem of their own.
        const std::string real = fs::weakly_canonical(path, failure).string();
        return database_source{
            .kind = source_kind::folder, .path = path, .stem = catalog_stem(failure ? path : real), .exists = true};
    }
    if (status.type() != fs::file_type::regular) {
        return fail(sqlstates::invalid_parameter_value, "\"" + path + "\" is neither a file nor a folder");
    }
    TRY_ASSIGN(const auto kind, kind_of_file(path));
    return database_source{.kind = kind, .path = path, .stem = catalog_stem(path), .exists = true};
}

}  // namespace sluice::duckdb
