#include "base/text/nearest.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice::base {

namespace {

std::size_t slips(std::string_view from, std::string_view to) {
    // Rows of the table of distances between prefixes: two before, one before, this.
    std::vector<std::size_t> older;
    std::vector<std::size_t> old;
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t i = 0; i <= from.size(); ++i) {
        for (std::size_t j = 0; j <= to.size(); ++j) {
            if (i == 0 || j == 0) {
                row[j] = i + j;
                continue;
            }
            row[j] = std::min({old[j] + 1, row[j - 1] + 1, old[j - 1] + (from[i - 1] == to[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                row[j] = std::min(row[j], older[j - 2] + 1);
            }
        }
        older = old;
        old = row;
    }
    return row.back();
}

}  // namespace

std::string_view nearest(std::string_view written, const std::vector<std::string_view>& candidates) {
    const auto slips_max = std::max<std::size_t>(1, written.size() / 3);
    std::string_view best;
    std::size_t best_slips = slips_max + 1;
    for (const auto candidate : candidates) {
        if (written.size() < 64 && slips(written, candidate) < best_slips) {
            best_slips = slips(written, candidate);
            best = candidate;
        }
    }
    const auto begins = [written](std::string_view each) { return !written.empty() && each.starts_with(written); };
    if (best.empty() && std::ranges::count_if(candidates, begins) == 1) {
        best = *std::ranges::find_if(candidates, begins);
    }
    return best;
}

}  // namespace sluice::base
