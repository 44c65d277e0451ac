// decode_json.hpp - checks that a text is JSON, by the rules of PostgreSQL's json type.
//
// Problem: the engine appends any text to a JSON column; the error would come much later.
// Use:     TRY(check_json(text));
// Bounds:  nesting up to json_depth_max; no recursion.
// Errors:  22P02 with PostgreSQL's message and a detail, 54001 nested too deeply, 22021 broken text.
// Source:  RFC 8259.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::postgres {

inline constexpr std::size_t json_depth_max = 1000;

result<> check_json(std::string_view text);

}  // namespace sluice::postgres
