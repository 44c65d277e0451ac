// statement_guard.hpp - keeps a session's statements from changing state of the server or of other sessions.
//
// Problem: SET, PRAGMA, CALL, DETACH and others act on the one DuckDB that all sessions share; `FORCE CHECKPOINT` or
//          `SET memory_limit` in one session stops or changes the others.
// Use:     TRY_ASSIGN(auto guarded, guard_statement(sql, traits, names));  plan guarded.text;
//          TRY(check_kind(guarded, duckdb_prepared_statement_type(plan)));
// How:     every text passes here before DuckDB sees it. Settings are looked up in setting_owners.hpp. A setting of the
//          session is sent as SET SESSION, because DuckDB otherwise sets many of them for all connections. check_kind()
//          compares with DuckDB's own parse, so that a spelling that only DuckDB knows is refused. The configuration is
//          locked as well (duckdb_open.cpp): the engine itself refuses changes of the server's settings.
// Not here: the limits on files and hosts that a statement may reach.
// Threads: plain functions.
// Errors:  42501 a setting of the server, 42704 an unknown setting, 42601 an unreadable spelling, 0A000 SET LOCAL of an
//          engine's setting.
#pragma once

#include <duckdb.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/statement/statement_traits.hpp"

namespace sluice::duckdb {

// Databases that sessions may neither detach nor replace: the served one, those of --attach, and Sluice's own.
using protected_names = std::vector<std::string>;

struct guarded_statement {
    std::string text;                 // for DuckDB; differs from the client's if that would have changed all sessions
    std::string verb;                 // the first word, behind EXPLAIN; lower case
    bool explains = false;            // EXPLAIN stands in front
    bool changes_connection = false;  // EXPLAIN ANALYZE of a command, which runs it
};

result<guarded_statement> guard_statement(const postgres::lexed_text& sql, const statement_traits& traits,
                                          const protected_names& names);
// 42601 when DuckDB parsed a command that does not fit the first word.
result<> check_kind(const guarded_statement& guarded, duckdb_statement_type type);
// A part of a text that DuckDB itself splits into several statements: only those that a later part needs are allowed.
result<> check_part(duckdb_statement_type type);

}  // namespace sluice::duckdb
