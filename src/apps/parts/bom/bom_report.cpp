#include "apps/parts/bom/bom_report.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <initializer_list>
#include <utility>

#include "base/core/assert.hpp"
#include "base/text/utf8.hpp"

namespace sluice::parts {

namespace {

constexpr std::string_view style = R"css(
:root{--ink:#1c2733;--soft:#53606f;--rule:#d8dee6;--stripe:#f6f8fa;--page:#fff;--link:#3367d6}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a5b1c0;--rule:#37424f;--stripe:#182028;--page:#10161d;--link:#7ba7ff}}
*{box-sizing:border-box}
body{margin:2.5rem auto;max-width:72rem;padding:0 1.5rem;font:15px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--ink);background:var(--page)}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2.5rem 0 .6rem}
.facts{color:var(--soft);margin:0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{font-size:.8rem;font-weight:600;color:var(--soft);text-align:left;border-bottom:2px solid var(--rule)}
th,td{padding:.35rem .6rem;vertical-align:top}
td{border-bottom:1px solid var(--rule);overflow-wrap:anywhere}
tbody tr:nth-child(even){background:var(--stripe)}
.n{text-align:right;white-space:nowrap}
.p{font-weight:600;white-space:nowrap}
.s{white-space:nowrap}
.drawing{overflow-x:auto;border:1px solid var(--rule);border-radius:8px}
.drawing svg{display:block;margin:auto}
@page{margin:15mm}
@media print{body{margin:0;max-width:none;padding:0;font-size:10pt}thead{display:table-header-group}tr{break-inside:avoid}h2{break-after:avoid}.drawing{border:0;overflow:visible}.drawing svg{max-width:100%;height:auto}}
)css";

using table_cell = std::pair<std::string_view, std::string>;  // attributes and text of a cell

std::string row(std::string_view kind, const std::vector<table_cell>& cells) {
    std::string out = "<tr>";
    for (const auto& [look, text] : cells) {
        out += look.empty() ? fmt::format("<{0}>{1}</{0}>", kind, xml_escaped(text))
                            : fmt::format("<{0} {1}>{2}</{0}>", kind, look, xml_escaped(text));
    }
    return out.append("</tr>\n");
}

// Quantity of each node in one piece of the root.
std::vector<double> totals_of(std::span<const bom_node> nodes) {
    std::vector<double> totals;
    for (const auto& each : nodes) {
        totals.push_back(each.parent == bom_node::no_parent ? each.quantity : totals[each.parent] * each.quantity);
    }
    return totals;
}

// Leaves out columns without values.
std::string indented_table(const std::vector<bom_node>& nodes) {
    const bool has_references = !std::ranges::all_of(nodes, &std::string::empty, &bom_node::reference);
    const bool has_notes = !std::ranges::all_of(nodes, &std::string::empty, &bom_node::note);
    const auto with_texts = [&](std::vector<table_cell> cells, std::string_view reference, std::string_view note) {
        if (has_references) {
            cells.emplace_back("", std::string(reference));
        }
        if (has_notes) {
            cells.emplace_back("", std::string(note));
        }
        return cells;
    };
    std::string out = "<h2>Structure</h2>\n<table>\n<thead>" + row("th", with_texts({{"class=\"n\"", "Level"},
                                                                                     {"", "Number"},
                                                                                     {"", "Name"},
                                                                                     {"", "Rev."},
                                                                                     {"", "Status"},
                                                                                     {"class=\"n\"", "Quantity"},
                                                                                     {"class=\"n\"", "Total"}},
                                                                                    "Reference", "Note"));
    out += "</thead>\n<tbody>\n";
    const auto levels = bom_levels(nodes);
    const auto totals = totals_of(nodes);
    for (std::size_t at = 0; at < nodes.size(); ++at) {
        const auto& each = nodes[at];
        // The indentation is limited, so that deep structures stay on the page.
        const auto indent = fmt::format("class=\"p\" style=\"padding-left:{:.1f}em\"",
                                        0.6 + 1.2 * static_cast<double>(std::min<std::size_t>(levels[at], 16)));
        out += row("td", with_texts({{"class=\"n\"", std::to_string(levels[at])},
                                     {indent, each.number},
                                     {"", each.name},
                                     {"class=\"s\"", each.revision},
                                     {"class=\"s\"", each.status},
                                     {"class=\"n\"", quantity_text(each.quantity)},
                                     {"class=\"n\"", quantity_text(totals[at])}},
                                    each.reference, each.note));
    }
    return out.append("</tbody>\n</table>\n");
}

std::string rolled_up_table(const std::vector<bom_total>& totals) {
    std::string out = "<h2>Parts in all</h2>\n<table>\n<thead>" +
                      row("th", {{"", "Number"}, {"", "Name"}, {"class=\"n\"", "Quantity"}}) + "</thead>\n<tbody>\n";
    for (const auto& each : totals) {
        out +=
            row("td", {{"class=\"p\"", each.number}, {"", each.name}, {"class=\"n\"", quantity_text(each.quantity)}});
    }
    return out.append("</tbody>\n</table>\n");
}

}  // namespace

std::vector<std::size_t> bom_levels(std::span<const bom_node> nodes) {
    std::vector<std::size_t> levels;
    for (const auto& each : nodes) {
        SLUICE_ASSERT(each.parent == bom_node::no_parent || each.parent < levels.size());
        levels.push_back(each.parent == bom_node::no_parent ? 0 : levels[each.parent] + 1);
    }
    return levels;
}

std::string quantity_text(double quantity) {
    // Rounds, because sums of decimal fractions are not exact: 0.1 + 0.2 must read 0.3.
    auto text = fmt::format("{:.6f}", quantity);
    text.erase(text.find_last_not_of('0') + 1);
    text.erase(text.find_last_not_of('.') + 1);
    const bool is_lost = std::abs(quantity) >= 1e15 || (quantity != 0 && std::abs(quantity) < 1e-6);
    return is_lost ? fmt::format("{:.6g}", quantity) : text == "-0" ? "0" : text;
}

std::string xml_escaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto next = base::first_character(text);
        text.remove_prefix(next.bytes.size());
        switch (next.code) {
            case '<':
                out.append("&lt;");
                break;
            case '>':
                out.append("&gt;");
                break;
            case '&':
                out.append("&amp;");
                break;
            case '"':
                out.append("&quot;");
                break;
            case '\'':
                out.append("&#39;");
                break;
            default: {
                const bool is_blank = next.code == '\t' || next.code == '\n' || next.code == '\r';
                const bool is_forbidden = (next.code < 0x20 && !is_blank) || next.code == 0xfffd ||
                                          next.code == 0xfffe || next.code == 0xffff;
                out.append(is_forbidden ? std::string_view("\xef\xbf\xbd") : next.bytes);
            }
        }
    }
    return out;
}

std::string bom_html(const bom_report& report, bom_svg_params drawing) {
    const auto title = xml_escaped(report.title);
    auto page = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta "
        "charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light "
        "dark\"/>\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
        title, style);
    page += fmt::format("<h1>{}</h1>\n<p class=\"facts\">Bill of materials{}{}{}{} · {} lines, {} parts</p>\n", title,
                        report.revision.empty() ? "" : " · revision ", xml_escaped(report.revision),
                        report.date.empty() ? "" : " · ", xml_escaped(report.date), report.nodes.size(),
                        report.totals.size());
    page += indented_table(report.nodes);
    page += rolled_up_table(report.totals);
    page += "<h2>Drawing</h2>\n<div class=\"drawing\">" + bom_svg(report.nodes, drawing) + "</div>\n";
    return page + "</body>\n</html>\n";
}

}  // namespace sluice::parts
