// statement.hpp - classifies a statement, as far as a session must know it before an engine does.
//
// Problem: a session runs some statements itself (BEGIN, SET, SHOW, DEALLOCATE, COPY ... STDIN, cursors), must know the
//          command tag of all others, and must not fail on DuckDB's dialect, which no PostgreSQL parser accepts.
// Use:     for (const statement_text& piece : split_statements(query)) { TRY_ASSIGN(statement s, classify(piece.lexed)); }
// How:     a lexer with PostgreSQL's token rules (quotes, dollar quotes, nested comments, E'' strings) and the leading
//          keywords; the body of a statement is never parsed here.
// Errors:  42601 with position for a malformed statement of those that this module parses whole (SET, COPY, DECLARE,
//          ...).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/core/result.hpp"
#include "postgres/lex/lexer.hpp"
#include "postgres/sql/copy_command.hpp"

namespace sluice::postgres {

struct statement_text {
    lexed_text lexed;              // without surrounding blanks, comments in front, or the semicolon
    std::size_t offset_bytes = 0;  // in the text that was split; for error positions

    [[nodiscard]] std::string_view text() const { return lexed.text(); }
    [[nodiscard]] std::size_t end_bytes() const { return offset_bytes + text().size(); }
};

// Statements of blanks and comments only are left out. An unterminated quote or comment reaches to the end.
[[nodiscard]] std::vector<statement_text> split_statements(const lexed_text& text);

enum class statement_kind : std::uint8_t {
    empty,
    query,    // may return rows and is not listed below: SELECT, VALUES, WITH, FROM, PRAGMA, CALL, DESCRIBE, EXPLAIN,
              // PIVOT, ...
    dml,      // INSERT, UPDATE, DELETE, MERGE, with or without RETURNING
    utility,  // everything else: DDL, ATTACH, CHECKPOINT, COPY to or from files, ...
    begin,
    commit,
    rollback,
    savepoint,  // SAVEPOINT, RELEASE, ROLLBACK TO
    set,
    show,
    reset,
    discard,
    prepare,
    execute,
    deallocate,
    copy,  // only FROM STDIN and TO STDOUT; others are utility
    declare_cursor,
    fetch_cursor,  // FETCH and MOVE
    close_cursor,
    listen,  // LISTEN, NOTIFY, UNLISTEN
};

struct begin_command {
    std::optional<bool> read_only;
    std::optional<std::string> isolation;  // lower case, e.g. "repeatable read"
};
struct end_command {
    bool chain = false;  // AND CHAIN
};
struct set_command {
    enum class scope : std::uint8_t { session, local, transaction, characteristics };
    scope where = scope::session;
    std::string name;                  // lower case; SET TIME ZONE → timezone; SET NAMES → client_encoding
    std::optional<std::string> value;  // values of a list joined by ", "; nullopt: DEFAULT
    begin_command modes;               // of SET TRANSACTION and SET SESSION CHARACTERISTICS; name is empty then
};
struct show_command {
    std::string name;  // lower case; "all" for SHOW ALL; SHOW TRANSACTION ISOLATION LEVEL → transaction_isolation
};
struct reset_command {
    std::string name;  // "all" for RESET ALL
};
struct discard_command {
    enum class target : std::uint8_t { all, plans, sequences, temporary };
    target what = target::all;
};
struct prepare_command {
    std::string name;
    std::vector<std::string_view> types;  // as written
    std::string_view body;                // into the statement's text
};
struct execute_command {
    std::string_view explain;  // EXPLAIN and its options, if they stand in front
    std::string name;
    std::vector<std::string_view> arguments;  // expressions, as written
};
struct deallocate_command {
    std::optional<std::string> name;  // nullopt: ALL
};
struct declare_cursor_command {
    std::string name;
    bool binary = false;
    std::optional<bool> scroll;
    bool with_hold = false;
    std::string_view query;  // into the statement's text
};
struct fetch_command {
    enum class direction : std::uint8_t { forward, backward, absolute, relative };
    direction towards = direction::forward;
    std::optional<std::int64_t>
        count;  // nullopt: ALL. NEXT is forward 1, FIRST absolute 1, LAST absolute -1, PRIOR backward 1
    bool move = false;
    std::string cursor;
};
struct close_command {
    std::optional<std::string> cursor;  // nullopt: ALL
};

struct statement {
    statement_kind kind = statement_kind::empty;
    std::string_view text;
    // The command tag without counts, as PostgreSQL spells it: "SELECT", "INSERT", "CREATE TABLE", "BEGIN", "COPY", ...
    std::string tag;
    std::variant<std::monostate, begin_command, end_command, set_command, show_command, reset_command, discard_command,
                 prepare_command, execute_command, deallocate_command, copy_command, declare_cursor_command,
                 fetch_command, close_command>
        command;
};

result<statement> classify(const lexed_text& text);

// The whole tag of CommandComplete: "INSERT 0 3", "SELECT 7", "CREATE TABLE".
[[nodiscard]] std::string command_tag(const statement& statement, std::uint64_t rows);

}  // namespace sluice::postgres
