// nearest.hpp - suggests the name that was meant by a misspelt one.
//
// Use:     nearest("lsit", {"list", "show"})   // "list"; empty when nothing is near
// Source:  optimal string alignment: insertions, deletions, replacements and swapped neighbours count one.
// Threads: any.
#pragma once

#include <string_view>
#include <vector>

namespace sluice::base {

// Allows one slip for each three letters, and always one; else the only candidate that begins with `written`.
[[nodiscard]] std::string_view nearest(std::string_view written, const std::vector<std::string_view>& candidates);

}  // namespace sluice::base
