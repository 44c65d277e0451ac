// assignment_casts.hpp - what PostgreSQL stores into a column when a value of another type is assigned to it.
//
// Use:     if (is_assignable(type, column_type)) TRY_ASSIGN(const auto stored, assign(given, column, context));
// Rules:   numbers become other numbers: float8 and float4 are rounded half to even, numeric half away from zero, and
//          what is out of range is an error. Dates, times and timestamps become each other by the session's time zone.
//          Every type becomes text, as PostgreSQL prints it.
// Errors:  22003 out of range, 22008 for timestamps, 0A000 NaN and infinities as integers.
// Source:  PostgreSQL 15, pg_cast with castcontext 'a' or 'i', and the manual, 10.4 (Value Storage).
// Threads: as the context.
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

// May a value of PostgreSQL's type `from` be assigned to such a column? Types that PostgreSQL lacks take any.
[[nodiscard]] bool is_assignable(backend::oid from, duckdb_logical_type column);

struct given_value {
    const wire_value& value;
    backend::oid type;
    std::string_view bytes;  // what the value was read from, for messages
};

// Nothing: the engine has to cast the value.
result<std::optional<stored_value>> assign(const given_value& given, const value_type& column, decode_context& context);

// The value as PostgreSQL prints it in an array or a column of its type.
[[nodiscard]] std::string print_value(const wire_value& value, backend::oid type, decode_context& context);

}  // namespace sluice::duckdb
