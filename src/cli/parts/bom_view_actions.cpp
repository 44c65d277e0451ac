// bom show, rollup, html, svg; where-used.
#include <charconv>
#include <fmt/format.h>

#include "apps/parts/bom/bom.hpp"
#include "apps/parts/bom/bom_report.hpp"
#include "base/text/iso_8601.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/parts/revision_changes.hpp"
#include "cli/parts/show.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/tree.hpp"

namespace sluice::cli {

namespace {

cell status_cell(parts::revision_status status) {
    return {std::string(to_text(status)), meaning_of(status)};
}

// The quantity as it is shown: sums of decimal fractions are not exact.
double json_quantity(double quantity) {
    const auto text = parts::quantity_text(quantity);
    double shown = quantity;
    (void)std::from_chars(text.data(), text.data() + text.size(), shown);
    return shown;
}

cell quantity_cell(double quantity) {
    return quantity == 0 ? "" : parts::quantity_text(quantity);
}

parts::result<std::int64_t> chosen_revision(const parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(const auto revision, call.revision(part));
    return revision.revision_id;
}

// Fails for a tree that is too big, because a cut tree would look complete.
parts::result<std::vector<parts::bom_item>> whole_tree(const parts_call& call, parts::explode_limits limits = {}) {
    TRY_ASSIGN(const auto revision_id, chosen_revision(call));
    TRY_ASSIGN(auto tree, parts::explode(call.database(), revision_id, limits));
    if (tree.is_cut) {
        return parts::fail(parts::error_kind::invalid, fmt::format("the tree has more than {} places", limits.rows_max),
                           "`bom show --levels N` shows its top, `bom rollup` adds all up");
    }
    return std::move(tree.items);
}

json_object to_json(const parts::bom_item& item) {
    return {{"level", item.level},
            {"number", item.number},
            {"name", item.name},
            {"version", item.version},
            {"status", to_text(item.status)},
            {"quantity", json_quantity(item.quantity)},
            {"total", json_quantity(item.total)},
            {"reference", item.reference},
            {"note", item.note}};
}

parts::result<int> show_tree(parts_call& call) {
    TRY_ASSIGN(const auto levels, call.integer("levels", 0));
    parts::explode_limits limits;
    limits.depth_max = levels ? static_cast<std::size_t>(*levels) : limits.depth_max;
    TRY_ASSIGN(const auto items, whole_tree(call, limits));
    if (call.wants_json()) {
        json_array document;
        for (const auto& each : items) {
            document.emplace_back(to_json(each));
        }
        TRY(write_output(json_text(document)));
        return 0;
    }
    std::vector<tree_row> rows;
    for (const auto& each : items) {
        const bool is_root = each.level == 0;
        rows.push_back({.depth = each.level,
                        .cells = {{each.number, is_root ? meaning::strong : meaning::plain},
                                  is_root ? cell("") : quantity_cell(each.quantity),
                                  fmt::format("v{}", each.version),
                                  status_cell(each.status),
                                  each.name + (each.has_more ? " ..." : ""),
                                  each.reference,
                                  {one_line(each.note), meaning::dim}}});
    }
    TRY(write_output(tree_text({{.header = "PART"},
                                {.header = "QTY", .alignment = align::right},
                                {.header = "REV", .alignment = align::right},
                                {.header = "STATUS", .width_min = 9},
                                {.header = "NAME"},
                                {.header = "REFERENCE"},
                                {.header = "NOTE"}},
                               std::move(rows), call.style)));
    return 0;
}

parts::result<int> show_rollup(parts_call& call) {
    TRY_ASSIGN(const auto revision_id, chosen_revision(call));
    TRY_ASSIGN(const auto totals, parts::roll_up(call.database(), revision_id));
    json_array document;
    table rows({{.header = "PART", .width_min = 14},
                {.header = "TOTAL", .alignment = align::right},
                {.header = "REV", .alignment = align::right},
                {.header = "STATUS", .width_min = 9},
                {.header = "NAME"}});
    for (const auto& each : totals) {
        if (call.given.has("leaves") && !each.is_leaf) {
            continue;
        }
        document.emplace_back(json_object{{"number", each.number},
                                          {"name", each.name},
                                          {"version", each.version},
                                          {"status", to_text(each.status)},
                                          {"total", json_quantity(each.total)},
                                          {"is_leaf", each.is_leaf}});
        rows.add({each.number, quantity_cell(each.total), fmt::format("v{}", each.version), status_cell(each.status),
                  each.name});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.is_empty() ? "" : rows.text(call.style)));
    return 0;
}

parts::result<int> show_where_used(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    const bool goes_up = call.given.has("all");
    TRY_ASSIGN(const auto found, goes_up ? parts::where_used(call.database(), part.part_id)
                                         : parts::where_used_directly(call.database(), part.part_id));
    json_array document;
    table rows({{.header = "PART", .width_min = 14},
                {.header = goes_up ? "LEVEL" : "", .alignment = align::right},
                {.header = "QTY", .alignment = align::right},
                {.header = goes_up ? "TOTAL" : "", .alignment = align::right},
                {.header = "REV", .alignment = align::right},
                {.header = "STATUS", .width_min = 9},
                {.header = "NAME"}});
    for (const auto& each : found) {
        document.emplace_back(json_object{{"number", each.number},
                                          {"name", each.name},
                                          {"version", each.version},
                                          {"status", to_text(each.status)},
                                          {"level", each.level},
                                          {"quantity", json_quantity(each.quantity)},
                                          {"total", json_quantity(each.total)}});
        rows.add({each.number, goes_up ? std::to_string(each.level) : "", quantity_cell(each.quantity),
                  goes_up ? quantity_cell(each.total) : "", fmt::format("v{}", each.version), status_cell(each.status),
                  each.name});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.is_empty() ? "" : rows.text(call.style)));
    return 0;
}

std::vector<parts::bom_node> to_nodes(const std::vector<parts::bom_item>& items) {
    std::vector<parts::bom_node> nodes;
    for (const auto& each : items) {
        nodes.push_back({.number = each.number,
                         .name = each.name,
                         .revision = fmt::format("v{}", each.version),
                         .status = std::string(to_text(each.status)),
                         .quantity = each.quantity,
                         .parent = each.parent,
                         .reference = each.reference,
                         .note = each.note});
    }
    return nodes;
}

parts::result<int> write_html(parts_call& call) {
    TRY_ASSIGN(const auto items, whole_tree(call));
    TRY_ASSIGN(const auto totals, parts::roll_up(call.database(), items.front().revision_id));
    parts::bom_report report{.title = fmt::format("{} {}", items.front().number, items.front().name),
                             .revision = fmt::format("v{}", items.front().version),
                             .date = base::to_iso_8601(call.project.time().unix_ms()).substr(0, 10),
                             .nodes = to_nodes(items),
                             .totals = {}};
    for (const auto& each : totals) {
        report.totals.push_back({.number = each.number, .name = each.name, .quantity = each.total});
    }
    TRY(write_output(parts::bom_html(report), call.given.text("output")));
    return 0;
}

parts::result<int> write_svg(parts_call& call) {
    TRY_ASSIGN(const auto items, whole_tree(call));
    TRY(write_output(parts::bom_svg(to_nodes(items)), call.given.text("output")));
    return 0;
}

constexpr parts_action actions[] = {
    {.words = "bom show", .run = show_tree},    {.words = "bom rollup", .run = show_rollup},
    {.words = "bom diff", .run = show_changes}, {.words = "bom html", .run = write_html},
    {.words = "bom svg", .run = write_svg},     {.words = "where-used", .run = show_where_used}};

}  // namespace

std::span<const parts_action> bom_view_actions() {
    return actions;
}

}  // namespace sluice::cli
