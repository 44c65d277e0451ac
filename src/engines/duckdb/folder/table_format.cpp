#include "engines/duckdb/folder/table_format.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <vector>

#include "base/text/ascii.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view metadata_ending = ".metadata.json";
constexpr std::string_view packed_ending = ".gz.metadata.json";
constexpr std::string_view hint_name = "version-hint.text";

bool exists(const std::string& path) {
    std::error_code failure;
    return fs::exists(path, failure);
}

bool is_folder(const std::string& path) {
    std::error_code failure;
    return fs::is_directory(path, failure);
}

std::vector<std::string> metadata_files(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code failure;
    fs::directory_iterator each(folder + "/metadata", failure);
    for (; !failure && each != fs::directory_iterator(); each.increment(failure)) {
        std::string name = each->path().filename().string();
        if (name.ends_with(metadata_ending) && !name.starts_with('.')) {
            names.push_back(std::move(name));
        }
    }
    std::ranges::sort(names);
    return names;
}

bool is_iceberg(const std::string& folder) {
    return is_folder(folder + "/metadata") &&
           (exists(folder + "/metadata/" + std::string(hint_name)) || !metadata_files(folder).empty());
}

// v3.metadata.json and 00003-<uuid>.metadata.json are both version 3.
std::optional<std::uint64_t> version_of(std::string_view name) {
    if (name.starts_with('v')) {
        name.remove_prefix(1);
    }
    std::uint64_t version = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), version);
    const bool whole = failure == std::errc() && (*end == '-' || *end == '.');
    return whole ? std::optional(version) : std::nullopt;
}

// The first line, without surrounding white space.
std::string read_hint(const std::string& folder) {
    std::ifstream file(folder + "/metadata/" + std::string(hint_name));
    std::string word;
    file >> word;
    return word;
}

error unclear(const std::string& folder, const std::string& why) {
    return {.code = sqlstates::data_corrupted, .message = "cannot read Iceberg table \"" + folder + "\": " + why};
}

// Writers of file system tables may fail to update the hint, so that a later version is the current one.
result<std::string> current_metadata(const std::string& folder) {
    const auto names = metadata_files(folder);
    const std::string hint = read_hint(folder);
    std::vector<std::string> newest;
    std::uint64_t highest = 0;
    for (const std::string& name : names) {
        const auto version = version_of(name);
        if (!version || (!newest.empty() && *version < highest)) {
            continue;
        }
        if (newest.empty() || *version > highest) {
            newest.clear();
            highest = *version;
        }
        newest.push_back(name);
    }
    if (newest.size() == 1) {
        return newest.front();
    }
    for (const std::string& name : newest) {
        if (!hint.empty() && (name.starts_with(hint + ".") || name.starts_with("v" + hint + "."))) {
            return name;
        }
    }
    if (newest.empty()) {
        return fail(unclear(folder, "\"metadata\" holds no file of a version"));
    }
    return fail(unclear(folder, "\"" + newest[0] + "\" and \"" + newest[1] +
                                    "\" are both the newest version, and nothing tells which was committed"));
}

result<std::string> iceberg_query(const std::string& folder) {
    TRY_ASSIGN(const auto name, current_metadata(folder));
    const bool packed = name.ends_with(packed_ending);
    const std::string version = name.substr(0, name.size() - (packed ? packed_ending : metadata_ending).size());
    // The table may have been copied: paths in its metadata are relative to its present folder.
    return "SELECT * FROM iceberg_scan(" + postgres::quote_literal(folder) +
           ", version = " + postgres::quote_literal(version) +
           ", version_name_format = '%s%s.metadata.json', allow_moved_paths = true" +
           (packed ? ", metadata_compression_codec = 'gzip'" : "") + ")";
}

// The reader cuts plain paths at non-ASCII letters, but not addresses.
std::string file_address(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "/-_.~=+@,:()!$&'*;[]";
    std::string address = "file://";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (base::is_letter_or_digit(c) || plain.contains(c)) {
            address += c;
        } else {
            address += '%';
            address += digits[byte >> 4U];
            address += digits[byte & 0xfU];
        }
    }
    return address;
}

error without_reader(std::string_view format, const std::string& folder) {
    return {.code = sqlstates::feature_not_supported,
            .message = "cannot read \"" + folder + "\": it is a table of " + std::string(format) +
                       ", for which there is no reader, and its files alone hold rows that were deleted or replaced"};
}

}  // namespace

table_format find_table_format(const std::string& folder) {
    if (exists(folder + "/_delta_log")) {
        return table_format::delta;
    }
    if (exists(folder + "/.hoodie")) {
        return table_format::hudi;
    }
    if (is_iceberg(folder)) {
        return table_format::iceberg;
    }
    if (is_folder(folder + "/snapshot") && is_folder(folder + "/schema") && is_folder(folder + "/manifest")) {
        return table_format::paimon;
    }
    return table_format::none;
}

result<std::string> table_query(table_format format, const std::string& folder) {
    switch (format) {
        case table_format::delta:
            return "SELECT * FROM delta_scan(" + postgres::quote_literal(file_address(folder)) + ")";
        case table_format::iceberg:
            return iceberg_query(folder);
        case table_format::hudi:
            return fail(without_reader("Apache Hudi", folder));
        case table_format::paimon:
            return fail(without_reader("Apache Paimon", folder));
        case table_format::ducklake:
            return fail(without_reader("DuckLake", folder));
        case table_format::none:
            break;
    }
    return fail(sqlstates::internal_error, "\"" + folder + "\" is no table");
}

std::string log_folder(table_format format, const std::string& folder) {
    switch (format) {
        case table_format::delta:
            return folder + "/_delta_log";
        case table_format::iceberg:
            return folder + "/metadata";
        default:
            return folder;
    }
}

std::string_view reader_extension(table_format format) {
    switch (format) {
        case table_format::delta:
            return "delta";
        case table_format::iceberg:
            return "iceberg";
        default:
            return {};
    }
}

bool is_ducklake_file(std::string_view file_name) {
    return file_name.starts_with("ducklake-") && file_name.ends_with(".parquet");
}

}  // namespace sluice::duckdb
