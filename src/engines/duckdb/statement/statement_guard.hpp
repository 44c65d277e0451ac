// statement_guard.hpp - keeps a session's statements from changing what belongs to the server or to other sessions.
//
// Problem: SET, PRAGMA, CALL, DETACH and their like reach the one DuckDB that all sessions share; `SET memory_limit` or
//          `FORCE CHECKPOINT` of one changes or stops the others.
// Use:     TRY_ASSIGN(auto guarded, guard_statement(sql, traits, names));  plan guarded.text;
//          TRY(check_kind(guarded, duckdb_prepared_statement_type(plan)));
// How:     every text passes here before DuckDB sees it. Settings are looked up in setting_owners.hpp. A setting of
//          the session's is sent as SET SESSION, because DuckDB sets many of them for all connections otherwise.
//          check_kind() compares with what DuckDB understood, so that a spelling which only DuckDB knows is refused.
//          The configuration is locked besides (duckdb_open.cpp): the engine itself refuses what is the server's.
// Not here: which files and hosts a statement may reach.
// Threads: plain functions.
// Errors:  42501 the server's, 42704 an unknown setting, 42601 a spelling that is not understood, 0A000 SET LOCAL of an
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
    std::string text;       // for DuckDB; other than what the client sent where that would have set it for all
    std::string verb;       // the first word, behind EXPLAIN; lower case
    bool explains = false;  // EXPLAIN stands in front
    bool changes_connection = false;  // EXPLAIN ANALYZE of a command, which runs it
};

result<guarded_statement> guard_statement(std::string_view sql, const statement_traits& traits,
                                          const protected_names& names);
// 42601 when DuckDB took it for a command that its first word is not.
result<> check_kind(const guarded_statement& guarded, duckdb_statement_type type);
// A text that DuckDB itself made several statements of: only those that make what a later one needs.
result<> check_part(duckdb_statement_type type);

}  // namespace sluice::duckdb
