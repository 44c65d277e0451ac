// nesting.hpp - how deeply a text nests, before anything recursive reads it.
//
// Problem: a parser that recurses on 1+1+1+... ends the process when the thread's stack is used up.
// Use:     if (nesting_of(sql) > nesting_max) return fail(...)
// Threads: plain functions.
#pragma once

#include <cstddef>

#include "postgres/lex/lexer.hpp"

namespace sluice::analysis {

// Deeper texts are refused with 54001, as PostgreSQL refuses them by max_stack_depth.
inline constexpr std::size_t nesting_max = 1500;

// At least the depth of the text's tree: operators in a row, parentheses, CASE, joins and set operations.
[[nodiscard]] std::size_t nesting_of(const postgres::lexed_text& sql);

}  // namespace sluice::analysis
