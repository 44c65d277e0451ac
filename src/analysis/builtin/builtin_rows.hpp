// builtin_rows.hpp - PostgreSQL's built-in types, functions, operators and casts, as its own catalog has them.
//
// Problem: which function, operator or cast a text means follows from some 3,200 functions and 800 operators with exact
//          types. PostgreSQL's initdb reads them from postgres.bki; so does our build (tools/postgres_catalog.py).
// Use:     for (const function_row& each : functions_named("round")) ...; find_cast(type_oids::int4, type_oids::int8)
// Source:  PostgreSQL 15 manual, chapter 53 (System Catalogs), for the meaning of the columns.
// Threads: constants.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "postgres/types/types.hpp"

namespace sluice::analysis {

using postgres::oid;

// pg_type
struct type_row {
    oid number;
    std::string_view name;
    std::int16_t size_bytes;  // negative: variable
    char kind;                // b base, c composite, d domain, e enum, p pseudo-type, r range, m multirange
    char category;
    bool preferred;  // in its category
    char delimiter;  // between elements of arrays
    oid element;     // of arrays and a few others; 0: none
    oid array;       // with such elements; 0: none
    oid collation;   // 0: not collatable
    oid base = 0;    // of a domain: the type below
    std::int32_t base_modifier = -1;
};

// pg_proc, with pg_aggregate
struct function_row {
    oid number;
    std::string_view name;
    char kind;         // f function, a aggregate, w window function, p procedure
    oid variadic;      // type of the elements of the last argument; 0: not variadic
    bool strict;       // NULL for a NULL argument
    bool returns_set;  // of rows
    char volatility;   // i immutable, s stable, v volatile
    oid result;
    std::uint16_t first_argument;  // in the list of all arguments: arguments_of()
    std::uint16_t argument_count;
    std::string_view all_types;       // "{114,25}": with those of the output; empty: no output arguments
    std::string_view all_modes;       // "{i,o}"
    std::string_view all_names;       // "{from_json,value}"
    std::string_view default_values;  // of the last arguments, as SQL, separated by U+001F
    char aggregate_kind;              // n normal, o ordered set, h hypothetical set
    std::uint16_t direct_arguments;   // of an ordered set
};

// pg_operator
struct operator_row {
    oid number;
    std::string_view name;
    char kind;  // b: two operands, l: one, behind the operator
    oid left;
    oid right;
    oid result;
    oid function;
};

// pg_cast
struct cast_row {
    oid source;
    oid target;
    oid function;  // 0: none is needed
    char context;  // i implicit, a assignment, e explicit
    char method;   // f function, b binary-coercible, i by text
};

// pg_range
struct range_row {
    oid range;
    oid subtype;
    oid multirange;
};

[[nodiscard]] std::span<const type_row> all_types();
[[nodiscard]] const type_row* find_type(oid number);             // nullptr: not built in
[[nodiscard]] const type_row* find_type(std::string_view name);  // typname
[[nodiscard]] std::span<const function_row> all_functions();
[[nodiscard]] const function_row* find_function(oid number);
[[nodiscard]] std::span<const function_row> functions_named(std::string_view name);
[[nodiscard]] std::span<const oid> arguments_of(const function_row& function);
[[nodiscard]] std::span<const operator_row> all_operators();
[[nodiscard]] std::span<const operator_row> operators_named(std::string_view name);
[[nodiscard]] const cast_row* find_cast(oid source, oid target);
[[nodiscard]] const range_row* find_range(oid range_or_multirange);

}  // namespace sluice::analysis
