#include "engines/duckdb/folder/folder_query.hpp"

#include <algorithm>
#include <map>

#include "engines/duckdb/capi/contains.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

std::string exclusion(const std::vector<std::string>& keys) {
    std::string list;
    for (const std::string& key : keys) {
        list += (list.empty() ? "" : ", ") + postgres::quote_identifier(key);
    }
    return list.empty() ? "*" : "* EXCLUDE (" + list + ")";
}

std::string read_call(std::string_view reader, const std::vector<std::string>& files, bool partitioned) {
    std::string paths;
    for (const std::string& file : files) {
        paths += (paths.empty() ? "" : ", ") + postgres::quote_literal(escape_pattern(file));
    }
    return std::string(reader) + (files.size() == 1 ? "(" + paths : "([" + paths + "], union_by_name = true") +
           ", hive_partitioning = " + (partitioned ? "true" : "false") + ")";
}

}  // namespace

std::string escape_pattern(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (c == '*' || c == '?' || c == '[') {
            out += '[';
            out += c;
            out += ']';
        } else {
            out += c;
        }
    }
    return out;
}

bool is_partition(std::string_view folder_name) {
    const auto equals = folder_name.find('=');
    return equals != std::string_view::npos && equals != 0 && folder_name.rfind('=') == equals &&
           folder_name.find_first_of("?\n\\/") == std::string_view::npos;
}

std::vector<std::string> partition_keys(std::string_view path) {
    std::vector<std::string> keys;
    for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
        const std::string_view folder = path.substr(0, slash);
        if (is_partition(folder)) {
            keys.emplace_back(folder.substr(0, folder.find('=')));
        }
        path.remove_prefix(slash + 1);
    }
    std::ranges::sort(keys);
    const auto doubles = std::ranges::unique(keys);
    keys.erase(doubles.begin(), doubles.end());
    return keys;
}

result<std::string> files_query(const file_set& set) {
    const auto outer = partition_keys(set.base + "/");
    std::map<std::vector<std::string>, std::vector<std::string>> groups;
    for (const std::string& file : set.files) {
        auto keys = partition_keys(std::string_view(file).substr(set.base.size() + 1));
        for (const std::string& key : keys) {
            if (contains(outer, key)) {
                return fail(
                    sqlstates::invalid_parameter_value,
                    "cannot read \"" + file + "\": \"" + key + "\" is a key in the path of \"" + set.base + "\", too");
            }
        }
        groups[std::move(keys)].push_back(file);
    }
    std::string query;
    for (const auto& [keys, files] : groups) {
        query += std::string(query.empty() ? "" : " UNION ALL BY NAME ") + "SELECT " +
                 (keys.empty() ? "*" : exclusion(outer)) + " FROM " + read_call(set.reader, files, !keys.empty());
    }
    return query;
}

}  // namespace sluice::duckdb
