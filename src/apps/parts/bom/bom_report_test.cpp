#include "apps/parts/bom/bom_report.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <regex>
#include <string>
#include <vector>

namespace sluice::parts {
namespace {

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) {
        ++found;
    }
    return found;
}

// The first fault of the XML, or empty: tags that do not match, raw < and &, entities that XML does not know.
std::string xml_problem(std::string_view text) {
    static const std::regex token(R"(<!DOCTYPE html>|<(/?)([a-z0-9]+)((?: [a-zA-Z-]+="[^"<&]*")*)(/?)>)");
    static const std::regex entity("&(lt|gt|amp|quot|#39);.*");
    std::vector<std::string> open;
    const std::string all(text);
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (all[at] == '&' && !std::regex_match(all.substr(at, 8).substr(0, all.substr(at, 8).find('\n')), entity)) {
            return "entity: " + all.substr(at, 40);
        }
        if (all[at] != '<') {
            continue;
        }
        std::smatch found;
        if (!std::regex_search(all.begin() + static_cast<std::ptrdiff_t>(at), all.end(), found, token,
                               std::regex_constants::match_continuous)) {
            return "tag: " + all.substr(at, 60);
        }
        if (found[1].length() != 0) {
            if (open.empty() || open.back() != found[2]) {
                return "end: " + all.substr(at, 60);
            }
            open.pop_back();
        } else if (found[2].matched && found[4].length() == 0) {
            open.push_back(found[2]);
        }
    }
    return open.empty() ? "" : "not closed: " + open.back();
}

struct box {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
};

std::vector<box> boxes_of(const std::string& svg) {
    static const std::regex rect(R"re(<rect [^>]*x="([0-9.]+)" y="([0-9.]+)" width="([0-9.]+)" height="([0-9.]+)")re");
    std::vector<box> boxes;
    for (std::sregex_iterator at(svg.begin(), svg.end(), rect), end; at != end; ++at) {
        boxes.push_back({.x = std::stod((*at)[1]),
                         .y = std::stod((*at)[2]),
                         .width = std::stod((*at)[3]),
                         .height = std::stod((*at)[4])});
    }
    return boxes;
}

box canvas_of(const std::string& svg) {
    static const std::regex size(R"re(<svg [^>]*width="([0-9]+)" height="([0-9]+)")re");
    std::smatch found;
    EXPECT_TRUE(std::regex_search(svg, found, size));
    return {.width = std::stod(found[1]), .height = std::stod(found[2])};
}

void expect_tidy(const std::string& svg) {
    const auto boxes = boxes_of(svg);
    const auto canvas = canvas_of(svg);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const auto& a = boxes[i];
        EXPECT_TRUE(a.x >= 0 && a.y >= 0 && a.x + a.width <= canvas.width && a.y + a.height <= canvas.height);
        for (std::size_t j = i + 1; j < boxes.size(); ++j) {
            const auto& b = boxes[j];
            const bool apart =
                a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y;
            ASSERT_TRUE(apart) << "boxes " << i << " and " << j;
        }
    }
}

bom_node node(std::string number, std::size_t parent, double quantity = 1, std::string name = "Part") {
    return {.number = std::move(number),
            .name = std::move(name),
            .revision = "A",
            .status = "released",
            .quantity = quantity,
            .parent = parent};
}

bom_report robot() {
    return {.title = "X-1 Robot",
            .revision = "B",
            .date = "2026-01-31",
            .nodes = {node("X-1", bom_node::no_parent, 1, "Robot"), node("A-2", 0, 2, "Arm"),
                      node("B-3", 1, 1.5, "Bone"), node("S-4", 1, 8, "Screw"), node("S-4", 0, 4, "Screw")},
            .totals = {{.number = "A-2", .name = "Arm", .quantity = 2},
                       {.number = "B-3", .name = "Bone", .quantity = 3},
                       {.number = "S-4", .name = "Screw", .quantity = 20}}};
}

// A random structure of `size` nodes, depth first.
std::vector<bom_node> random_structure(std::size_t size, std::mt19937& random) {
    std::vector<bom_node> nodes{node("N-0", bom_node::no_parent)};
    std::vector<std::size_t> path{0};
    while (nodes.size() < size) {
        path.resize(1 + random() % std::min<std::size_t>(path.size(), 6));
        nodes.push_back(node("N-" + std::to_string(nodes.size()), path.back(), static_cast<double>(1 + random() % 20)));
        path.push_back(nodes.size() - 1);
    }
    return nodes;
}

TEST(bom_report, tells_levels_quantities_and_totals) {
    const auto page = bom_html(robot());
    EXPECT_EQ(xml_problem(page), "");
    const auto row = [](const std::string& line) { return std::regex_replace(line, std::regex("<[^>]*>"), "|"); };
    std::vector<std::string> rows;
    static const std::regex line("<tr>.*</tr>");
    for (std::sregex_iterator at(page.begin(), page.end(), line), end; at != end; ++at) {
        rows.push_back(row(at->str()));
    }
    EXPECT_EQ(rows,
              (std::vector<std::string>{
                  "||Level||Number||Name||Rev.||Status||Quantity||Total||", "||0||X-1||Robot||A||released||1||1||",
                  "||1||A-2||Arm||A||released||2||2||", "||2||B-3||Bone||A||released||1.5||3||",
                  "||2||S-4||Screw||A||released||8||16||", "||1||S-4||Screw||A||released||4||4||",
                  "||Number||Name||Quantity||", "||A-2||Arm||2||", "||B-3||Bone||3||", "||S-4||Screw||20||"}));
    EXPECT_NE(page.find("revision B · 2026-01-31 · 5 lines, 3 parts"), std::string::npos);
}

TEST(bom_report, needs_nothing_from_elsewhere) {
    const auto page = bom_html(robot());
    for (const auto* outside : {"<script", "<link", "<img", "@import", "url(", "src=", "href="}) {
        EXPECT_EQ(count(page, outside), 0U) << outside;
    }
    EXPECT_EQ(count(page, "http"), count(page, "xmlns=\"http")) << "names, not addresses";
}

TEST(bom_report, writes_any_text_as_text) {
    auto evil = robot();
    evil.title = "</title><script>&";
    evil.nodes[1].name = "<b>\"'&amp;\x01\xff";
    evil.nodes[2].number = "'\"><svg onload=x>";
    evil.totals[0].name = "</table>";
    const auto page = bom_html(evil);
    EXPECT_EQ(xml_problem(page), "");
    EXPECT_NE(page.find("&lt;b&gt;&quot;&#39;&amp;amp;\xef\xbf\xbd\xef\xbf\xbd"), std::string::npos);
    EXPECT_EQ(count(page, "<script"), 0U);
    EXPECT_EQ(count(page, "<svg"), 1U);
    EXPECT_EQ(xml_problem("<a><b></a></b>"), "end: </a></b>") << "the check itself";
    EXPECT_EQ(xml_problem("a & b"), "entity: & b");
}

TEST(bom_svg, draws_each_node_once_without_overlap) {
    std::mt19937 random(4);
    for (const std::size_t size : {1U, 2U, 30U, 200U}) {
        const auto nodes = random_structure(size, random);
        const auto svg = bom_svg(nodes);
        EXPECT_EQ(xml_problem(svg), "");
        EXPECT_EQ(boxes_of(svg).size(), size);
        EXPECT_EQ(count(svg, "class=\"quantity\""), size - 1);
        for (const auto& each : nodes) {
            EXPECT_EQ(count(svg, ">" + each.number + "</text>"), 1U) << each.number;
        }
        expect_tidy(svg);
        EXPECT_EQ(count(svg, "class=\"note\""), 0U);
    }
}

TEST(bom_svg, draws_whole_levels_of_what_is_too_large) {
    // Each node has three children: levels of 1, 3, 9, 27, 81 and 243.
    std::vector<bom_node> nodes;
    const auto grow = [&](const auto& self, std::size_t parent, std::size_t level) -> void {
        nodes.push_back(node("N-" + std::to_string(nodes.size()), parent));
        const auto mine = nodes.size() - 1;
        for (int i = 0; i < (level < 5 ? 3 : 0); ++i) {
            self(self, mine, level + 1);
        }
    };
    grow(grow, bom_node::no_parent, 0);
    const auto svg = bom_svg(nodes);
    EXPECT_EQ(xml_problem(svg), "");
    EXPECT_EQ(boxes_of(svg).size(), 121U);
    expect_tidy(svg);
    EXPECT_NE(svg.find(">121 of 364 parts are drawn, the first 5 of 6 levels.<"), std::string::npos);
    EXPECT_EQ(count(svg, ">+ 3</text>"), 81U);
}

TEST(bom_svg, draws_the_first_of_too_many_children) {
    std::vector<bom_node> nodes{node("N-0", bom_node::no_parent)};
    while (nodes.size() < 500) {
        nodes.push_back(node("N-" + std::to_string(nodes.size()), 0));
    }
    const auto svg = bom_svg(nodes);
    EXPECT_EQ(boxes_of(svg).size(), 200U);
    expect_tidy(svg);
    EXPECT_NE(svg.find(">200 of 500 parts are drawn, the first 1 of 2 levels and the beginning of the second.<"),
              std::string::npos);
    EXPECT_EQ(count(svg, ">+ 300</text>"), 1U);
}

TEST(bom_svg, shortens_what_does_not_fit_and_tells_it_in_full_as_title) {
    const std::string name(100, 'n');
    const auto svg = bom_svg(std::vector<bom_node>{node("X", bom_node::no_parent, 1, name)});
    EXPECT_NE(svg.find(">" + std::string(24, 'n') + "…</text>"), std::string::npos);
    EXPECT_NE(svg.find("<title>X " + name + "</title>"), std::string::npos);
    EXPECT_EQ(xml_problem(bom_svg({})), "");
}

TEST(bom_report, quantities_are_short) {
    EXPECT_EQ(quantity_text(4), "4");
    EXPECT_EQ(quantity_text(0.1 + 0.2), "0.3");
    EXPECT_EQ(quantity_text(1250.25), "1250.25");
    EXPECT_EQ(quantity_text(100), "100");
    EXPECT_EQ(quantity_text(1000000), "1000000");
    EXPECT_EQ(quantity_text(0), "0");
    EXPECT_EQ(quantity_text(-0.0), "0");
    EXPECT_EQ(quantity_text(1e-9), "1e-09");
    EXPECT_EQ(quantity_text(1e20), "1e+20");
}

}  // namespace
}  // namespace sluice::parts
