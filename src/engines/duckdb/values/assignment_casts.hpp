// assignment_casts.hpp - converts a value that is assigned to a column of another type, as PostgreSQL does.
//
// Use:     if (is_assignable(type, column_type)) TRY_ASSIGN(const auto stored, assign(given, column, context));
// Rules:   numbers become other numbers: float8 and float4 are rounded half to even, numeric half away from zero; out
//          of range is an error. Dates, times and timestamps become each other by the session's time zone. Every type
//          becomes text, in PostgreSQL's form.
// Errors:  22003 out of range, 22008 for timestamps, 0A000 NaN and infinities as integers.
// Source:  PostgreSQL 15, pg_cast with castcontext 'a' or 'i', and the manual, 10.4 (Value Storage).
// Threads: as for the context.
#pragma once

#include <duckdb.h>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "engines/duckdb/values/parameter_decoder_fit.hpp"
#include "engines/duckdb/values/parameter_decoder_wire.hpp"
#include "engines/duckdb/values/value_type.hpp"

namespace sluice::duckdb {

// True if a value of PostgreSQL's type `from` may be assigned to the column. Types that PostgreSQL lacks accept all.
[[nodiscard]] bool is_assignable(backend::oid from, duckdb_logical_type column);

struct given_value {
    const wire_value& value;
    backend::oid type;
    std::string_view bytes;  // the value's bytes, for messages
};

// nullopt: the engine has to cast the value.
result<std::optional<stored_value>> assign(const given_value& given, const value_type& column, decode_context& context);

// The value in the form of PostgreSQL's text for an array or a column of its type.
[[nodiscard]] std::string print_value(const wire_value& value, backend::oid type, decode_context& context);

}  // namespace sluice::duckdb
