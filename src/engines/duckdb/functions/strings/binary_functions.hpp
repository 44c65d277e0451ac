// binary_functions.hpp - functions on bytea: parts, bytes and bits, digests, and its forms as text.
//
// Source:  PostgreSQL 15 manual, 9.5; digests by OpenSSL.
// Errors:  22011, 22003, 22023, 2202E, 22P02.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_binary_functions(native_functions& functions);

}  // namespace sluice::duckdb
