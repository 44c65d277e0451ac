// bar.hpp - a share of something as a bar of block characters.
//
// Use:     bar_text(0.42, 20, style)     // "████████▍           ", always 20 columns
// Shape:   eighths of a column; # and whole columns where characters beyond ASCII do not show. What is more than nothing is
//          seen.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>

#include "cli/terminal/output_style.hpp"

namespace sluice::cli {

// `share` is from 0 to 1; what is beyond counts as the end.
[[nodiscard]] std::string bar_text(double share, std::size_t width, const output_style& style);

}  // namespace sluice::cli
