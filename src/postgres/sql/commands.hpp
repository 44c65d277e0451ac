// commands.hpp - parsers of the statements that a session executes itself. Private to this folder.
//
// Use:     classify() has read the leading keyword and calls the one function that fits; it fills `out.command`, and
//          changes `out.kind` and `out.tag` where the keyword alone does not decide them.
// Errors:  42601 where PostgreSQL's grammar has no such statement; 0A000 for statements that Sluice lacks.
#pragma once

#include "base/core/result.hpp"
#include "postgres/lex/token_cursor.hpp"
#include "postgres/sql/statement.hpp"

namespace sluice::postgres {

// transaction_commands.cpp
result<> parse_begin(token_cursor& cursor, statement& out);
result<> parse_start(token_cursor& cursor, statement& out);
result<> parse_commit(token_cursor& cursor, statement& out);
result<> parse_rollback(token_cursor& cursor, statement& out);
// 0A000, for PREPARE TRANSACTION, COMMIT PREPARED and ROLLBACK PREPARED.
[[nodiscard]] error no_two_phase_commit();
// ISOLATION LEVEL ..., READ ONLY, ... up to the end; may be empty unless `needed`.
result<begin_command> parse_transaction_modes(token_cursor& cursor, bool needed);

// setting_commands.cpp
result<> parse_set(token_cursor& cursor, statement& out);
result<> parse_show(token_cursor& cursor, statement& out);
result<> parse_reset(token_cursor& cursor, statement& out);
result<> parse_discard(token_cursor& cursor, statement& out);

// prepare_commands.cpp; PREPARE TRANSACTION is refused
result<> parse_prepare(token_cursor& cursor, statement& out);
result<> parse_execute(token_cursor& cursor, statement& out);
result<> parse_explain(token_cursor& cursor, statement& out);
result<> parse_deallocate(token_cursor& cursor, statement& out);

// cursor_commands.cpp
result<> parse_declare(token_cursor& cursor, statement& out);
result<> parse_fetch(token_cursor& cursor, statement& out);
result<> parse_move(token_cursor& cursor, statement& out);
result<> parse_close_cursor(token_cursor& cursor, statement& out);

// copy_command.cpp
result<> parse_copy(token_cursor& cursor, statement& out);

// object_tags.cpp: CREATE, DROP, ALTER, WITH; their bodies are the engine's.
result<> parse_create(token_cursor& cursor, statement& out);
result<> parse_drop(token_cursor& cursor, statement& out);
result<> parse_alter(token_cursor& cursor, statement& out);
result<> parse_with(token_cursor& cursor, statement& out);

}  // namespace sluice::postgres
