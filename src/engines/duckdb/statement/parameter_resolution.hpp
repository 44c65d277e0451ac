// parameter_resolution.hpp - finds a type for every parameter of a statement, and a plan for values of these types.
//
// Problem: PostgreSQL keeps the type that the client declared, converts it if another one is needed, and gives a
//          parameter without a type that of its context. DuckDB gives each parameter one type from all its uses, and
//          none when two uses differ; even a cast is such a use, as CAST($1 AS T) is the parameter with type T.
// Use:     TRY(resolve_parameters(planner, statement)); // statement.sent, .plan, .parameters, .parameter_oids
// How:     1. The value of a column stays bare: DuckDB gives the column's type, and the value is converted to it at
//             binding, by assignment casts (assignment_casts.hpp). To DuckDB such a use is a parameter of its own.
//          2. In an expression, CAST($1 AS declared). If that conflicts with another type,
//             CASE WHEN true THEN CAST($1 AS declared) END: an expression of that type, which the optimizer removes.
//          3. Without a declared type: the column's; for x = ANY($1) an array of the type that x is compared with;
//             beside an operator the other operand's; else a type with which the statement can be planned.
//          Types are found by planning the statement with other text in the parameter's place.
// Errors:  42P18 for a type that cannot be found, 42804 for one that no assignment cast converts to the column's.
// Threads: as for the session.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/statement/duckdb_statement.hpp"

namespace sluice::duckdb {

// `read` may be the same text as statement.text, cut into tokens already.
result<> resolve_parameters(const planner& with, duckdb_statement& statement, const postgres::lexed_text& read);

}  // namespace sluice::duckdb
