// bar.hpp - draws a share as a bar of block characters.
//
// Use:     bar_text(0.42, 20, style)     // "████████▍           ", always 20 columns
// Shape:   eighths of a column; whole columns of # if the terminal shows only ASCII. A share above 0 is always visible.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>

#include "cli/terminal/output_style.hpp"

namespace sluice::cli {

// `share` is from 0 to 1; other values are clamped.
[[nodiscard]] std::string bar_text(double share, std::size_t width, const output_style& style);

}  // namespace sluice::cli
