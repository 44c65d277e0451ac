// copy_options.hpp - the options of COPY, in both syntaxes, and the rules for combining them. Private to this folder.
//
// Use:     TRY_ASSIGN(auto options, parse_copy_options(cursor)); TRY(apply_copy_options(options, cursor, command));
// Errors:  SQLSTATE and text as in PostgreSQL 15 (42601, 22023, 0A000), with the position of the option.
// Source:  PostgreSQL 15 manual, COPY; the order of errors was observed on a running PostgreSQL.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/core/result.hpp"
#include "postgres/lex/token_cursor.hpp"
#include "postgres/sql/copy_command.hpp"

namespace sluice::postgres {

struct star {};

// A word or number in its source form, or a decoded string; a list of names; *; or no value.
using copy_option_value = std::variant<std::monostate, std::string, std::vector<std::string>, star>;

struct copy_option {
    token place;
    std::string name;  // as in the parenthesised syntax, lower case
    copy_option_value value;
};

// [DELIMITERS 'x'] [WITH] (name value, ...) or [WITH] CSV HEADER ...; stops at the first token that is no option.
result<std::vector<copy_option>> parse_copy_options(token_cursor& cursor);

// `cursor` is only used for positions. `command.direction` must be set.
result<> apply_copy_options(const std::vector<copy_option>& options, const token_cursor& cursor, copy_command& command);

}  // namespace sluice::postgres
