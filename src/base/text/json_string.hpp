// json_string.hpp - writes a text as a JSON string.
//
// Use:     line += "\"event\":" + json_string(event);
// Bytes:   bytes that are not well-formed UTF-8 become U+FFFD, so the result is always valid JSON.
// Source:  RFC 8259, 7 (Strings).
// Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace sluice::base {

// In quotes, escaped for JSON; logfmt readers accept that as well.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace sluice::base
