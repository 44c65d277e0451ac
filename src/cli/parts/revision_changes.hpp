// revision_changes.hpp - prints the differences between two revisions of a part, as + - and ~ lines or JSON.
//
// Use:     {.words = "bom diff", .run = show_changes}
// Threads: one.
#pragma once

#include "cli/parts/parts_call.hpp"

namespace sluice::cli {

parts::result<int> show_changes(parts_call& call);

}  // namespace sluice::cli
