#include "engines/duckdb/dialect/driver_queries.hpp"

#include "engines/duckdb/dialect/type_sql.hpp"

namespace sluice::duckdb {

namespace {

constexpr std::string_view asyncpg_type_lookup = "WITH RECURSIVE typeinfo_tree(";

constexpr std::string_view psql_publications =
    "SELECT pubname\n     , NULL\n     , NULL\nFROM pg_catalog.pg_publication p";

constexpr std::string_view no_publications =
    "SELECT CAST(NULL AS VARCHAR) AS pubname, CAST(NULL AS VARCHAR) AS condition, CAST(NULL AS VARCHAR) AS columns "
    "WHERE false";

// Every array type that results or parameters can have; their element types are built into the driver.
std::string array_types() {
    return "SELECT t.oid, 'pg_catalog' AS ns, t.name, 'b' AS kind, NULL::BIGINT AS basetype, t.element AS elemtype, "
           "',' AS elemdelim, NULL::BIGINT AS range_subtype, NULL::VARCHAR AS attrtypoids, NULL::VARCHAR AS attrnames, "
           "0 AS depth, NULL::VARCHAR AS basetype_name, t.element_name AS elemtype_name, "
           "NULL::VARCHAR AS range_subtype_name FROM (VALUES " +
           array_rows_sql() + ") AS t(oid, name, element, element_name) WHERE list_contains($1::BIGINT[], t.oid)";
}

}  // namespace

std::optional<driver_query> find_driver_query(std::string_view text) {
    if (text.starts_with(asyncpg_type_lookup)) {
        return driver_query{.sql = array_types(),
                            .parameter_types = {postgres::array_type_of(postgres::type_oids::object_id)}};
    }
    if (text.starts_with(psql_publications)) {
        return driver_query{.sql = std::string(no_publications), .parameter_types = {}};
    }
    return std::nullopt;
}

}  // namespace sluice::duckdb
