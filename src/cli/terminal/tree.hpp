// tree.hpp - prints a structure as a tree of lines, with aligned columns to its right.
//
// Use:     print(tree_text({{.header = "PART"}, {.header = "QTY", .alignment = align::right}},
//                          {{.depth = 0, .cells = {"X-100", ""}}, {.depth = 1, .cells = {"Y-7", "4"}}}, style));
// Order:   rows are depth first; the first has depth 0, each later one is at most one deeper than the one before.
// Shape:   ├─ └─ │ before the first cell, |- `- | if the terminal shows only ASCII. Rows of depth 0 have none.
// Narrow:  the first column is never shortened; others are.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/terminal/table.hpp"

namespace sluice::cli {

struct tree_row {
    std::size_t depth = 0;
    std::vector<cell> cells;
};

[[nodiscard]] std::string tree_text(std::vector<table_column> columns, std::vector<tree_row> rows,
                                    const output_style& style);

}  // namespace sluice::cli
