// nearest.hpp - what someone may have meant who wrote something that does not exist.
//
// Use:     nearest("lsit", {"list", "show"})   // "list"; empty when nothing is near
// Source:  optimal string alignment: insertions, deletions, replacements, and neighbours that changed places, count one.
// Threads: any.
#pragma once

#include <string_view>
#include <vector>

namespace sluice::base {

// At most one slip for each three letters, at least one; or the only candidate that begins so.
[[nodiscard]] std::string_view nearest(std::string_view written, const std::vector<std::string_view>& candidates);

}  // namespace sluice::base
