// translate.hpp - rewrites PostgreSQL spellings that DuckDB does not know, token by token.
//
// Problem: drivers and tools send PostgreSQL's dialect (x::pg_catalog.int4, version(), typed parameters); DuckDB's own
//          dialect must pass unchanged.
// Use:     sql = translate(sql, {.session = &facts});       // once, when a statement is prepared
// How:     tokens are copied unchanged, blanks and comments included, unless a rule of translate.cpp fits: types and
//          pg_catalog names always, functions about the session only with `session`. Translating twice has no further
//          effect. A text without any of the rules' words is returned unchanged.
// Bounds:  linear in the text; calls nested deeper than 16 inside each other stay unchanged.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "postgres/lex/lexer.hpp"

namespace sluice::duckdb {

// The answers of functions about the session. Their values become literals, so a statement that is prepared once keeps
// the value of that time.
struct session_facts {
    std::string_view version_text;  // of version(), e.g. "PostgreSQL 15.0 (Sluice 0.1.0, DuckDB v1.5.5)"
    std::string_view user;          // of current_user, session_user
    std::int32_t process_id = 0;
    // For current_setting('name'); nullopt: the engine's setting, if it has one.
    std::function<std::optional<std::string>(std::string_view name)> setting;
    std::vector<backend::setting_change> changes;  // calls of set_config(), filled by translate()
};

struct translation_params {
    session_facts* session = nullptr;
    bool postgres_operators = false;  // operators have PostgreSQL's meaning where DuckDB's differs
    bool binary_ctid = false;         // six bytes, as in COPY (FORMAT binary), instead of '(0,1)'
    bool names_rows = false;          // part of a text whose ctid is known to be PostgreSQL's
};

[[nodiscard]] std::string translate(const postgres::lexed_text& sql, const translation_params& params);

// n of the token $n; the largest int if it does not fit.
[[nodiscard]] int parameter_number(const postgres::token& parameter);

}  // namespace sluice::duckdb
