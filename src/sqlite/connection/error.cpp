#include "sqlite/connection/error.hpp"

#include <algorithm>
#include <sqlite3.h>
#include <utility>

namespace sluice::sqlite {

namespace {

struct kind_row {
    error_kind kind;
    std::string_view name;
    sqlstate code;
};

constexpr kind_row kinds[] = {
    {error_kind::pool_exhausted, "pool_exhausted", sqlstates::too_many_connections},
    {error_kind::busy, "busy", sqlstates::object_in_use},
    {error_kind::constraint, "constraint", sqlstates::integrity_constraint_violation},
    {error_kind::corrupt, "corrupt", sqlstates::data_corrupted},
    {error_kind::not_a_database, "not_a_database", sqlstates::data_corrupted},
    {error_kind::full, "full", sqlstates::disk_full},
    {error_kind::read_only, "read_only", sqlstates::read_only_sql_transaction},
    {error_kind::cannot_open, "cannot_open", sqlstates::undefined_file},
    {error_kind::io, "io", sqlstates::io_error},
    {error_kind::out_of_memory, "out_of_memory", sqlstates::out_of_memory},
    {error_kind::cancelled, "cancelled", sqlstates::query_canceled},
    {error_kind::timed_out, "timed_out", sqlstates::query_canceled},
    {error_kind::migration, "migration", sqlstates::object_not_in_prerequisite_state},
    {error_kind::misuse, "misuse", sqlstates::object_not_in_prerequisite_state},
    {error_kind::no_row, "no_row", sqlstates::cardinality_violation},
    {error_kind::wrong_type, "wrong_type", sqlstates::datatype_mismatch},
    {error_kind::closed, "closed", sqlstates::cannot_connect_now},
    {error_kind::sql, "sql", sqlstates::syntax_error_or_access_rule_violation},
};

const kind_row& row_of(error_kind kind) {
    return *std::ranges::find(kinds, kind, &kind_row::kind);
}

sqlstate sqlstate_of(constraint_kind kind) {
    switch (kind) {
        case constraint_kind::unique:
        case constraint_kind::primary_key:
            return sqlstates::unique_violation;
        case constraint_kind::not_null:
            return sqlstates::not_null_violation;
        case constraint_kind::check:
            return sqlstates::check_violation;
        case constraint_kind::foreign_key:
            return sqlstates::foreign_key_violation;
        case constraint_kind::other:
            break;
    }
    return sqlstates::integrity_constraint_violation;
}

error_kind kind_of(int sqlite_code) {
    switch (sqlite_code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return error_kind::busy;
        case SQLITE_CONSTRAINT:
            return error_kind::constraint;
        case SQLITE_CORRUPT:
            return error_kind::corrupt;
        case SQLITE_NOTADB:
            return error_kind::not_a_database;
        case SQLITE_FULL:
            return error_kind::full;
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return error_kind::read_only;
        case SQLITE_CANTOPEN:
            return error_kind::cannot_open;
        case SQLITE_IOERR:
        case SQLITE_NOLFS:
            return sqlite_code == SQLITE_IOERR_NOMEM ? error_kind::out_of_memory : error_kind::io;
        case SQLITE_NOMEM:
            return error_kind::out_of_memory;
        case SQLITE_INTERRUPT:
        case SQLITE_ABORT:
            return error_kind::cancelled;
        case SQLITE_MISUSE:
        case SQLITE_RANGE:
            return error_kind::misuse;
        case SQLITE_MISMATCH:
            return error_kind::wrong_type;
        default:
            return error_kind::sql;
    }
}

constraint_kind constraint_kind_of(int sqlite_code) {
    switch (sqlite_code) {
        case SQLITE_CONSTRAINT_UNIQUE:
            return constraint_kind::unique;
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return constraint_kind::primary_key;
        case SQLITE_CONSTRAINT_NOTNULL:
            return constraint_kind::not_null;
        case SQLITE_CONSTRAINT_CHECK:
            return constraint_kind::check;
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return constraint_kind::foreign_key;
        default:
            return constraint_kind::other;
    }
}

// SQLite only reports a text, "UNIQUE constraint failed: parts.number, parts.version". No other function reads it.
constraint_failure read_constraint(int sqlite_code, std::string_view message) {
    constraint_failure found{.kind = constraint_kind_of(sqlite_code)};
    constexpr std::string_view marker = "constraint failed: ";
    const auto at = message.find(marker);
    if (at == std::string_view::npos) {
        return found;
    }
    std::string_view rest = message.substr(at + marker.size());
    if (found.kind == constraint_kind::check || found.kind == constraint_kind::other) {
        found.name = rest;
        return found;
    }
    while (!rest.empty()) {
        const auto comma = rest.find(", ");
        const std::string_view each = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 2);
        if (const auto dot = each.find('.'); dot != std::string_view::npos) {
            found.table = each.substr(0, dot);
            found.columns.emplace_back(each.substr(dot + 1));
        }
    }
    return found;
}

}  // namespace

std::string_view to_text(error_kind kind) {
    return row_of(kind).name;
}

bool error::is_retryable() const {
    return kind == error_kind::pool_exhausted || kind == error_kind::busy || kind == error_kind::timed_out;
}

sluice::error error::to_core() const {
    sluice::error same{.code = kind == error_kind::constraint ? sqlstate_of(constraint.kind) : row_of(kind).code,
                       .message = message};
    same.retryable = is_retryable();
    return same;
}

error to_error(int sqlite_code, std::string_view message) {
    error made{.kind = kind_of(sqlite_code), .message = std::string(message), .sqlite_code = sqlite_code};
    if (made.kind == error_kind::constraint) {
        made.constraint = read_constraint(sqlite_code, message);
    }
    return made;
}

bool is_poisonous(error_kind kind) {
    switch (kind) {
        case error_kind::corrupt:
        case error_kind::not_a_database:
        case error_kind::io:
        case error_kind::out_of_memory:
        case error_kind::cannot_open:
            return true;
        default:
            return false;
    }
}

}  // namespace sluice::sqlite
