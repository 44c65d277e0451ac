// duckdb_errors.hpp - translates DuckDB's errors into PostgreSQL's codes and words.
//
// Problem: DuckDB has one text for everything; clients read SQLSTATE, hint and position, and know PostgreSQL's words.
// Use:     return fail(translate_error(duckdb_result_error(result), {.sent = sent, .original = original}));
// How:     connections run with errors_as_json, so the text is an object with the exception's class, its message and
//          the byte position; tables of patterns in duckdb_errors.cpp choose the code and rewrite frequent messages. A
//          text that is no such object (a user turned the setting off) is parsed as far as possible.
// Source:  PostgreSQL 15 manual, appendix A, and the messages of its parser and executor.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/error.hpp"

namespace sluice::duckdb {

struct error_source {
    std::string_view sent;      // the text for DuckDB; positions count in it
    std::string_view original;  // the client's text; empty: the error has no position
};

// Messages by which callers recognise an error.
inline constexpr std::string_view engine_lost = "the connection to the engine is lost";  // 08006
inline constexpr std::string_view committed_without_checkpoint =
    "the changes are committed, but the database file could not be written";

// An error of our own on its way through DuckDB, as the message of its exception; translate_error() finds it again.
[[nodiscard]] std::string carry_error(const error& cause);

[[nodiscard]] error translate_error(const char* text, const error_source& source = {});

// The members of DuckDB's JSON error that are strings; empty when `text` holds no such object.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_error_object(std::string_view text);

// The place in `original` of the token that begins at `offset_bytes` in `sent`: a 1-based character, or 0.
[[nodiscard]] std::int32_t original_position(const error_source& source, std::size_t offset_bytes);

}  // namespace sluice::duckdb
