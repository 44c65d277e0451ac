// function_texts.hpp - PostgreSQL's functions and operators in DuckDB's SQL, one line each.
//
// Use:     if (const auto text = find_function_text(function->number)) ... text->pattern
// Pattern: $1, $2 ... are the arguments, $* all of them with commas between. Numbers of type numeric come as texts, and so
//          does the result. Functions named sluice_... are ours (engines/duckdb/functions).
// Keys:    as PostgreSQL writes them, name(types), with the names of pg_type; an operator is the function behind it.
// Threads: constants.
#pragma once

#include <span>
#include <string_view>

#include "analysis/builtin/builtin_rows.hpp"

namespace sluice::duckdb {

struct function_text {
    std::string_view signature;
    std::string_view pattern;
    bool list = false;  // a set-returning function: the pattern gives a list of its rows
};

// nullptr: there is none.
[[nodiscard]] const function_text* find_function_text(analysis::oid function);
[[nodiscard]] std::span<const std::span<const function_text>> all_function_texts();
// name(types) of a function.
[[nodiscard]] std::string signature_of(const analysis::function_row& function);

// One table for each chapter of the manual, in a file of its own.
[[nodiscard]] std::span<const function_text> number_texts();
[[nodiscard]] std::span<const function_text> string_texts();
[[nodiscard]] std::span<const function_text> time_texts();
[[nodiscard]] std::span<const function_text> array_texts();
[[nodiscard]] std::span<const function_text> json_texts();
[[nodiscard]] std::span<const function_text> other_texts();

}  // namespace sluice::duckdb
