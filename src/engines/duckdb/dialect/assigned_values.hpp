// assigned_values.hpp - finds the parameters of a text that alone are the value of a column.
//
// Problem: PostgreSQL converts a declared parameter to a column's type by assignment casts, which convert more than the
//          casts inside expressions do. The engine must know which parameters are such values.
// Use:     for (const assigned_value& value : find_assigned_values(sql).values) ... sql[value.offset_bytes] is the $
// Finds:   INSERT ... VALUES, the select list of INSERT ... SELECT, UPDATE ... SET, ON CONFLICT ... SET, and both
//          actions of MERGE; ($1) in parentheses too. A place that is not found counts as an expression.
// Source:  PostgreSQL 15 manual, 10.4 (Value Storage) and the synopses of INSERT, UPDATE and MERGE.
// Bounds:  linear in the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/lex/lexer.hpp"

namespace sluice::duckdb {

struct assigned_value {
    std::size_t offset_bytes = 0;  // of the $n
    std::string column;            // its name, if the text has it; folded as in PostgreSQL
    bool selected = false;         // an item of a select list
    std::size_t list = 0;          // number of its row or list: PostgreSQL reads them one after the other
};

// INSERT ... SELECT with parameters among its items.
struct insert_select {
    std::string target;                     // INSERT INTO t (columns), as in the text
    std::vector<std::size_t> item_offsets;  // one an item: the offset of its $n, or no_parameter
};
inline constexpr std::size_t no_parameter = static_cast<std::size_t>(-1);

struct assigned_values {
    std::vector<assigned_value> values;  // in the order of the text
    std::vector<insert_select> selects;
};

[[nodiscard]] assigned_values find_assigned_values(const postgres::lexed_text& sql);

}  // namespace sluice::duckdb
