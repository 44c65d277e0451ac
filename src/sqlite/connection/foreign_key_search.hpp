// foreign_key_search.hpp - which table and columns a foreign key failed in, because SQLite only says that one did.
//
// Use:     by connection, when a statement or a COMMIT failed with SQLITE_CONSTRAINT_FOREIGNKEY.
// Rule:    a statement is run once more with its checks put off to the commit, the violation is looked up with PRAGMA
//          foreign_key_check, and everything is undone.
// Cost:    the table that was written is searched first, then all; only after a failure.
// Errors:  none: what is not found is left empty.
#pragma once

#include <optional>
#include <string_view>

#include "sqlite/connection/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::sqlite {

// `failed` is reset, its parameters still bound; `table` is what it writes, or empty.
[[nodiscard]] std::optional<constraint_failure> find_violation_of(sqlite3* handle, sqlite3_stmt* failed,
                                                                  std::string_view table);
// Of the open transaction, whose COMMIT failed.
[[nodiscard]] std::optional<constraint_failure> find_violation(sqlite3* handle);

}  // namespace sluice::sqlite
