#include "engines/duckdb/dialect/catalog_lookups.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "engines/duckdb/dialect/catalog_views.hpp"

namespace sluice::duckdb {

namespace {

constexpr std::string_view outside_suffix = "_of_value";  // of the form with its arguments outside

struct lookup {
    std::string_view name;
    std::array<std::string_view, 2> parameters;  // at most two lists; the keys come first
    std::string_view source;                     // a table, named sluice_source
    std::array<std::string_view, 2> keys;        // its columns
    std::string_view value;                      // one for each key
};

constexpr std::string_view constraints = "sluice_catalog.constraint_list";
constexpr std::string_view indexes = "sluice_catalog.index_list";
constexpr std::string_view classes = "sluice_catalog.pg_class";
constexpr std::string_view bytes = "max(sluice_source.relpages) * 8192";

constexpr auto lookups = std::to_array<lookup>({
    {.name = "col_description",
     .parameters = {"relation, number"},
     .source = "sluice_catalog.pg_description",
     .keys = {"objoid", "objsubid"},
     .value = "min(sluice_source.description)"},
    {.name = "obj_description",
     .parameters = {"object", "object, catalog"},
     .source = "(SELECT objoid, description FROM sluice_catalog.pg_description WHERE objsubid = 0)",
     .keys = {"objoid"},
     .value = "min(sluice_source.description)"},
    {.name = "pg_get_constraintdef",
     .parameters = {"number", "number, pretty"},
     .source = constraints,
     .keys = {"oid"},
     .value = "min(sluice_source.definition)"},
    {.name = "pg_get_indexdef",
     .parameters = {"number", "number, part, pretty"},
     .source = indexes,
     .keys = {"indexrelid"},
     .value = "min(sluice_source.definition)"},
    {.name = "pg_get_viewdef",
     .parameters = {"number", "number, pretty"},
     .source = "duckdb_views()",
     .keys = {"view_oid"},
     .value = "min(sluice_source.sql)"},
    {.name = "pg_relation_size",
     .parameters = {"relation", "relation, fork"},
     .source = classes,
     .keys = {"oid"},
     .value = bytes},
    {.name = "pg_table_size", .parameters = {"relation"}, .source = classes, .keys = {"oid"}, .value = bytes},
    {.name = "pg_total_relation_size", .parameters = {"relation"}, .source = classes, .keys = {"oid"}, .value = bytes},
    // Casts of numbers to regclass and regnamespace, and back to text.
    {.name = "relation_name",
     .parameters = {"number"},
     .source = classes,
     .keys = {"oid"},
     .value = "min(sluice_source.relname)"},
    {.name = "schema_name",
     .parameters = {"number"},
     .source = "sluice_catalog.pg_namespace",
     .keys = {"oid"},
     .value = "min(sluice_source.nspname)"},
});
static_assert(std::ranges::is_sorted(lookups, {}, &lookup::name));

const lookup* find(std::string_view name) {
    const auto* const found = std::ranges::lower_bound(lookups, name, {}, &lookup::name);
    return found != lookups.end() && found->name == name ? found : nullptr;
}

// The first names of "a, b, c", one for each key, each as a number.
std::vector<std::string> key_arguments(const lookup& of, std::string_view parameters) {
    std::vector<std::string> arguments;
    for (const std::string_view key : of.keys) {
        if (!key.empty()) {
            const std::string_view parameter = parameters.substr(0, parameters.find(", "));
            arguments.push_back("CAST(" + std::string(parameter) + " AS BIGINT)");
            parameters.remove_prefix(std::min(parameters.size(), parameter.size() + 2));
        }
    }
    return arguments;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : std::string(separator)) + part;
    }
    return text;
}

std::string inside_form(const lookup& of, std::string_view parameters) {
    std::vector<std::string> names;
    std::vector<std::string> conditions;
    const std::vector<std::string> arguments = key_arguments(of, parameters);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        names.push_back("sluice_argument_" + std::to_string(i + 1));
        conditions.push_back("sluice_source." + std::string(of.keys.at(i)) + " = sluice_arguments." + names.back());
    }
    return "(SELECT " + std::string(of.value) + " FROM (SELECT " + joined(arguments, ", ") + ") AS sluice_arguments(" +
           joined(names, ", ") + "), " + std::string(of.source) + " AS sluice_source WHERE " +
           joined(conditions, " AND ") + ")";
}

std::string outside_form(const lookup& of, std::string_view parameters) {
    std::vector<std::string> keys;
    for (const std::string_view key : of.keys) {
        if (!key.empty()) {
            keys.push_back("CAST(sluice_source." + std::string(key) + " AS BIGINT)");
        }
    }
    std::string key = joined(keys, ", ");
    std::string wanted = joined(key_arguments(of, parameters), ", ");
    if (keys.size() > 1) {
        key = "concat_ws(':', " + key + ")";
        wanted = "concat_ws(':', " + wanted + ")";
    }
    return "(SELECT map_from_entries(list((sluice_entries.key, sluice_entries.value))) FROM (SELECT " + key + ", " +
           std::string(of.value) + " FROM " + std::string(of.source) +
           " AS sluice_source GROUP BY ALL) AS sluice_entries(key, value))[" + wanted + "]";
}

std::string definition(const lookup& of, std::string_view suffix, auto form) {
    std::string sql = "CREATE MACRO " + std::string(catalog_name) + "." + std::string(of.name) + std::string(suffix);
    std::string_view separator;
    for (const std::string_view parameters : of.parameters) {
        if (!parameters.empty()) {
            sql += std::string(separator) + "(" + std::string(parameters) + ") AS " + form(of, parameters);
            separator = ", ";
        }
    }
    return sql;
}

}  // namespace

bool is_client_lookup(std::string_view lower) {
    return (lower.starts_with("pg_") || lower.ends_with("_description")) && find(lower) != nullptr;
}

std::string catalog_call(std::string_view name, std::span<const std::string> arguments) {
    const bool outside = find(name) != nullptr &&
                         std::ranges::any_of(arguments, [](const std::string& each) { return each.contains('('); });
    return std::string(catalog_name) + "." + std::string(name) + std::string(outside ? outside_suffix : "") + "(" +
           joined({arguments.begin(), arguments.end()}, ", ") + ")";
}

std::vector<std::string> lookup_definitions() {
    std::vector<std::string> definitions;
    for (const lookup& each : lookups) {
        definitions.push_back(definition(each, "", inside_form));
        definitions.push_back(definition(each, outside_suffix, outside_form));
    }
    return definitions;
}

std::vector<std::string> lookup_functions() {
    std::vector<std::string> names;
    for (const lookup& each : lookups) {
        names.emplace_back(each.name);
        names.push_back(std::string(each.name) + std::string(outside_suffix));
    }
    return names;
}

}  // namespace sluice::duckdb
