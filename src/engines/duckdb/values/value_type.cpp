#include "engines/duckdb/values/value_type.hpp"

#include <memory>
#include <string_view>
#include <type_traits>

#include "engines/duckdb/values/types.hpp"

namespace sluice::duckdb {
namespace {

struct logical_type_deleter {
    void operator()(duckdb_logical_type type) const { duckdb_destroy_logical_type(&type); }
};
using owned_logical_type = std::unique_ptr<std::remove_pointer_t<duckdb_logical_type>, logical_type_deleter>;

value_type read_owned(duckdb_logical_type type) {
    return read_value_type(owned_logical_type(type).get());
}

std::string take_string(char* text) {
    std::string copy = text == nullptr ? std::string{} : std::string(text);
    duckdb_free(text);
    return copy;
}

value_kind integer_kind(duckdb_type physical, value_kind of16, value_kind of32, value_kind of64, value_kind of128) {
    switch (physical) {
        case DUCKDB_TYPE_SMALLINT:
            return of16;
        case DUCKDB_TYPE_INTEGER:
            return of32;
        case DUCKDB_TYPE_BIGINT:
            return of64;
        default:
            return of128;
    }
}

value_kind text_kind(backend::oid type) {
    switch (type) {
        case type_oids::json:
            return value_kind::json;
        case type_oids::jsonb:
            return value_kind::jsonb;
        case type_oids::numeric:
            return value_kind::numeric_text;
        default:
            return value_kind::varchar;
    }
}

value_kind enum_kind(duckdb_type physical) {
    switch (physical) {
        case DUCKDB_TYPE_UTINYINT:
            return value_kind::enum8;
        case DUCKDB_TYPE_USMALLINT:
            return value_kind::enum16;
        default:
            return value_kind::enum32;
    }
}

value_kind plain_kind(duckdb_type id) {
    switch (id) {
        case DUCKDB_TYPE_BOOLEAN:
            return value_kind::boolean;
        case DUCKDB_TYPE_TINYINT:
            return value_kind::int8;
        case DUCKDB_TYPE_SMALLINT:
            return value_kind::int16;
        case DUCKDB_TYPE_INTEGER:
            return value_kind::int32;
        case DUCKDB_TYPE_BIGINT:
            return value_kind::int64;
        case DUCKDB_TYPE_HUGEINT:
            return value_kind::int128;
        case DUCKDB_TYPE_UTINYINT:
            return value_kind::uint8;
        case DUCKDB_TYPE_USMALLINT:
            return value_kind::uint16;
        case DUCKDB_TYPE_UINTEGER:
            return value_kind::uint32;
        case DUCKDB_TYPE_UBIGINT:
            return value_kind::uint64;
        case DUCKDB_TYPE_UHUGEINT:
            return value_kind::uint128;
        case DUCKDB_TYPE_FLOAT:
            return value_kind::float32;
        case DUCKDB_TYPE_DOUBLE:
            return value_kind::float64;
        case DUCKDB_TYPE_DATE:
            return value_kind::date;
        case DUCKDB_TYPE_TIME:
            return value_kind::time;
        case DUCKDB_TYPE_TIME_NS:
            return value_kind::time_ns;
        case DUCKDB_TYPE_TIME_TZ:
            return value_kind::time_tz;
        case DUCKDB_TYPE_TIMESTAMP:
            return value_kind::timestamp;
        case DUCKDB_TYPE_TIMESTAMP_S:
            return value_kind::timestamp_s;
        case DUCKDB_TYPE_TIMESTAMP_MS:
            return value_kind::timestamp_ms;
        case DUCKDB_TYPE_TIMESTAMP_NS:
            return value_kind::timestamp_ns;
        case DUCKDB_TYPE_TIMESTAMP_TZ:
            return value_kind::timestamp_tz;
        case DUCKDB_TYPE_INTERVAL:
            return value_kind::interval;
        case DUCKDB_TYPE_UUID:
            return value_kind::uuid;
        case DUCKDB_TYPE_VARCHAR:
            return value_kind::varchar;
        case DUCKDB_TYPE_BLOB:
        case DUCKDB_TYPE_GEOMETRY:
            return value_kind::blob;
        case DUCKDB_TYPE_BIT:
            return value_kind::bit;
        case DUCKDB_TYPE_BIGNUM:
            return value_kind::bignum;
        case DUCKDB_TYPE_VARIANT:
            return value_kind::variant;
        case DUCKDB_TYPE_SQLNULL:
            return value_kind::null;
        default:
            return value_kind::unsupported;
    }
}

void read_members(duckdb_logical_type type, value_type& result) {
    const bool is_union = result.kind == value_kind::union_of;
    const idx_t count = is_union ? duckdb_union_type_member_count(type) : duckdb_struct_type_child_count(type);
    for (idx_t i = 0; i < count; ++i) {
        result.names.push_back(
            take_string(is_union ? duckdb_union_type_member_name(type, i) : duckdb_struct_type_child_name(type, i)));
        result.children.push_back(
            read_owned(is_union ? duckdb_union_type_member_type(type, i) : duckdb_struct_type_child_type(type, i)));
    }
}

void read_enum(duckdb_logical_type type, value_type& result) {
    result.kind = enum_kind(duckdb_enum_internal_type(type));
    const std::uint32_t count = duckdb_enum_dictionary_size(type);
    result.names.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        result.names.push_back(take_string(duckdb_enum_dictionary_value(type, i)));
    }
}

}  // namespace

value_type read_value_type(duckdb_logical_type type) {
    const type_description description = describe_type(type);
    value_type result{.element = description.element != 0 ? description.element : description.type};
    const duckdb_type id = duckdb_get_type_id(type);
    switch (id) {
        case DUCKDB_TYPE_DECIMAL:
            result.kind = integer_kind(duckdb_decimal_internal_type(type), value_kind::decimal16, value_kind::decimal32,
                                       value_kind::decimal64, value_kind::decimal128);
            result.width = duckdb_decimal_width(type);
            result.scale = duckdb_decimal_scale(type);
            break;
        case DUCKDB_TYPE_ENUM:
            read_enum(type, result);
            break;
        case DUCKDB_TYPE_LIST:
            result.kind = value_kind::list;
            result.children.push_back(read_owned(duckdb_list_type_child_type(type)));
            break;
        case DUCKDB_TYPE_ARRAY:
            result.kind = value_kind::array;
            result.array_size = duckdb_array_type_array_size(type);
            result.children.push_back(read_owned(duckdb_array_type_child_type(type)));
            break;
        case DUCKDB_TYPE_MAP:
            result.kind = value_kind::map;
            result.children.push_back(read_owned(duckdb_map_type_key_type(type)));
            result.children.push_back(read_owned(duckdb_map_type_value_type(type)));
            break;
        case DUCKDB_TYPE_STRUCT:
            result.kind = value_kind::structure;
            read_members(type, result);
            break;
        case DUCKDB_TYPE_UNION:
            result.kind = value_kind::union_of;
            read_members(type, result);
            break;
        case DUCKDB_TYPE_VARCHAR:
            result.kind = text_kind(description.type);
            break;
        default:
            result.kind = plain_kind(id);
            break;
    }
    return result;
}

namespace {

vector_view view_of_plain(duckdb_vector vector) {
    return {.data = duckdb_vector_get_data(vector), .validity = duckdb_vector_get_validity(vector)};
}

void view_map(const value_type& type, duckdb_vector vector, vector_view& view) {
    duckdb_vector entries = duckdb_list_vector_get_child(vector);
    for (idx_t i = 0; i < 2; ++i) {
        view.children.push_back(view_of(type.children[i], duckdb_struct_vector_get_child(entries, i)));
    }
}

void view_union(const value_type& type, duckdb_vector vector, vector_view& view) {
    view.children.push_back(view_of_plain(duckdb_struct_vector_get_child(vector, 0)));
    for (idx_t i = 0; i < type.children.size(); ++i) {
        view.children.push_back(view_of(type.children[i], duckdb_struct_vector_get_child(vector, i + 1)));
    }
}

// A variant's nine vectors, depth first: keys (list) and their texts; children (list), keys_index, values_index; values
// (list), type_id, byte_offset; data.
void view_variant(duckdb_vector vector, vector_view& view) {
    for (idx_t i = 0; i < 4; ++i) {
        duckdb_vector part = duckdb_struct_vector_get_child(vector, i);
        view.children.push_back(view_of_plain(part));
        if (i == 0) {
            view.children.push_back(view_of_plain(duckdb_list_vector_get_child(part)));
        } else if (i < 3) {
            duckdb_vector pairs = duckdb_list_vector_get_child(part);
            view.children.push_back(view_of_plain(duckdb_struct_vector_get_child(pairs, 0)));
            view.children.push_back(view_of_plain(duckdb_struct_vector_get_child(pairs, 1)));
        }
    }
}

}  // namespace

vector_view view_of(const value_type& type, duckdb_vector vector) {
    vector_view view = view_of_plain(vector);
    switch (type.kind) {
        case value_kind::list:
            view.children.push_back(view_of(type.children[0], duckdb_list_vector_get_child(vector)));
            break;
        case value_kind::array:
            view.children.push_back(view_of(type.children[0], duckdb_array_vector_get_child(vector)));
            break;
        case value_kind::map:
            view_map(type, vector, view);
            break;
        case value_kind::structure:
            for (idx_t i = 0; i < type.children.size(); ++i) {
                view.children.push_back(view_of(type.children[i], duckdb_struct_vector_get_child(vector, i)));
            }
            break;
        case value_kind::union_of:
            view_union(type, vector, view);
            break;
        case value_kind::variant:
            view_variant(vector, view);
            break;
        default:
            break;
    }
    return view;
}

}  // namespace sluice::duckdb
