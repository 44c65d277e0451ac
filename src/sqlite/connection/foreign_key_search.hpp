// foreign_key_search.hpp - finds the table and columns of a violated foreign key; SQLite only reports that one failed.
//
// Use:     connection calls it when a statement or a COMMIT failed with SQLITE_CONSTRAINT_FOREIGNKEY.
// Rule:    the statement runs once more with its checks deferred to the commit, PRAGMA foreign_key_check finds the
//          violation, and everything is undone.
// Cost:    only after a failure; the table that was written is searched first, then all tables.
// Errors:  none: fields that are not found stay empty.
#pragma once

#include <optional>
#include <string_view>

#include "sqlite/connection/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::sqlite {

// `failed` is reset, its parameters still bound; `table` is the table that it writes, or empty.
[[nodiscard]] std::optional<constraint_failure> find_violation_of(sqlite3* handle, sqlite3_stmt* failed,
                                                                  std::string_view table);
// Searches the open transaction, whose COMMIT failed.
[[nodiscard]] std::optional<constraint_failure> find_violation(sqlite3* handle);

}  // namespace sluice::sqlite
