// types.hpp - PostgreSQL's built-in types, in one table: numbers, names, sizes.
//
// Use:     column.type == type_oids::timestamptz; find_type(1184)->sql_name → "timestamp with time zone"
//          type_oid_of_name("integer[]") → 1007; type_name_of_oid(1007) → "integer[]"
// Bounds:  the types that clients declare for parameters and that results have, and their arrays.
// Source:  PostgreSQL 15, pg_type.dat and format_type().
// Threads: plain functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::postgres {

using oid = std::uint32_t;  // of a type, as in pg_type

namespace type_oids {
inline constexpr oid boolean = 16;
inline constexpr oid bytea = 17;
inline constexpr oid single_char = 18;
inline constexpr oid name = 19;
inline constexpr oid int8 = 20;
inline constexpr oid int2 = 21;
inline constexpr oid int4 = 23;
inline constexpr oid regproc = 24;
inline constexpr oid text = 25;
inline constexpr oid object_id = 26;
inline constexpr oid tid = 27;
inline constexpr oid json = 114;
inline constexpr oid float4 = 700;
inline constexpr oid float8 = 701;
inline constexpr oid unknown = 705;
inline constexpr oid bpchar = 1042;
inline constexpr oid varchar = 1043;
inline constexpr oid date = 1082;
inline constexpr oid time = 1083;
inline constexpr oid timestamp = 1114;
inline constexpr oid timestamptz = 1184;
inline constexpr oid interval = 1186;
inline constexpr oid timetz = 1266;
inline constexpr oid bit = 1560;
inline constexpr oid varbit = 1562;
inline constexpr oid numeric = 1700;
inline constexpr oid regclass = 2205;
inline constexpr oid regtype = 2206;
inline constexpr oid uuid = 2950;
inline constexpr oid jsonb = 3802;
}  // namespace type_oids

struct type_facts {
    oid number = 0;
    oid array = 0;                // of the array with such elements; 0: there is none
    std::string_view name;        // typname
    std::string_view sql_name;    // as format_type() prints it
    std::int16_t size_bytes = 0;  // typlen; negative: variable
    char category = 'U';          // typcategory
};

[[nodiscard]] std::span<const type_facts> all_types();
// nullptr: not in the table, or an array.
[[nodiscard]] const type_facts* find_type(oid number);
// By its name in pg_type or in SQL, in lower case; nullptr: not in the table.
[[nodiscard]] const type_facts* find_type(std::string_view lower);
// The type of an array's elements; nullptr: not an array.
[[nodiscard]] const type_facts* find_element_type(oid array);
// 0: there is none.
[[nodiscard]] oid array_type_of(oid element);

// The value of 'name'::regtype::oid; also for SQL's own names (character varying) and arrays (x[], _x).
[[nodiscard]] std::optional<oid> type_oid_of_name(std::string_view name);
// The value of oid::regtype::text.
[[nodiscard]] std::optional<std::string> type_name_of_oid(oid number);

}  // namespace sluice::postgres
