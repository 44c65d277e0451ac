// like_functions.hpp - LIKE and ILIKE on texts, LIKE on binary strings.
//
// Source:  PostgreSQL 15 manual, 9.7.1. A backslash escapes; like_escape() gives patterns with another escape this form.
// Errors:  22025. As in PostgreSQL, an escape character at the end is an error only where matching gets to it.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_like_functions(native_functions& functions);

}  // namespace sluice::duckdb
