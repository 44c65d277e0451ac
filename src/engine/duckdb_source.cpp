#include "engine/duckdb_source.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace sluice::engine {
namespace {

namespace fs = std::filesystem;

core::result<source_kind> kind_of_file(const std::string& path) {
    constexpr std::string_view sqlite_magic{"SQLite format 3\0", 16};
    constexpr std::string_view duckdb_magic = "DUCK";
    constexpr std::size_t duckdb_magic_offset_bytes = 8;

    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return core::fail(core::sqlstates::insufficient_privilege,
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
    return core::fail(core::sqlstates::invalid_parameter_value,
                      "\"" + path + "\" is neither a DuckDB nor a SQLite database");
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

core::result<database_source> find_source(const std::string& path) {
    if (path.empty() || path == ":memory:") {
        return database_source{.kind = source_kind::memory, .path = "", .stem = "memory", .exists = true};
    }
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (status.type() == fs::file_type::not_found) {
        const fs::path parent = fs::absolute(path).parent_path();
        if (!fs::is_directory(parent, failure)) {
            return core::fail(core::sqlstates::undefined_file,
                              "cannot open \"" + path + "\": folder \"" + parent.string() + "\" does not exist");
        }
        return database_source{
            .kind = source_kind::duckdb_file, .path = path, .stem = catalog_stem(path), .exists = false};
    }
    if (failure) {
        return core::fail(core::sqlstates::insufficient_privilege,
                          "cannot open \"" + path + "\": " + failure.message());
    }
    if (status.type() == fs::file_type::directory) {
        // "." and ".." have no stem of their own.
        const std::string real = fs::weakly_canonical(path, failure).string();
        return database_source{
            .kind = source_kind::folder, .path = path, .stem = catalog_stem(failure ? path : real), .exists = true};
    }
    if (status.type() != fs::file_type::regular) {
        return core::fail(core::sqlstates::invalid_parameter_value, "\"" + path + "\" is neither a file nor a folder");
    }
    TRY_ASSIGN(const auto kind, kind_of_file(path));
    return database_source{.kind = kind, .path = path, .stem = catalog_stem(path), .exists = true};
}

}  // namespace sluice::engine
