// duckdb_copy_table.hpp - finds the table and the columns of a COPY.
//
// Source:  PostgreSQL 15 manual, COPY: without a list all columns except generated ones, in the table's order.
// Errors:  42P01 no such table, 42703 no such column, 42701 a column twice, 42P10 a generated column.
#pragma once

#include <string>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/database/duckdb_link.hpp"
#include "postgres/sql/copy_command.hpp"

namespace sluice::duckdb {

struct copy_column {
    std::string name;  // in the table's spelling
    owned_type type;
    std::size_t index = 0;  // among the table's columns that are not generated
};

result<std::vector<copy_column>> find_copy_columns(const duckdb_link& link, const postgres::copy_command& command);

// catalog.schema.table, quoted.
[[nodiscard]] std::string quote_name(const std::vector<std::string>& parts);

}  // namespace sluice::duckdb
