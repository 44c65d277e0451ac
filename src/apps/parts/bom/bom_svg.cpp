// The drawing: leaves take rows from the top, a parent is at the middle of its children, each level has a column.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "apps/parts/bom/bom_report.hpp"
#include "base/text/display_width.hpp"

namespace sluice::parts {

namespace {

constexpr double box_width = 184;
constexpr double box_height = 44;
constexpr double column_width = 264;  // a box and the gap to the next column, with room for a quantity
constexpr double row_height = 56;
constexpr double margin = 16;
constexpr double note_height = 28;
constexpr std::size_t number_columns = 20;
constexpr std::size_t name_columns = 25;

constexpr std::string_view style =
    ".box{fill:#fff;stroke:#8a94a6;stroke-width:1}.root{fill:#e8f0fe;stroke:#3367d6;stroke-width:1.5}"
    ".leaf{fill:#f6f8fa}.line{fill:none;stroke:#a3adbd;stroke-width:1.25}"
    ".number{font:600 13px system-ui,sans-serif;fill:#1c2733}.name{font:11.5px system-ui,sans-serif;fill:#53606f}"
    ".quantity{font:11.5px system-ui,sans-serif;fill:#3d4855;text-anchor:end}"
    ".more{font:11px system-ui,sans-serif;fill:#a04a00}.note{font:italic 12.5px system-ui,sans-serif;fill:#a04a00}"
    "@media screen and (prefers-color-scheme:dark){.box{fill:#1e2630;stroke:#66748a}.root{fill:#1b2f52;stroke:#7ba7ff}"
    ".leaf{fill:#182028}.line{stroke:#55647a}.number{fill:#e6edf3}.name{fill:#a5b1c0}.quantity{fill:#c3cdd9}"
    ".more,.note{fill:#ffb77a}}";

struct place {
    double x = 0;
    double y = 0;  // middle of the box
    bool is_drawn = false;
    std::size_t drawn_children = 0;
    std::size_t hidden_children = 0;

    [[nodiscard]] bool is_leaf() const { return drawn_children + hidden_children == 0; }
};

struct layout {
    std::size_t levels_drawn = 0;  // levels drawn completely
    std::size_t levels = 0;
    std::size_t drawn = 0;
    std::vector<place> places;  // place of each node
    double width = 0;
    double height = 0;
};

// Chooses as many whole levels as fit; if only the root fits, also the first of its children.
void choose(layout& out, const std::vector<std::size_t>& level_of, std::size_t nodes_max) {
    std::vector<std::size_t> sizes;
    for (const auto level : level_of) {
        sizes.resize(std::max(sizes.size(), level + 1));
        ++sizes[level];
    }
    out.levels = sizes.size();
    while (out.levels_drawn < sizes.size() &&
           (out.levels_drawn == 0 || out.drawn + sizes[out.levels_drawn] <= nodes_max)) {
        out.drawn += sizes[out.levels_drawn++];
    }
    for (std::size_t at = 0; at < level_of.size(); ++at) {
        auto& mine = out.places[at];
        mine.is_drawn = level_of[at] < out.levels_drawn;
        if (!mine.is_drawn && out.levels_drawn == 1 && level_of[at] == 1 && out.drawn < nodes_max) {
            mine.is_drawn = true;
            ++out.drawn;
        }
    }
}

layout lay_out(std::span<const bom_node> nodes, std::size_t nodes_max) {
    layout out{.places = std::vector<place>(nodes.size())};
    const auto level_of = bom_levels(nodes);
    choose(out, level_of, nodes_max);
    for (std::size_t at = 0; at < nodes.size(); ++at) {
        if (const auto parent = nodes[at].parent; parent != bom_node::no_parent) {
            ++(out.places[at].is_drawn ? out.places[parent].drawn_children : out.places[parent].hidden_children);
        }
    }
    double next_row = margin + box_height / 2;
    for (std::size_t at = 0; at < nodes.size(); ++at) {
        auto& mine = out.places[at];
        mine.x = margin + static_cast<double>(level_of[at]) * column_width;
        if (mine.is_drawn && mine.drawn_children == 0) {
            mine.y = next_row;
            next_row += row_height;
        }
        out.width = std::max(out.width, mine.is_drawn ? mine.x + box_width + margin : 0);
    }
    // Depth first, children have higher indices than their parent: going backwards, they are placed before it.
    std::vector<double> first(nodes.size());  // middle of the first child; below, of the last
    std::vector<double> last(nodes.size());
    for (auto at = nodes.size(); at-- > 0;) {
        auto& mine = out.places[at];
        if (mine.drawn_children != 0) {
            mine.y = (first[at] + last[at]) / 2;
        }
        if (const auto parent = nodes[at].parent; mine.is_drawn && parent != bom_node::no_parent) {
            first[parent] = mine.y;
            last[parent] = last[parent] == 0 ? mine.y : last[parent];
        }
    }
    out.height = next_row - row_height + box_height / 2 + margin;
    return out;
}

// A line from the parent's right edge to the child, through a vertical that all its children share.
void append_line(std::string& svg, const place& from, const place& to, double quantity) {
    const double begin = from.x + box_width;
    const double bend = begin + 18;
    const double radius = std::min(6.0, std::abs(to.y - from.y) / 2);
    const double turn = to.y < from.y ? -radius : radius;
    if (radius < 0.5) {
        svg += fmt::format("<path class=\"line\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", begin, from.y, to.x);
    } else {
        svg += fmt::format(
            "<path class=\"line\" d=\"M{0:.1f} {1:.1f}H{2:.1f}Q{3:.1f} {1:.1f} {3:.1f} {4:.1f}V{5:.1f}Q{3:.1f} "
            "{6:.1f} {7:.1f} {6:.1f}H{8:.1f}\"/>",
            begin, from.y, bend - radius, bend, from.y + turn, to.y - turn, to.y, bend + radius, to.x);
    }
    svg += fmt::format("<text class=\"quantity\" x=\"{:.1f}\" y=\"{:.1f}\">{} ×</text>\n", to.x - 6, to.y - 5,
                       quantity_text(quantity));
}

void append_box(std::string& svg, const bom_node& node, const place& where, bool is_root) {
    const double top = where.y - box_height / 2;
    svg += fmt::format("<g><title>{} {}</title>", xml_escaped(node.number), xml_escaped(node.name));
    svg += fmt::format("<rect class=\"box{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
                       is_root           ? " root"
                       : where.is_leaf() ? " leaf"
                                         : "",
                       where.x, top, box_width, box_height);
    svg += fmt::format("<text class=\"number\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", where.x + 10, top + 18,
                       xml_escaped(base::shorten(node.number, number_columns)));
    svg += fmt::format("<text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>\n", where.x + 10, top + 34,
                       xml_escaped(base::shorten(node.name, name_columns)));
}

}  // namespace

std::string bom_svg(std::span<const bom_node> nodes, bom_svg_params params) {
    if (nodes.empty()) {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"0\" height=\"0\"/>\n";
    }
    const auto drawn = lay_out(nodes, params.nodes_max);
    std::string lines;
    std::string boxes;
    for (std::size_t at = 0; at < nodes.size(); ++at) {
        const auto& where = drawn.places[at];
        if (!where.is_drawn) {
            continue;
        }
        append_box(boxes, nodes[at], where, at == 0);
        if (nodes[at].parent != bom_node::no_parent) {
            append_line(lines, drawn.places[nodes[at].parent], where, nodes[at].quantity);
        }
        if (where.hidden_children != 0) {
            // Beside the box, or below it if lines begin there.
            boxes +=
                fmt::format("<text class=\"more\" x=\"{:.1f}\" y=\"{:.1f}\">+ {}</text>\n",
                            where.x + (where.drawn_children == 0 ? box_width + 6 : 0),
                            where.y + (where.drawn_children == 0 ? 4 : box_height / 2 + 15), where.hidden_children);
        }
    }
    const bool is_cut = drawn.drawn < nodes.size();
    const double width = is_cut ? std::max(drawn.width + 48, 460.0) : drawn.width;
    const double height = drawn.height + (is_cut ? note_height : 0);
    auto svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\"><title>{2}</title><style>{3}</style>\n",
        width, height, xml_escaped("Structure of " + nodes[0].number), style);
    svg += lines + boxes;
    if (is_cut) {
        svg += fmt::format(
            "<text class=\"note\" x=\"{}\" y=\"{:.1f}\">{} of {} parts are drawn, the first {} of {} "
            "levels{}.</text>\n",
            margin, height - margin, drawn.drawn, nodes.size(), drawn.levels_drawn, drawn.levels,
            drawn.levels_drawn == 1 && drawn.drawn > 1 ? " and the beginning of the second" : "");
    }
    return svg + "</svg>\n";
}

}  // namespace sluice::parts
