#include "engines/duckdb/dialect/driver_queries.hpp"

namespace sluice::postgres {

namespace {

constexpr std::uint32_t oid_array = 1028;

constexpr std::string_view asyncpg_type_lookup = "WITH RECURSIVE typeinfo_tree(";

constexpr std::string_view psql_publications =
    "SELECT pubname\n     , NULL\n     , NULL\nFROM pg_catalog.pg_publication p";

constexpr std::string_view no_publications =
    "SELECT CAST(NULL AS VARCHAR) AS pubname, CAST(NULL AS VARCHAR) AS condition, CAST(NULL AS VARCHAR) AS columns "
    "WHERE false";

// Every array type that results or parameters can have; their element types are built into the driver.
constexpr std::string_view array_types = R"sql(
SELECT t.oid, 'pg_catalog' AS ns, t.name, 'b' AS kind, NULL::BIGINT AS basetype, t.element AS elemtype,
       ',' AS elemdelim, NULL::BIGINT AS range_subtype, NULL::VARCHAR AS attrtypoids, NULL::VARCHAR AS attrnames,
       0 AS depth, NULL::VARCHAR AS basetype_name, t.element_name AS elemtype_name,
       NULL::VARCHAR AS range_subtype_name
FROM (VALUES (1000, '_bool', 16, 'boolean'), (1001, '_bytea', 17, 'bytea'), (1005, '_int2', 21, 'smallint'),
             (1007, '_int4', 23, 'integer'), (1009, '_text', 25, 'text'), (1014, '_bpchar', 1042, 'character'),
             (1015, '_varchar', 1043, 'character varying'), (1016, '_int8', 20, 'bigint'),
             (1021, '_float4', 700, 'real'), (1022, '_float8', 701, 'double precision'),
             (1028, '_oid', 26, 'oid'), (1115, '_timestamp', 1114, 'timestamp without time zone'),
             (1182, '_date', 1082, 'date'), (1183, '_time', 1083, 'time without time zone'),
             (1185, '_timestamptz', 1184, 'timestamp with time zone'), (1187, '_interval', 1186, 'interval'),
             (1231, '_numeric', 1700, 'numeric'), (1270, '_timetz', 1266, 'time with time zone'),
             (1561, '_bit', 1560, 'bit'), (1563, '_varbit', 1562, 'bit varying'), (199, '_json', 114, 'json'),
             (2951, '_uuid', 2950, 'uuid'), (3807, '_jsonb', 3802, 'jsonb'))
     AS t(oid, name, element, element_name)
WHERE list_contains($1::BIGINT[], t.oid)
)sql";

}  // namespace

std::optional<driver_query> find_driver_query(std::string_view text) {
    if (text.starts_with(asyncpg_type_lookup)) {
        return driver_query{.sql = array_types, .parameter_types = {oid_array}};
    }
    if (text.starts_with(psql_publications)) {
        return driver_query{.sql = no_publications, .parameter_types = {}};
    }
    return std::nullopt;
}

}  // namespace sluice::postgres
