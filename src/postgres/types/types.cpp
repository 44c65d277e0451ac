#include "postgres/types/types.hpp"

#include <algorithm>
#include <array>

#include "postgres/lex/quote.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::postgres {

namespace {

struct known_type {
    std::uint32_t oid;
    std::uint32_t array_oid;
    std::string_view name;      // as in pg_type
    std::string_view sql_name;  // as format_type() prints it
    int size_bytes;             // typlen
    char category;              // typcategory
};

constexpr known_type type(std::uint32_t oid, std::uint32_t array_oid, std::string_view name, std::string_view sql_name,
                          int size_bytes, char category) {
    return {.oid = oid,
            .array_oid = array_oid,
            .name = name,
            .sql_name = sql_name,
            .size_bytes = size_bytes,
            .category = category};
}

constexpr auto known_types = std::to_array<known_type>({
    type(16, 1000, "bool", "boolean", 1, 'B'),
    type(17, 1001, "bytea", "bytea", -1, 'U'),
    type(18, 1002, "char", "\"char\"", 1, 'Z'),
    type(19, 1003, "name", "name", 64, 'S'),
    type(20, 1016, "int8", "bigint", 8, 'N'),
    type(21, 1005, "int2", "smallint", 2, 'N'),
    type(23, 1007, "int4", "integer", 4, 'N'),
    type(24, 1008, "regproc", "regproc", 4, 'N'),
    type(25, 1009, "text", "text", -1, 'S'),
    type(26, 1028, "oid", "oid", 4, 'N'),
    type(27, 1010, "tid", "tid", 6, 'U'),
    type(114, 199, "json", "json", -1, 'U'),
    type(700, 1021, "float4", "real", 4, 'N'),
    type(701, 1022, "float8", "double precision", 8, 'N'),
    type(705, 0, "unknown", "unknown", -2, 'X'),
    type(1042, 1014, "bpchar", "character", -1, 'S'),
    type(1043, 1015, "varchar", "character varying", -1, 'S'),
    type(1082, 1182, "date", "date", 4, 'D'),
    type(1083, 1183, "time", "time without time zone", 8, 'D'),
    type(1114, 1115, "timestamp", "timestamp without time zone", 8, 'D'),
    type(1184, 1185, "timestamptz", "timestamp with time zone", 8, 'D'),
    type(1186, 1187, "interval", "interval", 16, 'T'),
    type(1266, 1270, "timetz", "time with time zone", 12, 'D'),
    type(1560, 1561, "bit", "bit", -1, 'V'),
    type(1562, 1563, "varbit", "bit varying", -1, 'V'),
    type(1700, 1231, "numeric", "numeric", -1, 'N'),
    type(2205, 2210, "regclass", "regclass", 4, 'N'),
    type(2206, 2211, "regtype", "regtype", 4, 'N'),
    type(2950, 2951, "uuid", "uuid", 16, 'U'),
    type(3802, 3807, "jsonb", "jsonb", -1, 'U'),
});

struct replaced_type {
    std::string_view name;
    std::string_view other_name;
};
constexpr replaced_type instead(std::string_view name, std::string_view other_name) {
    return {.name = name, .other_name = other_name};
}

// Other spellings that PostgreSQL's grammar has, for 'name'::regtype.
constexpr auto spellings = std::to_array<replaced_type>({
    instead("char", "bpchar"),
    instead("decimal", "numeric"),
    instead("float", "float8"),
    instead("int", "int4"),
});

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

const known_type* find_by_name(std::string_view lower) {
    const auto matches = [&](const known_type& type) { return type.name == lower || type.sql_name == lower; };
    for (const replaced_type& spelling : spellings) {
        if (spelling.name == lower) {
            lower = spelling.other_name;
            break;
        }
    }
    const auto* found = std::ranges::find_if(known_types, matches);
    return found == known_types.end() ? nullptr : found;
}

// format_type() of one type.
std::string name_with_modifier(const known_type& type, std::string_view suffix) {
    const std::string name(type.sql_name);
    std::string plain = quote_literal(name + std::string(suffix));
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
    return find_by_name(lower) != nullptr ||
           std::ranges::any_of(replaced_types, [&](const replaced_type& type) { return type.name == lower; }) ||
           (lower.starts_with('_') && find_by_name(lower.substr(1)) != nullptr);
}

std::optional<std::uint32_t> type_oid_of_name(std::string_view name) {
    std::string lower = base::lower_case(name);
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
    std::string name = "CASE sluice_type.oid WHEN 0 THEN '-'";
    for (const known_type& type : known_types) {
        name += " WHEN " + std::to_string(type.oid) + " THEN " + name_with_modifier(type, "");
        if (type.array_oid != 0) {
            name += " WHEN " + std::to_string(type.array_oid) + " THEN " + name_with_modifier(type, "[]");
        }
    }
    name +=
        " ELSE CASE WHEN sluice_type.oid IS NOT NULL THEN '"
        "???"
        "' END END";
    // Each expression stands once: it may be long, and hold another of these. As in catalog_lookups.hpp there are two
    // forms, in neither of which a name in them can be captured.
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
    for (const known_type& type : known_types) {
        const auto add = [&](std::uint32_t oid, const std::string& name, int size_bytes, char category,
                             std::uint32_t element, std::uint32_t array) {
            rows += (rows.empty() ? "(" : ", (") + std::to_string(oid) + ", " + quote_literal(name) + ", " +
                    std::to_string(size_bytes) + ", " + quote_literal(std::string(1, category)) + ", " +
                    std::to_string(element) + ", " + std::to_string(array) + ")";
        };
        add(type.oid, std::string(type.name), type.size_bytes, type.category, 0, type.array_oid);
        if (type.array_oid != 0) {
            add(type.array_oid, "_" + std::string(type.name), -1, 'A', type.oid, 0);
        }
    }
    return rows;
}

std::string to_regtype_sql(std::string_view name) {
    std::string sql = "(CASE lower(" + std::string(name) + ")";
    for (const known_type& type : known_types) {
        const auto add = [&](const std::string& spelled, std::uint32_t oid) {
            sql += " WHEN " + quote_literal(spelled) + " THEN " + std::to_string(oid);
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

}  // namespace sluice::postgres
