// error.hpp - errors of a database, by kind and with typed details, so that callers need not parse the message.
//
// Use:     auto made = manager.transaction([&](connection& db) -> result<std::int64_t> { ... });
//          if (!made && made.error().kind == error_kind::constraint) { made.error().constraint.columns ... }
// Source:  SQLite's result codes (sqlite.org/rescode.html); `sqlite_code` is the extended one.
// Threads: none; plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::sqlite {

enum class error_kind : std::uint8_t {
    pool_exhausted,  // no connection became free in time; see `waited`
    busy,            // another process held the database's lock all the time; see `waited`
    constraint,      // a constraint is violated; see `constraint`
    corrupt,         // the file is damaged
    not_a_database,  // the file is no SQLite database
    full,            // the disk, or the database's own limit
    read_only,       // the file, its folder, or a connection for reading
    cannot_open,     // missing file or folder, no permission, no descriptors
    io,              // the system refused to read, write or lock
    out_of_memory,
    cancelled,   // the call's token was requested
    timed_out,   // ran for longer than its timeout; see `waited`
    migration,   // see `migration`
    misuse,      // a call that could never succeed where it was made
    no_row,      // a row that must exist does not
    wrong_type,  // a column holds a value of another type than asked for
    closed,      // the manager was closed
    sql,         // the statement itself: syntax, an unknown table
};

[[nodiscard]] std::string_view to_text(error_kind kind);

enum class constraint_kind : std::uint8_t { unique, primary_key, not_null, check, foreign_key, other };

struct constraint_failure {
    constraint_kind kind = constraint_kind::other;
    std::string table;                 // empty where SQLite does not report it, as for check
    std::vector<std::string> columns;  // unique, primary_key, not_null, foreign_key
    std::string name;                  // check: its name, or its expression
};

enum class migration_problem : std::uint8_t { newer_schema, changed, out_of_order, foreign_database, failed };

struct migration_failure {
    migration_problem problem = migration_problem::failed;
    std::int64_t version = 0;        // of the migration; for newer_schema of the database
    std::int64_t version_known = 0;  // the highest that this program knows
};

struct error {
    error_kind kind = error_kind::sql;
    std::string message;  // one line, for people
    int sqlite_code = 0;  // extended; 0: the error is not from SQLite
    std::chrono::milliseconds waited{0};
    constraint_failure constraint;
    migration_failure migration;

    // True if the same call may succeed later.
    [[nodiscard]] bool is_retryable() const;
    // Carries the SQLSTATE that PostgreSQL has for this kind.
    [[nodiscard]] sluice::error to_core() const;
    // NOLINTNEXTLINE(google-explicit-constructor): TRY passes it on to functions whose errors carry SQLSTATEs
    operator sluice::error() const { return to_core(); }
};

template <typename T = void>
using result = sluice::result<T, error>;

[[nodiscard]] inline std::unexpected<error> fail(error_kind kind, std::string message) {
    return std::unexpected(error{.kind = kind, .message = std::move(message)});
}

// Reads a result code and SQLite's message for it ("UNIQUE constraint failed: parts.number").
[[nodiscard]] error to_error(int sqlite_code, std::string_view message);

// True if a connection must not be used again after such an error.
[[nodiscard]] bool is_poisonous(error_kind kind);

}  // namespace sluice::sqlite
