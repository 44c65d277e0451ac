// analysed_statement.hpp - what the text of a statement tells, read once and handed through to the engine.
//
// Problem: a text that is new was cut into tokens about ten times: to split it, to classify it, to find its hint, and
//          again for each question of the engine.
// Use:     TRY_ASSIGN(const auto statements, analyse(query_text));  session.prepare(statements[0].lexed, {})
// Memory:  points into the text, which has to outlive it.
// Threads: plain values.
// Errors:  42601 with its position in the whole text, when one of the statements cannot be classified.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"
#include "postgres/lex/lexer.hpp"
#include "postgres/sql/statement.hpp"

namespace sluice::postgres {

struct analysed_statement : statement {
    lexed_text lexed;
    std::string hint;  // the profile that its hint comment names (query_hint.hpp); empty: none
    bool reads_catalog_only = false;
};

// Statements that are empty are left out.
result<std::vector<analysed_statement>> analyse(std::string_view text);

}  // namespace sluice::postgres
