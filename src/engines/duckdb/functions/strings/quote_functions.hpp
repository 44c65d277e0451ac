// quote_functions.hpp - texts and names in the quotes that SQL needs, and names out of them.
//
// Use:     quote_name("Foo bar")   // "Foo bar" in double quotes; foo stays as it is
// Source:  PostgreSQL 15 manual, 9.4 and 4.1.1; appendix C for the keywords.
// Errors:  22023 of parse_ident.
// Threads: plain functions.
#pragma once

#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

// In quotes only if the name needs them.
[[nodiscard]] std::string quote_name(std::string_view name);
// With backslashes as E'...'.
[[nodiscard]] std::string quote_text(std::string_view text);

result<> add_quote_functions(native_functions& functions);

}  // namespace sluice::duckdb
