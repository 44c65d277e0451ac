// tree.hpp - a structure as a tree of lines, with aligned columns to the right of it.
//
// Use:     print(tree_text({{.header = "PART"}, {.header = "QTY", .alignment = align::right}},
//                          {{.depth = 0, .cells = {"X-100", ""}}, {.depth = 1, .cells = {"Y-7", "4"}}}, style));
// Order:   rows are depth first; each is at most one deeper than the one before, the first at depth 0.
// Shape:   ├─ └─ │ before the first cell, |- `- | where characters beyond ASCII do not show. Rows of depth 0 have none.
// Narrow:  the first column is never cut; others give way.
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
