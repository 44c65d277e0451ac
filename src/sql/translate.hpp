// translate.hpp - PostgreSQL spellings that DuckDB does not know, rewritten token by token.
//
// Problem: drivers and tools send PostgreSQL's dialect (x::pg_catalog.int4, version(), typed parameters); DuckDB's own
//          dialect must pass unchanged.
// Use:     std::string text = translate(sql, {.parameter_types = names});
// How:     tokens are copied as they stand, blanks and comments included, except where a rule of the table in
// translate.cpp fits.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice::sql {

struct translation_params {
    // The DuckDB type that $1, $2, ... are cast to, as text ("BIGINT"); empty: leave the parameter as it is.
    std::span<const std::string_view> parameter_types;
};

[[nodiscard]] std::string translate(std::string_view sql, const translation_params& params);

// The highest n of $n in the text; 0 if there is none. Tokens inside quotes and comments do not count.
[[nodiscard]] int highest_parameter(std::string_view sql);

}  // namespace sluice::sql
