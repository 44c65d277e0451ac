#include "engines/duckdb/dialect/type_sql.hpp"

#include <algorithm>
#include <array>

#include "postgres/lex/quote.hpp"
#include "postgres/types/types.hpp"

namespace sluice::duckdb {

namespace {

struct replaced_type {
    std::string_view name;
    std::string_view other_name;
};
constexpr replaced_type instead(std::string_view name, std::string_view other_name) {
    return {.name = name, .other_name = other_name};
}

// Names that DuckDB 1.5 lacks.
constexpr auto replaced_types = std::to_array<replaced_type>({
    instead("cid", "BIGINT"),
    instead("citext", "VARCHAR"),
    instead("jsonb", "JSON"),
    instead("name", "VARCHAR"),
    instead("sql_identifier", "VARCHAR"),
    instead("tid", "VARCHAR"),
    instead("unknown", "VARCHAR"),
    instead("varbit", "BIT"),
    instead("xid", "BIGINT"),
    instead("xid8", "BIGINT"),
});

// The types that a parameter can be cast to. DuckDB lacks the others, or knows their names.
constexpr auto cast_types = std::to_array<replaced_type>({
    instead("bit", "BIT"),
    instead("bool", "BOOLEAN"),
    instead("bpchar", "VARCHAR"),
    instead("bytea", "BLOB"),
    instead("char", "VARCHAR"),
    instead("date", "DATE"),
    instead("float4", "FLOAT"),
    instead("float8", "DOUBLE"),
    instead("int2", "SMALLINT"),
    instead("int4", "INTEGER"),
    instead("int8", "BIGINT"),
    instead("interval", "INTERVAL"),
    instead("json", "JSON"),
    instead("jsonb", "JSON"),
    instead("name", "VARCHAR"),
    instead("oid", "BIGINT"),
    instead("text", "VARCHAR"),
    instead("time", "TIME"),
    instead("timestamp", "TIMESTAMP"),
    instead("timestamptz", "TIMESTAMPTZ"),
    instead("timetz", "TIMETZ"),
    instead("uuid", "UUID"),
    instead("varbit", "BIT"),
    instead("varchar", "VARCHAR"),
});

// format_type() of one type.
std::string name_with_modifier(const postgres::type_facts& type, std::string_view suffix) {
    const std::string name(type.sql_name);
    std::string plain = postgres::quote_literal(name + std::string(suffix));
    const std::string end = ")" + std::string(suffix) + "' ELSE " + plain + " END";
    if (type.name == "numeric") {
        return "CASE WHEN sluice_type.modifier >= 4 THEN 'numeric(' || ((sluice_type.modifier - 4) >> 16) || ',' || "
               "((sluice_type.modifier - 4) & 2047) || '" +
               end;
    }
    if (type.name == "varchar" || type.name == "bpchar") {
        return "CASE WHEN sluice_type.modifier >= 4 THEN '" + name + "(' || (sluice_type.modifier - 4) || '" + end;
    }
    if (type.name == "bit" || type.name == "varbit") {
        return "CASE WHEN sluice_type.modifier >= 0 THEN '" + name + "(' || sluice_type.modifier || '" + end;
    }
    return plain;
}

}  // namespace

std::optional<std::string> duckdb_type_name(std::string_view lower) {
    for (const replaced_type& type : replaced_types) {
        if (type.name == lower) {
            return std::string(type.other_name);
        }
    }
    if (lower.starts_with('_') && is_type_name(lower.substr(1))) {
        const std::string_view element = lower.substr(1);
        return duckdb_type_name(element).value_or(std::string(element)) + "[]";
    }
    return std::nullopt;
}

bool is_type_name(std::string_view lower) {
    return postgres::find_type(lower) != nullptr ||
           std::ranges::any_of(replaced_types, [&](const replaced_type& type) { return type.name == lower; }) ||
           (lower.starts_with('_') && postgres::find_type(lower.substr(1)) != nullptr);
}

std::string cast_type_of(postgres::oid type) {
    const postgres::type_facts* const element = postgres::find_element_type(type);
    const postgres::type_facts* const wanted = element != nullptr ? element : postgres::find_type(type);
    if (wanted == nullptr) {
        return {};
    }
    const auto* const found = std::ranges::find(cast_types, wanted->name, &replaced_type::name);
    return found == cast_types.end() ? std::string()
                                     : std::string(found->other_name) + (element != nullptr ? "[]" : "");
}

std::string format_type_sql(std::string_view oid, std::string_view modifier) {
    std::string name = "CASE sluice_type.oid WHEN 0 THEN '-'";
    for (const postgres::type_facts& type : postgres::all_types()) {
        name += " WHEN " + std::to_string(type.number) + " THEN " + name_with_modifier(type, "");
        if (type.array != 0) {
            name += " WHEN " + std::to_string(type.array) + " THEN " + name_with_modifier(type, "[]");
        }
    }
    name +=
        " ELSE CASE WHEN sluice_type.oid IS NOT NULL THEN '"
        "???"
        "' END END";
    // Each expression appears once: it may be long, and contain another of these calls. As in catalog_lookups.hpp there
    // are two forms, in which no name of the expression can be captured.
    const std::string number = "CAST(" + std::string(oid) + " AS BIGINT)";
    const std::string detail = "CAST(" + std::string(modifier) + " AS BIGINT)";
    if (oid.contains('(') || modifier.contains('(')) {
        return "(list_transform([{'oid': " + number + ", 'modifier': " + detail + "}], lambda sluice_type: " + name +
               "))[1]";
    }
    return "(SELECT " + name + " FROM (SELECT " + number + ", " + detail + ") AS sluice_type(oid, modifier))";
}

std::string type_rows_sql() {
    std::string rows;
    for (const postgres::type_facts& type : postgres::all_types()) {
        const auto add = [&](std::uint32_t oid, const std::string& name, int size_bytes, char category,
                             std::uint32_t element, std::uint32_t array) {
            rows += (rows.empty() ? "(" : ", (") + std::to_string(oid) + ", " + postgres::quote_literal(name) + ", " +
                    std::to_string(size_bytes) + ", " + postgres::quote_literal(std::string(1, category)) + ", " +
                    std::to_string(element) + ", " + std::to_string(array) + ")";
        };
        add(type.number, std::string(type.name), type.size_bytes, type.category, 0, type.array);
        if (type.array != 0) {
            add(type.array, "_" + std::string(type.name), -1, 'A', type.number, 0);
        }
    }
    return rows;
}

std::string to_regtype_sql(std::string_view name) {
    std::string sql = "(CASE lower(" + std::string(name) + ")";
    for (const postgres::type_facts& type : postgres::all_types()) {
        const auto add = [&](const std::string& spelled, std::uint32_t oid) {
            sql += " WHEN " + postgres::quote_literal(spelled) + " THEN " + std::to_string(oid);
        };
        add(std::string(type.name), type.number);
        if (type.sql_name != type.name) {
            add(std::string(type.sql_name), type.number);
        }
        if (type.array != 0) {
            add(std::string(type.sql_name) + "[]", type.array);
        }
    }
    return sql + " END)";
}

std::string array_rows_sql() {
    std::string rows;
    for (const postgres::type_facts& type : postgres::all_types()) {
        if (type.array != 0 && !cast_type_of(type.array).empty()) {
            rows += (rows.empty() ? "(" : ", (") + std::to_string(type.array) + ", " +
                    postgres::quote_literal("_" + std::string(type.name)) + ", " + std::to_string(type.number) + ", " +
                    postgres::quote_literal(type.sql_name) + ")";
        }
    }
    return rows;
}

}  // namespace sluice::duckdb
