// quote.hpp - quotes text and names for SQL: 'it''s' and "a""b".
//
// Threads: plain functions.
#pragma once

#include <string>
#include <string_view>

namespace sluice::postgres {

[[nodiscard]] std::string quote_literal(std::string_view text);
[[nodiscard]] std::string quote_identifier(std::string_view name);

}  // namespace sluice::postgres
