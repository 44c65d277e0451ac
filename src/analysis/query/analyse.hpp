// analyse.hpp - semantic analysis: from the tree of PostgreSQL's grammar to a statement with names and types.
//
// Use:     TRY_ASSIGN(analysed found, analyse(*tree.statements()[0], database, sql, declared));
// Errors:  PostgreSQL's, with the position in `sql`. is_not_analysed(error): a form that this analysis does not know;
//          the statement may still mean something to the engine.
// Threads: as the database.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/query/database.hpp"
#include "analysis/tree/definition_tree.hpp"
#include "analysis/tree/query_tree.hpp"

struct PgQuery__RawStmt;  // NOLINT(bugprone-reserved-identifier): the library's

namespace sluice::analysis {

// A column of the result, as RowDescription describes it.
struct result_column {
    std::string name;
    typed type;
    oid table = 0;            // of a column that is one of a table; 0: of none
    std::int16_t number = 0;  // its attnum
};

struct analysed {
    query_ptr statement;  // null: it is a definition
    std::unique_ptr<table_definition> table;
    std::vector<typed> parameters;
    std::vector<result_column> columns;
};

// `declared` are the types that Parse named; 0: not declared.
result<analysed> analyse(const PgQuery__RawStmt& statement, database& data, std::string_view sql,
                         std::span<const oid> declared);
[[nodiscard]] bool is_not_analysed(const error& cause);
// Such an error, for implementations of `database`.
[[nodiscard]] std::unexpected<error> not_analysed(std::string_view what);

}  // namespace sluice::analysis
