// statement_parameters.hpp - the parameters of a text, both PostgreSQL's $n and the ones that DuckDB binds.
//
// Problem: DuckDB binds by position, gives each parameter one type for all its uses, and cannot bind $2 of a statement
//          without $1. PostgreSQL converts one value for every column that it is assigned to, and its clients declare
//          parameters that no statement uses.
// Use:     const parameter_layout found = find_parameters(sql); // found.text has $1 to $k: found.slots[0] to [k - 1]
// How:     all uses of $n inside expressions share one slot. Each use as the value of a column has a slot of its own,
//          and so has $1::int[]::text, because DuckDB prints lists in another form.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/lex/lexer.hpp"

namespace sluice::duckdb {

struct text_range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct parameter_use {
    text_range place;       // of the $n in the text of the slots
    std::size_t written;    // its offset in the client's text
    std::string_view cast;  // the type right behind it ($1::int) or around it (CAST($1 AS int)); else empty
    std::string neighbour;  // the operand on the other side of the operator beside it; else empty
    text_range quantifier;  // ANY, SOME or ALL in front of ($1); else empty
};

struct parameter_slot {
    std::size_t number = 0;  // n of the client's $n
    bool assigned = false;   // the only use is the value of a column
    bool selected = false;   // assigned, as an item of INSERT ... SELECT
    std::size_t list = 0;    // assigned: number of its row or list of values
    std::string column;      // assigned, and the text names it
    std::string printed;     // the array type T of the only use, $1::T::text: the value is bound as its text
    std::vector<parameter_use> uses;

    [[nodiscard]] bool has_cast() const;  // true if every use has one
};

// INSERT ... SELECT: the same columns filled by VALUES, to learn their types from the engine.
struct column_question {
    std::string text;  // INSERT INTO t (...) VALUES ($1, NULL, $2)
    std::vector<std::size_t> slots;
};

struct parameter_layout {
    std::string text;
    std::vector<parameter_slot> slots;
    std::vector<column_question> questions;
    std::size_t highest = 0;  // n of the client's highest $n
};

[[nodiscard]] parameter_layout find_parameters(const postgres::lexed_text& sql);

// The text with replacements for $1, $2, ...: `places` has a type to cast to ("BIGINT"), an expression with the
// parameter in it, or an empty text for a parameter that stays unchanged.
[[nodiscard]] std::string place_parameters(std::string_view text, std::span<const std::string> places);

}  // namespace sluice::duckdb
