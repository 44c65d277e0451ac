// decode_json.hpp - is this text JSON, as PostgreSQL's json type sees it?
//
// Problem: the engine takes any text into a JSON column when it is appended; the error would come much later.
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
