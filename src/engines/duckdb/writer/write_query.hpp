// write_query.hpp - an analysed statement in DuckDB's SQL.
//
// Use:     TRY_ASSIGN(written_query made, write_query(*analysed.statement, analysed.parameters.size(), types, sql, params));
// Errors:  22P02 and others for literals, with the position in `sql`; is_not_written(error): a part that has no form in
//          DuckDB's SQL yet.
// Threads: plain functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/resolve/type_rules.hpp"
#include "analysis/tree/definition_tree.hpp"
#include "analysis/tree/query_tree.hpp"
#include "base/core/result.hpp"
#include "engines/duckdb/values/time_zone.hpp"

namespace sluice::duckdb {

struct writer_params {
    const time_zone& zone;  // of the session
    std::string user;
    std::string database;
};

struct written_parameter {
    int number = 0;           // n of the client's $n
    std::string engine_type;  // that DuckDB expects
};

struct written_query {
    std::string sql;
    std::vector<written_parameter> parameters;  // DuckDB's $1, $2, ...
};

result<written_query> write_query(const analysis::query& statement, std::size_t parameters,
                                  const analysis::type_source& types, std::string_view sql,
                                  const writer_params& params);
[[nodiscard]] bool is_not_written(const error& cause);

// A name for a type of DuckDB, to be registered before the statement runs.
struct written_type_name {
    std::string alias;
    std::string base;
};
struct written_definition {
    std::vector<std::string> statements;  // to run in this order, in one transaction
    std::vector<written_type_name> types;
};
result<written_definition> write_definition(const analysis::table_definition& table, const analysis::type_source& types,
                                            std::string_view sql, const writer_params& params);

// The type that DuckDB gives to values of a PostgreSQL type: numeric without a scale is VARCHAR.
[[nodiscard]] std::string engine_type_of(const analysis::type_source& types, analysis::typed type);

}  // namespace sluice::duckdb
