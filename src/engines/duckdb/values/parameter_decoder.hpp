// parameter_decoder.hpp - turns a parameter's bytes from Bind into the value that DuckDB binds.
//
// Problem: clients send PostgreSQL's text or binary forms of PostgreSQL's types; DuckDB takes typed values, and plans
//          again when a value's type differs from that of the plan.
// Use:     TRY_ASSIGN(const owned_value value, decode_parameter(oid, parameter, target, zone));
// Rule:    the value gets the target's type when that type holds exactly this value; else its natural type, and DuckDB
//          compares or casts. So 1.005 never becomes 1.01 because a column has two places. The value of a column is the
//          exception: it is converted as PostgreSQL stores it (assignment_casts.hpp).
// Nature:  int2 SMALLINT, int4 INTEGER, int8 and oid BIGINT, float4 FLOAT, float8 DOUBLE, bit and varbit BIT; numeric
//          DECIMAL of just its digits, beyond 38 digits HUGEINT or UHUGEINT if it is one, else DOUBLE, as are NaN and
//          the infinities; json VARCHAR; arrays LIST of LIST for each dimension, with one element type for all.
// Text:    a type that is not listed is text; its binary form is refused with 42883.
// Errors:  22P02, 22P03, 22003, 22007, 22008, 22021 as from PostgreSQL's input functions.
// Threads: any.
#pragma once

#include <cstdint>
#include <duckdb.h>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/values/time_zone.hpp"

namespace sluice::duckdb {

// How the statement uses the value.
enum class value_use : std::uint8_t {
    compared,  // or computed with: it must not be changed
    assigned,  // to a column of the target's type
};

// `type`: the one that the client declared, or was told; 0 with a target: the target's. `target`: the type that the
// statement expects, or null when it is unknown. `zone`: for timestamps that name none.
result<owned_value> decode_parameter(backend::oid type, const backend::parameter& given, duckdb_logical_type target,
                                     const time_zone& zone, value_use use = value_use::compared);

}  // namespace sluice::duckdb
