#include "cli/terminal/tree.hpp"

#include <algorithm>
#include <utility>

#include "base/core/assert.hpp"
#include "base/text/display_width.hpp"

namespace sluice::cli {

namespace {

struct strokes {
    const char* branch;
    const char* last;
    const char* passing;
};

constexpr strokes unicode{.branch = "├─ ", .last = "└─ ", .passing = "│  "};
constexpr strokes ascii{.branch = "|- ", .last = "`- ", .passing = "|  "};

// For each row: true if it is the last one below its parent.
std::vector<bool> last_ones(const std::vector<tree_row>& rows) {
    std::vector<bool> is_last(rows.size());
    std::vector<bool> has_next;  // by depth: a later row has the same parent
    for (auto at = rows.size(); at-- > 0;) {
        const auto depth = rows[at].depth;
        is_last[at] = depth >= has_next.size() || !has_next[depth];
        has_next.resize(depth + 1);
        has_next[depth] = true;
    }
    return is_last;
}

}  // namespace

std::string tree_text(std::vector<table_column> columns, std::vector<tree_row> rows, const output_style& style) {
    const auto is_last = last_ones(rows);
    const auto& drawn = style.is_utf8 ? unicode : ascii;
    std::vector<bool> ended;  // by depth: the branch above the row has ended
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const auto depth = rows[at].depth;
        SLUICE_ASSERT(depth <= ended.size());
        ended.resize(depth);
        std::string before;
        for (std::size_t level = 1; level < depth; ++level) {
            before.append(ended[level] ? "   " : drawn.passing);
        }
        if (depth != 0) {
            before.append(is_last[at] ? drawn.last : drawn.branch);
        }
        ended.push_back(is_last[at]);
        auto& first = rows[at].cells.front().text;
        first.insert(0, before);
        columns.front().width_min = std::max(columns.front().width_min, base::display_width(base::visible(first)));
    }
    table lines(std::move(columns));
    for (auto& row : rows) {
        lines.add(std::move(row.cells));
    }
    return lines.text(style);
}

}  // namespace sluice::cli
