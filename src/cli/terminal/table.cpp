#include "cli/terminal/table.hpp"

#include <algorithm>
#include <numeric>

#include "base/core/assert.hpp"
#include "base/text/display_width.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t gap = 2;

}  // namespace

void table::add(std::vector<cell> row) {
    SLUICE_ASSERT(row.size() == columns_.size());
    for (auto& each : row) {
        each.text = base::visible(each.text);
    }
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> table::widths(const output_style& style) const {
    std::vector<std::size_t> widths;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        auto& width = widths.emplace_back(base::display_width(columns_[at].header));
        for (const auto& row : rows_) {
            width = std::max(width, base::display_width(row[at].text));
        }
    }
    auto total = std::accumulate(widths.begin(), widths.end(), (widths.size() - 1) * gap);
    while (style.is_terminal && style.width != 0 && total > style.width) {
        std::size_t* widest = nullptr;
        for (std::size_t at = 0; at < columns_.size(); ++at) {
            const bool can_shrink = columns_[at].alignment == align::left && widths[at] > columns_[at].width_min;
            if (can_shrink && (widest == nullptr || widths[at] > *widest)) {
                widest = &widths[at];
            }
        }
        if (widest == nullptr) {
            break;
        }
        --*widest;
        --total;
    }
    return widths;
}

void table::append_row(std::string& out, const std::vector<cell>& row, const std::vector<std::size_t>& widths,
                       const output_style& style) const {
    std::size_t owed = 0;  // spaces that are written only if text follows
    for (std::size_t at = 0; at < row.size(); ++at) {
        const auto text = base::shorten(row[at].text, widths[at], style.is_utf8);
        const auto space = widths[at] - base::display_width(text);
        const bool is_right = columns_[at].alignment == align::right;
        owed += (at == 0 ? 0 : gap) + (is_right ? space : 0);
        if (!text.empty()) {
            out.append(std::exchange(owed, 0), ' ').append(painted(text, row[at].sense, style));
        }
        owed += is_right ? 0 : space;
    }
    out.push_back('\n');
}

std::string table::text(const output_style& style) const {
    const auto fitting = widths(style);
    std::string out;
    if (std::ranges::any_of(columns_, [](const auto& each) { return !each.header.empty(); })) {
        std::vector<cell> header;
        for (const auto& each : columns_) {
            header.emplace_back(each.header, meaning::strong);
        }
        append_row(out, header, fitting, style);
    }
    for (const auto& row : rows_) {
        append_row(out, row, fitting, style);
    }
    return out;
}

}  // namespace sluice::cli
