// duckdb_effects.hpp - the changes that a statement may make, and those that end the life of its plan.
//
// How:     DuckDB's statement type, and for queries the functions that they call: an unknown one may change anything.
//          For the reuse of plans the tables must be DuckDB's own, looked up in the catalog; statements over views,
//          files and foreign databases are always planned again.
// Threads: as for the session.
#pragma once

#include "engines/duckdb/database/duckdb_instance.hpp"
#include "engines/duckdb/database/search_path.hpp"
#include "engines/duckdb/statement/plan_clock.hpp"
#include "engines/duckdb/statement/statement_traits.hpp"
#include "engines/duckdb/threads/write_epoch.hpp"

namespace sluice::duckdb {

[[nodiscard]] change effect_of(duckdb_statement_type type, const statement_traits& traits,
                               const function_catalog& functions);

struct reuse_question {
    duckdb_connection connection;  // inside a transaction: reading the catalog needs one
    const duckdb_instance& instance;
    std::string_view sent;  // the text that DuckDB planned
    const statement_traits& traits;
    duckdb_statement_type type;
    const search_path* path;  // null: USE was run, and unqualified names may be anywhere
};

// Never plan_reuse::unknown.
[[nodiscard]] plan_reuse find_reuse(const reuse_question& question);

}  // namespace sluice::duckdb
