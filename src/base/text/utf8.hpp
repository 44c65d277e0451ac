// utf8.hpp - checks that a text is valid UTF-8 as PostgreSQL defines it.
//
// Problem: the engine must never get broken text, and every SQL string, name, text parameter and COPY field passes
//          through here, so ASCII has to cost next to nothing.
// Use:     TRY(check_utf8(text));
// Errors:  22021 with the offending bytes in hexadecimal.
// Source:  Unicode 15, table 3-7 (well-formed byte sequences). A zero byte is refused too: PostgreSQL's text has none.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::base {

// Number of bytes at the front of `text` that are valid UTF-8 without zero bytes; text.size() if all are.
[[nodiscard]] std::size_t valid_utf8_prefix_bytes(std::string_view text);

result<> check_utf8(std::string_view text);

}  // namespace sluice::base
