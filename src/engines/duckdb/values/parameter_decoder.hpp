// parameter_decoder.hpp - a parameter's bytes, as Bind brought them, into the value that DuckDB binds.
//
// Problem: clients send PostgreSQL's text or binary forms of PostgreSQL's types; DuckDB takes typed values, and plans
//          again when one has another type than the plan was made for.
// Use:     TRY_ASSIGN(const owned_value value, decode_parameter(oid, parameter, target, zone));
// Rule:    the value gets the target's type when that type holds just this value; else the type that it is by nature,
//          and DuckDB compares or casts. So 1.005 never becomes 1.01 because a column has two places.
//          The value of a column is the exception: it is converted as PostgreSQL stores it (assignment_casts.hpp).
// Nature:  int2 SMALLINT, int4 INTEGER, int8 and oid BIGINT, float4 FLOAT, float8 DOUBLE, bit and varbit BIT; numeric
//          DECIMAL of just its digits, beyond 38 digits HUGEINT or UHUGEINT if it is one, else DOUBLE, as are NaN and
//          the infinities; json VARCHAR; arrays LIST of LIST for each dimension, with one element type for all.
// Text:    any type that is not listed is text; its binary form is refused with 42883.
// Errors:  22P02, 22P03, 22003, 22007, 22008, 22021 as PostgreSQL's input functions give them.
// Threads: any.
#pragma once

#include <cstdint>
#include <duckdb.h>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/values/time_zone.hpp"

namespace sluice::duckdb {

// What the statement does with the value.
enum class value_use : std::uint8_t {
    compared,  // or computed with: it must stay what it is
    assigned,  // to a column of the target's type
};

// `type`: what the client declared, or was told; 0 with a target: the target's.
// `target`: what the statement expects, or null when that is unknown. `zone`: for timestamps that name none.
result<owned_value> decode_parameter(backend::oid type, const backend::parameter& given, duckdb_logical_type target,
                                     const time_zone& zone, value_use use = value_use::compared);

}  // namespace sluice::duckdb
