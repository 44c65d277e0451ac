// value_type.hpp - a DuckDB logical type, read once into plain data that encoders can switch on.
//
// Problem: asking the C API for scale, dictionary and children of a type allocates; encoders need them for each chunk.
// Use:     const value_type type = read_value_type(logical_type);   // type.kind, type.scale, type.children[0]
// Threads: immutable after it was read.
#pragma once

#include <cstdint>
#include <cstring>
#include <duckdb.h>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"

namespace sluice::duckdb {

// The form and meaning of a value in a vector; decimals and enums by the width of their integers.
enum class value_kind : std::uint8_t {
    null,
    boolean,
    int8,
    int16,
    int32,
    int64,
    int128,
    uint8,
    uint16,
    uint32,
    uint64,
    uint128,
    float32,
    float64,
    decimal16,
    decimal32,
    decimal64,
    decimal128,
    date,
    time,
    time_ns,
    time_tz,
    timestamp,
    timestamp_s,
    timestamp_ms,
    timestamp_ns,
    timestamp_tz,
    interval,
    uuid,
    enum8,
    enum16,
    enum32,
    varchar,
    json,
    jsonb,         // in a VARCHAR
    numeric_text,  // a numeric as its text, in a VARCHAR
    blob,          // GEOMETRY too: its bytes are WKB
    bit,
    bignum,
    list,
    array,
    structure,
    map,
    union_of,
    variant,
    unsupported,  // types that the C API cannot describe: states of aggregates
};

struct value_type {
    value_kind kind = value_kind::null;
    backend::oid element = 0;          // the type's own oid; for lists and arrays that of the innermost element
    std::uint32_t width = 0;           // decimals: digits in all
    std::uint32_t scale = 0;           // decimals: digits behind the point
    std::uint64_t array_size = 0;      // array
    std::vector<value_type> children;  // list and array: 1; map: key and value; structure, union: members
    std::vector<std::string> names;    // of the members, or of an enum's values

    [[nodiscard]] bool is_array() const { return kind == value_kind::list || kind == value_kind::array; }
};

[[nodiscard]] value_type read_value_type(duckdb_logical_type type);

// A vector's parts, fetched once a chunk. `data` is null for structures.
// Children: list and array: the elements; map: keys and values; structure: the members; union: the tags, then the
// members; variant: see encode_variant.cpp.
struct vector_view {
    const void* data = nullptr;
    const std::uint64_t* validity = nullptr;  // null: all rows are valid
    std::vector<vector_view> children;

    [[nodiscard]] bool is_valid(std::uint64_t row) const {
        return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0;
    }
    // The row's value; DuckDB aligns vectors, but values of 16 bytes are copied out to be safe.
    template <typename Value>
    [[nodiscard]] Value at(std::uint64_t row) const {
        Value value;
        std::memcpy(&value, static_cast<const char*>(data) + row * sizeof(Value), sizeof value);
        return value;
    }
};

// The vector must be flat, as the vectors from duckdb_fetch_chunk are (children included).
[[nodiscard]] vector_view view_of(const value_type& type, duckdb_vector vector);

[[nodiscard]] inline std::string_view string_at(const vector_view& view, std::uint64_t row) {
    const auto& text = static_cast<const duckdb_string_t*>(view.data)[row];
    const std::uint32_t length = text.value.inlined.length;
    return {length <= 12 ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

}  // namespace sluice::duckdb
