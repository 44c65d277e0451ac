#include "engines/duckdb/values/types.hpp"

#include <memory>
#include <type_traits>
#include <utility>

#include "analysis/builtin/builtin_rows.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/values/named_type.hpp"

namespace sluice::duckdb {
namespace {

struct logical_type_deleter {
    void operator()(duckdb_logical_type type) const { duckdb_destroy_logical_type(&type); }
};
using owned_logical_type = std::unique_ptr<std::remove_pointer_t<duckdb_logical_type>, logical_type_deleter>;

backend::oid scalar_oid(duckdb_logical_type type) {
    switch (duckdb_get_type_id(type)) {
        case DUCKDB_TYPE_BOOLEAN:
            return type_oids::boolean;
        case DUCKDB_TYPE_TINYINT:
        case DUCKDB_TYPE_UTINYINT:
        case DUCKDB_TYPE_SMALLINT:
            return type_oids::int2;
        case DUCKDB_TYPE_USMALLINT:
        case DUCKDB_TYPE_INTEGER:
            return type_oids::int4;
        case DUCKDB_TYPE_UINTEGER:
        case DUCKDB_TYPE_BIGINT:
            return type_oids::int8;
        case DUCKDB_TYPE_UBIGINT:
        case DUCKDB_TYPE_HUGEINT:
        case DUCKDB_TYPE_UHUGEINT:
        case DUCKDB_TYPE_BIGNUM:
        case DUCKDB_TYPE_DECIMAL:
            return type_oids::numeric;
        case DUCKDB_TYPE_FLOAT:
            return type_oids::float4;
        case DUCKDB_TYPE_DOUBLE:
            return type_oids::float8;
        case DUCKDB_TYPE_BLOB:
        case DUCKDB_TYPE_GEOMETRY:
            return type_oids::bytea;
        case DUCKDB_TYPE_DATE:
            return type_oids::date;
        case DUCKDB_TYPE_TIME:
        case DUCKDB_TYPE_TIME_NS:
            return type_oids::time;
        case DUCKDB_TYPE_TIME_TZ:
            return type_oids::timetz;
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_S:
        case DUCKDB_TYPE_TIMESTAMP_MS:
        case DUCKDB_TYPE_TIMESTAMP_NS:
            return type_oids::timestamp;
        case DUCKDB_TYPE_TIMESTAMP_TZ:
            return type_oids::timestamptz;
        case DUCKDB_TYPE_INTERVAL:
            return type_oids::interval;
        case DUCKDB_TYPE_UUID:
            return type_oids::uuid;
        case DUCKDB_TYPE_BIT:
            return type_oids::varbit;
        case DUCKDB_TYPE_STRUCT:
        case DUCKDB_TYPE_MAP:
        case DUCKDB_TYPE_UNION:
        case DUCKDB_TYPE_VARIANT:
            return type_oids::json;
        case DUCKDB_TYPE_VARCHAR:
            return type_oids::text;
        default:  // ENUM, NULL, and types that no column has
            return type_oids::text;
    }
}

}  // namespace

type_description describe_type(duckdb_logical_type type) {
    const duckdb_type id = duckdb_get_type_id(type);
    if (id == DUCKDB_TYPE_LIST || id == DUCKDB_TYPE_ARRAY) {
        const owned_logical_type child(id == DUCKDB_TYPE_LIST ? duckdb_list_type_child_type(type)
                                                              : duckdb_array_type_child_type(type));
        const type_description inner = describe_type(child.get());
        if (inner.element != 0) {  // PostgreSQL has one array type for all numbers of dimensions
            return inner;
        }
        return {.type = postgres::array_type_of(inner.type),
                .size_bytes = -1,
                .modifier = inner.modifier,
                .element = inner.type};
    }
    const std::string alias = take_text(duckdb_logical_type_get_alias(type));
    if (const auto named = alias.empty() ? std::nullopt : parse_alias(alias)) {
        const analysis::type_row* const facts = analysis::find_type(named->type);
        return {.type = named->type, .size_bytes = facts->size_bytes, .modifier = named->modifier};
    }
    type_description description{.type = scalar_oid(type)};
    const analysis::type_row* const facts = analysis::find_type(description.type);
    description.size_bytes = facts == nullptr ? std::int16_t{-1} : facts->size_bytes;
    if (id == DUCKDB_TYPE_DECIMAL) {
        description.modifier = ((duckdb_decimal_width(type) << 16) | duckdb_decimal_scale(type)) + 4;
    }
    return description;
}

backend::column describe_column(std::string name, duckdb_logical_type type) {
    const type_description description = describe_type(type);
    return {.name = std::move(name),
            .type = description.type,
            .type_size_bytes = description.size_bytes,
            .type_modifier = description.modifier};
}

}  // namespace sluice::duckdb
