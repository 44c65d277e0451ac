// bom_report.hpp - a bill of materials as an HTML page: indented, rolled up, and drawn.
//
// Problem: its readers have no program of ours, and perhaps no network; they print and mail it.
// Use:     file << bom_html({.title = "Robot", .revision = "B", .date = "2026-01-31", .nodes = nodes, .totals = totals});
//          file << bom_svg(nodes, {});
// Input:   nodes depth first, the root first; each names its parent by index. Texts are UTF-8, unescaped.
// Page:    one HTML 5 file that is also well-formed XML; no scripts, no external resources; light or dark as the reader
//          prefers, and dark on white in print.
// Drawing: parents left of their children, a column for each level. Beyond nodes_max it shows as many whole levels as
//          fit (or the first children of the root), and says so, also at each part whose children are missing.
// Threads: any.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::parts {

struct bom_node {
    static constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

    std::string number;
    std::string name;
    std::string revision;
    std::string status;
    double quantity = 1;  // in one piece of its parent
    std::size_t parent = no_parent;
    std::string reference;  // reference designators: "R1-R4"
    std::string note;
};

struct bom_total {
    std::string number;
    std::string name;
    double quantity = 0;
};

struct bom_report {
    std::string title;
    std::string revision;
    std::string date;
    std::vector<bom_node> nodes;
    std::vector<bom_total> totals;  // one entry for each part
};

struct bom_svg_params {
    std::size_t nodes_max = 200;
};

[[nodiscard]] std::string bom_html(const bom_report& report, bom_svg_params drawing = {});

[[nodiscard]] std::string bom_svg(std::span<const bom_node> nodes, bom_svg_params params = {});

// ---- for both, and for tests

// The level of each node: 0 for the root.
[[nodiscard]] std::vector<std::size_t> bom_levels(std::span<const bom_node> nodes);
// The shortest form: 2, 0.5, 1250.25.
[[nodiscard]] std::string quantity_text(double quantity);
// For text and attributes of XML; characters that XML forbids become U+FFFD.
[[nodiscard]] std::string xml_escaped(std::string_view text);

}  // namespace sluice::parts
