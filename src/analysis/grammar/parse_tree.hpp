// parse_tree.hpp - PostgreSQL's own grammar: a text as a tree.
//
// Use:     TRY_ASSIGN(parse_tree tree, parse(sql)); for (const PgQuery__RawStmt* each : tree.statements()) ...
// How:     libpg_query, which is the parser of PostgreSQL 15 as a library. Its tree comes as a message of Protocol
//          Buffers and is unpacked into memory that is freed at once.
// Errors:  42601 with PostgreSQL's words and the position; 54001 for a text that nests too deeply for a thread's stack.
// Threads: any number at once; a tree is a constant.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/core/result.hpp"
#include "postgres/lex/lexer.hpp"

struct PgQuery__RawStmt;      // NOLINT(bugprone-reserved-identifier): the library's
struct PgQuery__ParseResult;  // NOLINT(bugprone-reserved-identifier)

namespace sluice::analysis {

class parse_tree {
  public:
    parse_tree(parse_tree&&) noexcept;
    parse_tree& operator=(parse_tree&&) noexcept;
    ~parse_tree();

    // One for each statement of the text; empty ones have none.
    [[nodiscard]] std::span<const PgQuery__RawStmt* const> statements() const;

  private:
    friend result<parse_tree> parse(const postgres::lexed_text& sql);
    class memory;
    parse_tree(std::unique_ptr<memory> owner, const PgQuery__ParseResult* root);

    std::unique_ptr<memory> memory_;
    const PgQuery__ParseResult* root_;
};

result<parse_tree> parse(const postgres::lexed_text& sql);

}  // namespace sluice::analysis
