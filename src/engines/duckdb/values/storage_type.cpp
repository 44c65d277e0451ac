#include "engines/duckdb/values/storage_type.hpp"

#include <array>
#include <utility>

#include "engines/duckdb/capi/handles.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

struct plain_type {
    duckdb_type id;
    const char* name;
    std::size_t bytes;
};

constexpr auto plain_types = std::to_array<plain_type>({
    {.id = DUCKDB_TYPE_BOOLEAN, .name = "BOOLEAN", .bytes = 1},
    {.id = DUCKDB_TYPE_TINYINT, .name = "TINYINT", .bytes = 1},
    {.id = DUCKDB_TYPE_SMALLINT, .name = "SMALLINT", .bytes = 2},
    {.id = DUCKDB_TYPE_INTEGER, .name = "INTEGER", .bytes = 4},
    {.id = DUCKDB_TYPE_BIGINT, .name = "BIGINT", .bytes = 8},
    {.id = DUCKDB_TYPE_HUGEINT, .name = "HUGEINT", .bytes = 16},
    {.id = DUCKDB_TYPE_UTINYINT, .name = "UTINYINT", .bytes = 1},
    {.id = DUCKDB_TYPE_USMALLINT, .name = "USMALLINT", .bytes = 2},
    {.id = DUCKDB_TYPE_UINTEGER, .name = "UINTEGER", .bytes = 4},
    {.id = DUCKDB_TYPE_UBIGINT, .name = "UBIGINT", .bytes = 8},
    {.id = DUCKDB_TYPE_UHUGEINT, .name = "UHUGEINT", .bytes = 16},
    {.id = DUCKDB_TYPE_FLOAT, .name = "FLOAT", .bytes = 4},
    {.id = DUCKDB_TYPE_DOUBLE, .name = "DOUBLE", .bytes = 8},
    {.id = DUCKDB_TYPE_DATE, .name = "DATE", .bytes = 4},
    {.id = DUCKDB_TYPE_TIME, .name = "TIME", .bytes = 8},
    {.id = DUCKDB_TYPE_TIME_NS, .name = "TIME_NS", .bytes = 8},
    {.id = DUCKDB_TYPE_TIME_TZ, .name = "TIMETZ", .bytes = 8},
    {.id = DUCKDB_TYPE_TIMESTAMP, .name = "TIMESTAMP", .bytes = 8},
    {.id = DUCKDB_TYPE_TIMESTAMP_S, .name = "TIMESTAMP_S", .bytes = 8},
    {.id = DUCKDB_TYPE_TIMESTAMP_MS, .name = "TIMESTAMP_MS", .bytes = 8},
    {.id = DUCKDB_TYPE_TIMESTAMP_NS, .name = "TIMESTAMP_NS", .bytes = 8},
    {.id = DUCKDB_TYPE_TIMESTAMP_TZ, .name = "TIMESTAMPTZ", .bytes = 8},
    {.id = DUCKDB_TYPE_INTERVAL, .name = "INTERVAL", .bytes = 16},
    {.id = DUCKDB_TYPE_UUID, .name = "UUID", .bytes = 16},
    {.id = DUCKDB_TYPE_VARCHAR, .name = "VARCHAR", .bytes = 16},
    {.id = DUCKDB_TYPE_BLOB, .name = "BLOB", .bytes = 16},
    {.id = DUCKDB_TYPE_BIT, .name = "BIT", .bytes = 16},
    {.id = DUCKDB_TYPE_BIGNUM, .name = "BIGNUM", .bytes = 16},
    {.id = DUCKDB_TYPE_GEOMETRY, .name = "GEOMETRY", .bytes = 16},
    {.id = DUCKDB_TYPE_VARIANT, .name = "VARIANT", .bytes = 64},
    {.id = DUCKDB_TYPE_SQLNULL, .name = "INTEGER", .bytes = 4},
});

const plain_type* find_plain(duckdb_type id) {
    for (const plain_type& known : plain_types) {
        if (known.id == id) {
            return &known;
        }
    }
    return nullptr;
}

bool is_text(duckdb_type id) {
    return id == DUCKDB_TYPE_VARCHAR || id == DUCKDB_TYPE_BLOB || id == DUCKDB_TYPE_BIT || id == DUCKDB_TYPE_BIGNUM ||
           id == DUCKDB_TYPE_GEOMETRY;
}

// Members of row(...) have no names, but a table needs them.
std::string member_name(char* name, idx_t index) {
    const std::string given = take_text(name);
    return postgres::quote_identifier(given.empty() ? "f" + std::to_string(index + 1) : given);
}

result<std::string> members(duckdb_logical_type type, idx_t count, char* (*name_of)(duckdb_logical_type, idx_t),
                            duckdb_logical_type (*type_of)(duckdb_logical_type, idx_t)) {
    std::string list;
    for (idx_t i = 0; i < count; ++i) {
        const owned_type member(type_of(type, i));
        TRY_ASSIGN(const std::string text, storage_type(member.get()));
        list += (i == 0 ? "" : ", ") + member_name(name_of(type, i), i) + " " + text;
    }
    return list;
}

std::string enum_values(duckdb_logical_type type) {
    std::string list;
    for (idx_t i = 0; i < duckdb_enum_dictionary_size(type); ++i) {
        list += (i == 0 ? "" : ", ") + postgres::quote_literal(take_text(duckdb_enum_dictionary_value(type, i)));
    }
    return list;
}

std::size_t texts_bytes(duckdb_vector vector, idx_t rows) {
    const auto* texts = static_cast<const duckdb_string_t*>(duckdb_vector_get_data(vector));
    auto* validity = duckdb_vector_get_validity(vector);
    std::size_t bytes = rows * sizeof(duckdb_string_t);
    for (idx_t row = 0; row < rows; ++row) {
        const bool valid = validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0;
        bytes += valid ? texts[row].value.inlined.length : 0;
    }
    return bytes;
}

std::size_t list_bytes(duckdb_logical_type type, duckdb_vector vector, idx_t rows) {
    const owned_type child(duckdb_get_type_id(type) == DUCKDB_TYPE_MAP ? nullptr : duckdb_list_type_child_type(type));
    const idx_t elements = duckdb_list_vector_get_size(vector);
    const std::size_t entries = rows * sizeof(duckdb_list_entry);
    duckdb_vector values = duckdb_list_vector_get_child(vector);
    if (child) {
        return entries + vector_bytes(child.get(), values, elements);
    }
    const owned_type key(duckdb_map_type_key_type(type));
    const owned_type value(duckdb_map_type_value_type(type));
    return entries + vector_bytes(key.get(), duckdb_struct_vector_get_child(values, 0), elements) +
           vector_bytes(value.get(), duckdb_struct_vector_get_child(values, 1), elements);
}

}  // namespace

result<std::string> storage_type(duckdb_logical_type type) {
    const duckdb_type id = duckdb_get_type_id(type);
    switch (id) {
        case DUCKDB_TYPE_VARCHAR:
            return take_text(duckdb_logical_type_get_alias(type)) == "JSON" ? "JSON" : "VARCHAR";
        case DUCKDB_TYPE_DECIMAL:
            return "DECIMAL(" + std::to_string(duckdb_decimal_width(type)) + "," +
                   std::to_string(duckdb_decimal_scale(type)) + ")";
        case DUCKDB_TYPE_ENUM:
            return "ENUM(" + enum_values(type) + ")";
        case DUCKDB_TYPE_LIST: {
            const owned_type child(duckdb_list_type_child_type(type));
            TRY_ASSIGN(const std::string text, storage_type(child.get()));
            return text + "[]";
        }
        case DUCKDB_TYPE_ARRAY: {
            const owned_type child(duckdb_array_type_child_type(type));
            TRY_ASSIGN(const std::string text, storage_type(child.get()));
            return text + "[" + std::to_string(duckdb_array_type_array_size(type)) + "]";
        }
        case DUCKDB_TYPE_MAP: {
            const owned_type key(duckdb_map_type_key_type(type));
            const owned_type value(duckdb_map_type_value_type(type));
            TRY_ASSIGN(const std::string key_text, storage_type(key.get()));
            TRY_ASSIGN(const std::string value_text, storage_type(value.get()));
            return "MAP(" + key_text + ", " + value_text + ")";
        }
        case DUCKDB_TYPE_STRUCT: {
            TRY_ASSIGN(const std::string list, members(type, duckdb_struct_type_child_count(type),
                                                       duckdb_struct_type_child_name, duckdb_struct_type_child_type));
            return "STRUCT(" + list + ")";
        }
        case DUCKDB_TYPE_UNION: {
            TRY_ASSIGN(const std::string list, members(type, duckdb_union_type_member_count(type),
                                                       duckdb_union_type_member_name, duckdb_union_type_member_type));
            return "UNION(" + list + ")";
        }
        default:
            break;
    }
    if (const plain_type* known = find_plain(id)) {
        return known->name;
    }
    return fail(sqlstates::feature_not_supported, "a column has a type that cannot be stored");
}

std::size_t vector_bytes(duckdb_logical_type type, duckdb_vector vector, idx_t rows) {
    const duckdb_type id = duckdb_get_type_id(type);
    if (is_text(id)) {
        return texts_bytes(vector, rows);
    }
    switch (id) {
        case DUCKDB_TYPE_DECIMAL:
        case DUCKDB_TYPE_ENUM:
            return rows * 8;
        case DUCKDB_TYPE_LIST:
        case DUCKDB_TYPE_MAP:
            return list_bytes(type, vector, rows);
        case DUCKDB_TYPE_ARRAY: {
            const owned_type child(duckdb_array_type_child_type(type));
            return vector_bytes(child.get(), duckdb_array_vector_get_child(vector),
                                rows * duckdb_array_type_array_size(type));
        }
        case DUCKDB_TYPE_STRUCT: {
            std::size_t bytes = 0;
            for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
                const owned_type child(duckdb_struct_type_child_type(type, i));
                bytes += vector_bytes(child.get(), duckdb_struct_vector_get_child(vector, i), rows);
            }
            return bytes;
        }
        case DUCKDB_TYPE_UNION: {
            std::size_t bytes = rows;  // the tags are the first child
            for (idx_t i = 0; i < duckdb_union_type_member_count(type); ++i) {
                const owned_type child(duckdb_union_type_member_type(type, i));
                bytes += vector_bytes(child.get(), duckdb_struct_vector_get_child(vector, i + 1), rows);
            }
            return bytes;
        }
        default:
            break;
    }
    const plain_type* known = find_plain(id);
    return rows * (known == nullptr ? std::size_t{16} : known->bytes);
}

}  // namespace sluice::duckdb
