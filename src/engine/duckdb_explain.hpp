// duckdb_explain.hpp - EXPLAIN as PostgreSQL shows it: one column of text, a row a line.
#pragma once

#include <duckdb.h>
#include <memory>
#include <span>

#include "core/result.hpp"
#include "engine/backend.hpp"
#include "engine/spooled_rows.hpp"

namespace sluice::engine {

// DataRow messages; text looks the same in both formats. Takes the last column of a stored result.
[[nodiscard]] core::result<std::unique_ptr<spooled_rows>> explain_lines(duckdb_result* result, spool_params params);

}  // namespace sluice::engine
