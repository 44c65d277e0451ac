// analysed_plan.hpp - plans a statement by PostgreSQL's rules: its grammar, its types, its functions.
//
// Use:     TRY_ASSIGN(auto statement, plan_analysed(planner, sql, declared, facts)); null: plan the text as DuckDB's.
// How:     PostgreSQL's parser, semantic analysis (src/analysis), and the writer of DuckDB's SQL. Each of them may not know
//          a form; then the text goes to DuckDB as it is.
// Errors:  PostgreSQL's.
// Threads: as for the session.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "engines/duckdb/statement/duckdb_statement.hpp"
#include "engines/duckdb/values/time_zone.hpp"

namespace sluice::duckdb {

struct analysis_facts {
    const time_zone& zone;
    std::string user;
    std::string database;
};

result<std::shared_ptr<duckdb_statement>> plan_analysed(const planner& with, const postgres::lexed_text& sql,
                                                        std::span<const backend::oid> declared,
                                                        const analysis_facts& facts);

}  // namespace sluice::duckdb
