// statement_traits.hpp - facts about a statement that follow from its words, without parsing it.
//
// Problem: whether a plan may be reused, and whether a statement may write, depends on the names in it: functions,
//          tables, files. DuckDB's C API does not report them.
// Use:     const statement_traits traits = read_traits(sql); traits.functions, traits.has_word("returning")
// How:     tokens only; in doubt, the answer is the careful one (a word before a parenthesis that is no keyword counts
//          as a function).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "postgres/lex/lexer.hpp"

namespace sluice::duckdb {

struct statement_traits {
    std::string first_word;                // lower case
    bool returning = false;                // has the word RETURNING
    bool writes_rows = false;              // has INSERT, UPDATE, DELETE, MERGE, CREATE or COPY anywhere
    bool reads = false;                    // has SELECT, FROM, TABLE, WITH or VALUES behind the first word
    bool changes_names = false;            // has USE, SCHEMA or SEARCH_PATH: changes the meaning of unqualified names
    bool temporary = false;                // has TEMP or TEMPORARY
    std::vector<std::string> functions;    // lower case, without the part in front of a dot
    std::vector<std::string> insert_into;  // parts of the name behind INSERT INTO, unquoted
};

[[nodiscard]] statement_traits read_traits(const postgres::lexed_text& sql);

// The text with NULL for each $n: duckdb_get_table_names() takes no parameters.
[[nodiscard]] std::string without_parameters(std::string_view sql);

// Parts of a.b."c.d", unquoted.
[[nodiscard]] std::vector<std::string> split_name(std::string_view name);

}  // namespace sluice::duckdb
