#include "sql/type_names.hpp"

#include <algorithm>
#include <array>

#include "sql/token_cursor.hpp"

namespace sluice::sql {

namespace {

struct known_type {
    std::uint32_t oid;
    std::uint32_t array_oid;
    std::string_view name;      // as in pg_type
    std::string_view sql_name;  // as format_type() prints it
};

constexpr auto known_types = std::to_array<known_type>({
    {16, 1000, "bool", "boolean"},
    {17, 1001, "bytea", "bytea"},
    {18, 1002, "char", "\"char\""},
    {19, 1003, "name", "name"},
    {20, 1016, "int8", "bigint"},
    {21, 1005, "int2", "smallint"},
    {23, 1007, "int4", "integer"},
    {24, 1008, "regproc", "regproc"},
    {25, 1009, "text", "text"},
    {26, 1028, "oid", "oid"},
    {114, 199, "json", "json"},
    {700, 1021, "float4", "real"},
    {701, 1022, "float8", "double precision"},
    {705, 0, "unknown", "unknown"},
    {1042, 1014, "bpchar", "character"},
    {1043, 1015, "varchar", "character varying"},
    {1082, 1182, "date", "date"},
    {1083, 1183, "time", "time without time zone"},
    {1114, 1115, "timestamp", "timestamp without time zone"},
    {1184, 1185, "timestamptz", "timestamp with time zone"},
    {1186, 1187, "interval", "interval"},
    {1266, 1270, "timetz", "time with time zone"},
    {1560, 1561, "bit", "bit"},
    {1562, 1563, "varbit", "bit varying"},
    {1700, 1231, "numeric", "numeric"},
    {2205, 2210, "regclass", "regclass"},
    {2206, 2211, "regtype", "regtype"},
    {2950, 2951, "uuid", "uuid"},
    {3802, 3807, "jsonb", "jsonb"},
});

struct replaced_type {
    std::string_view name;
    std::string_view duckdb_name;
};

// Other spellings that PostgreSQL's grammar has, for 'name'::regtype.
constexpr auto spellings = std::to_array<replaced_type>({
    {"char", "bpchar"},
    {"decimal", "numeric"},
    {"float", "float8"},
    {"int", "int4"},
});

// Names that DuckDB 1.5 lacks.
constexpr auto replaced_types = std::to_array<replaced_type>({
    {"cid", "BIGINT"},
    {"citext", "VARCHAR"},
    {"jsonb", "JSON"},
    {"name", "VARCHAR"},
    {"sql_identifier", "VARCHAR"},
    {"unknown", "VARCHAR"},
    {"varbit", "BIT"},
    {"xid", "BIGINT"},
    {"xid8", "BIGINT"},
});

const known_type* find_by_name(std::string_view lower) {
    const auto matches = [&](const known_type& type) { return type.name == lower || type.sql_name == lower; };
    for (const replaced_type& spelling : spellings) {
        if (spelling.name == lower) {
            lower = spelling.duckdb_name;
            break;
        }
    }
    const auto* found = std::ranges::find_if(known_types, matches);
    return found == known_types.end() ? nullptr : found;
}

std::string quoted(std::string_view text) {
    return "'" + std::string(text) + "'";
}

// format_type() of one type.
std::string name_with_modifier(const known_type& type, std::string_view suffix) {
    const std::string name(type.sql_name);
    const std::string plain = quoted(name + std::string(suffix));
    const std::string end = ")" + std::string(suffix) + "' ELSE " + plain + " END";
    if (type.name == "numeric") {
        return "CASE WHEN sluice_modifier >= 4 THEN 'numeric(' || ((sluice_modifier - 4) >> 16) || ',' || "
               "((sluice_modifier - 4) & 2047) || '" +
               end;
    }
    if (type.name == "varchar" || type.name == "bpchar") {
        return "CASE WHEN sluice_modifier >= 4 THEN '" + name + "(' || (sluice_modifier - 4) || '" + end;
    }
    if (type.name == "bit" || type.name == "varbit") {
        return "CASE WHEN sluice_modifier >= 0 THEN '" + name + "(' || sluice_modifier || '" + end;
    }
    return plain;
}

}  // namespace

std::optional<std::string> duckdb_type_name(std::string_view lower) {
    for (const replaced_type& type : replaced_types) {
        if (type.name == lower) {
            return std::string(type.duckdb_name);
        }
    }
    if (lower.starts_with('_') && is_type_name(lower.substr(1))) {
        const std::string_view element = lower.substr(1);
        return duckdb_type_name(element).value_or(std::string(element)) + "[]";
    }
    return std::nullopt;
}

bool is_type_name(std::string_view lower) {
    return find_by_name(lower) != nullptr ||
           std::ranges::any_of(replaced_types, [&](const replaced_type& type) { return type.name == lower; }) ||
           (lower.starts_with('_') && find_by_name(lower.substr(1)) != nullptr);
}

std::optional<std::uint32_t> type_oid_of_name(std::string_view name) {
    std::string lower = lower_case(name);
    constexpr std::string_view catalog = "pg_catalog.";
    if (lower.starts_with(catalog)) {
        lower.erase(0, catalog.size());
    }
    const bool quoted_char = lower == "\"char\"";
    std::erase(lower, '"');
    std::string_view base = lower;
    const bool brackets = base.ends_with("[]");
    const bool array = brackets || base.starts_with('_');
    base = brackets ? base.substr(0, base.size() - 2) : base.substr(array ? 1 : 0);
    const known_type* type = quoted_char ? &known_types[2] : find_by_name(base);
    if (type == nullptr || (array && type->array_oid == 0)) {
        return std::nullopt;
    }
    return array ? type->array_oid : type->oid;
}

std::optional<std::string> type_name_of_oid(std::uint32_t oid) {
    for (const known_type& type : known_types) {
        if (type.oid == oid) {
            return std::string(type.sql_name);
        }
        if (type.array_oid == oid && oid != 0) {
            return std::string(type.sql_name) + "[]";
        }
    }
    return std::nullopt;
}

std::string format_type_sql(std::string_view oid, std::string_view modifier) {
    // Each expression stands once: it may be long, and hold another of these.
    std::string sql = "(SELECT CASE sluice_oid WHEN 0 THEN '-'";
    for (const known_type& type : known_types) {
        sql += " WHEN " + std::to_string(type.oid) + " THEN " + name_with_modifier(type, "");
        if (type.array_oid != 0) {
            sql += " WHEN " + std::to_string(type.array_oid) + " THEN " + name_with_modifier(type, "[]");
        }
    }
    return sql +
           " ELSE CASE WHEN sluice_oid IS NOT NULL THEN '"
           "???"
           "' END END FROM (SELECT CAST(" +
           std::string(oid) + " AS BIGINT) AS sluice_oid, CAST(" + std::string(modifier) +
           " AS BIGINT) AS sluice_modifier))";
}

std::string to_regtype_sql(std::string_view name) {
    std::string sql = "(CASE lower(" + std::string(name) + ")";
    for (const known_type& type : known_types) {
        const auto add = [&](const std::string& spelled, std::uint32_t oid) {
            sql += " WHEN " + quoted(spelled) + " THEN " + std::to_string(oid);
        };
        add(std::string(type.name), type.oid);
        if (type.sql_name != type.name) {
            add(std::string(type.sql_name), type.oid);
        }
        if (type.array_oid != 0) {
            add(std::string(type.sql_name) + "[]", type.array_oid);
        }
    }
    return sql + " END)";
}

}  // namespace sluice::sql
