// copy_command.hpp - COPY ... FROM STDIN and COPY ... TO STDOUT, parsed.
//
// Source:  PostgreSQL 15 manual, COPY, including the old option syntax that psql's \copy and older tools send.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::postgres {

enum class copy_direction : std::uint8_t { from_stdin, to_stdout };
enum class copy_format : std::uint8_t { text, csv, binary };

struct copy_command {
    copy_direction direction = copy_direction::to_stdout;

    // Exactly one of the two is set. Names are unquoted and as written (DuckDB compares without case).
    std::vector<std::string> table;    // 1 to 3 parts: [catalog.][schema.]table
    std::string query;                 // COPY (query) TO: the text between the parentheses
    std::vector<std::string> columns;  // empty: all of the table's

    copy_format format = copy_format::text;
    char delimiter = '\t';          // csv: ','
    std::string null_text = "\\N";  // csv: ""
    bool header = false;            // csv and text: a line of names is written, or skipped when read
    bool header_match = false;      // FROM ... HEADER MATCH: the names must be the columns'
    char quote = '"';
    char escape = '"';
    bool force_quote_all = false;
    std::vector<std::string> force_quote;
    std::vector<std::string> force_not_null;
    std::vector<std::string> force_null;
};

}  // namespace sluice::postgres
