// json_string.hpp - a text as a string of JSON.
//
// Use:     line += "\"event\":" + json_string(event);
// Bytes:   what is not well-formed UTF-8 becomes U+FFFD, so that whatever is given makes valid JSON.
// Source:  RFC 8259, 7 (Strings); Unicode 15, table 3-7.
// Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace sluice::base {

// In quotes, escaped as JSON asks, which logfmt readers accept as well.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace sluice::base
