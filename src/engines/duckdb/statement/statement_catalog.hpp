// statement_catalog.hpp - the tables and types of a session, as semantic analysis asks for them.
//
// How:     a table is described by planning SELECT * FROM it, which takes the names and types that the statement itself
//          will see: those of its transaction and search path, of views, files and attached databases.
// Types:   those of PostgreSQL are its own. A type that only DuckDB has gets a number from first_engine_type on; columns
//          of it can be read, and expressions with it are left to DuckDB.
// Threads: as for the session.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "analysis/query/database.hpp"
#include "engines/duckdb/statement/duckdb_statement.hpp"

namespace sluice::duckdb {

inline constexpr postgres::oid first_engine_type = 0x8000'0000;

class statement_catalog final : public analysis::database {
  public:
    explicit statement_catalog(const planner& with) : with_(with) {}

    [[nodiscard]] const analysis::type_row* find(analysis::oid number) const override;
    result<std::shared_ptr<const analysis::relation>> find_relation(const analysis::relation_name& name) override;
    result<const analysis::type_row*> find_named_type(std::string_view schema, std::string_view name) override;
    result<std::optional<analysis::typed>> find_engine_function(const analysis::engine_call& call) override;
    result<std::optional<std::vector<analysis::source_column>>> find_engine_table(
        const analysis::engine_call& call) override;
    [[nodiscard]] bool is_engine_aggregate(std::string_view name) override;

  private:
    // The type of a column of DuckDB.
    analysis::source_column describe(std::string name, duckdb_logical_type type);
    // The columns of a query; nullopt: DuckDB refuses it.
    std::optional<std::vector<analysis::source_column>> columns_of(const std::string& sql);

    planner with_;
    std::map<std::string, analysis::type_row> engine_types_;  // by DuckDB's name
    std::deque<std::string> names_;
};

}  // namespace sluice::duckdb
