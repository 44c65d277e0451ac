// import and export.
#include <cstdio>
#include <fmt/format.h>
#include <set>
#include <span>

#include "apps/parts/actions/part_service_structure.hpp"
#include "apps/parts/bom/bom.hpp"
#include "apps/parts/bom/bom_report.hpp"
#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/exchange/export.hpp"
#include "apps/parts/exchange/import.hpp"
#include "base/csv/csv.hpp"
#include "base/text/display_width.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/terminal/input.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

using parts::error_kind;

namespace {

constexpr std::size_t import_bytes_max = std::size_t{256} * 1024 * 1024;

bool is_json(std::string_view text) {
    const auto at = text.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && (text[at] == '{' || text[at] == '[');
}

parts::result<parts::import_report> run_import(parts_call& call, const std::string& file) {
    auto manager = call.project.parts();
    TRY(manager.check(parts::action::import_data));
    TRY_ASSIGN(const auto text, read_input(file, import_bytes_max));
    const parts::import_limits limits{.source = file};
    const parts::import_options options{.is_dry_run = call.given.has("dry-run")};
    parts::structure_management structure(call.database(), manager, call.project.time());
    if (call.given.has("bom")) {
        TRY_ASSIGN(const auto rows, parts::read_bom_csv(text, limits));
        return structure.import_bom(rows, options);
    }
    TRY_ASSIGN(const auto rows,
               is_json(text) ? parts::read_parts_json(text, limits) : parts::read_parts_csv(text, limits));
    return structure.import_parts(rows, options);
}

// One line for each problem: "parts.csv:3: quantity "x": REASON".
void report_problems(const parts::import_report& report, const std::string& file) {
    std::string lines =
        fmt::format("sluice: parts import: {}{} problem{} in {}; nothing was imported\n", report.problems.size(),
                    report.has_more_problems ? " or more" : "", report.problems.size() == 1 ? "" : "s", file);
    for (const auto& each : report.problems) {
        lines += fmt::format("{}:{}: {}", file, each.line, each.column);
        lines += each.value.empty() ? "" : fmt::format(" \"{}\"", base::visible(base::shorten(each.value, 60)));
        lines += fmt::format(": {}\n", base::visible(each.reason));
    }
    std::fwrite(lines.data(), 1, lines.size(), stderr);
}

parts::result<int> import_file(parts_call& call) {
    const auto file = call.given.text("FILE");
    TRY_ASSIGN(const auto report, run_import(call, file));
    if (!report.problems.empty()) {
        report_problems(report, file);
        return 1;
    }
    auto text =
        fmt::format("{}{} rows: {} new, {} changed, {} as before\n", report.is_applied ? "" : "would be: ", report.rows,
                    report.created, report.changed, report.unchanged);
    for (const auto& each : report.new_categories) {
        text += fmt::format("new category {}\n", each);
    }
    TRY(write_output(text));
    return 0;
}

// The lines of the part and of all parts below it, each parent once.
parts::result<std::vector<parts::bom_item>> lines_below(parts_call& call, const std::string& number) {
    parts::part_records manager(call.database());
    TRY_ASSIGN(const auto part, manager.get(number));
    TRY_ASSIGN(const auto revision, call.revision(part));
    TRY_ASSIGN(auto tree, parts::explode(call.database(), revision.revision_id));
    if (tree.is_cut) {
        return parts::fail(error_kind::invalid, fmt::format("{} is too big to be written as a tree", part.number),
                           "--bom all writes the lines of all parts");
    }
    return std::move(tree.items);
}

parts::result<std::string> bom_text(parts_call& call, const std::string& number, const base::csv_writer_params& how) {
    TRY_ASSIGN(const auto items, lines_below(call, number));
    const base::csv_writer writer(how);
    std::string csv(writer.begin());
    csv += writer.record(std::vector<std::string>{"parent", "child", "quantity", "reference", "note"});
    json_array document;
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    for (const auto& each : items) {
        if (each.level == 0 || !seen.emplace(items[each.parent].part_id, each.part_id).second) {
            continue;
        }
        const auto& parent = items[each.parent].number;
        const auto quantity = parts::quantity_text(each.quantity);
        csv += writer.record(std::vector<std::string>{parent, each.number, quantity, each.reference, each.note});
        document.emplace_back(json_object{{"parent", parent},
                                          {"child", each.number},
                                          {"quantity", each.quantity},
                                          {"reference", each.reference},
                                          {"note", each.note}});
    }
    return call.given.text("format") == "json" ? json_text(document) : csv;
}

parts::result<int> export_file(parts_call& call) {
    TRY(call.project.parts().check(parts::action::export_data));
    const auto& given = call.given;
    const bool wants_json = given.text("format") == "json";
    if (wants_json && given.has("excel")) {
        return parts::fail(error_kind::invalid, "--excel is for CSV, not for JSON");
    }
    const base::csv_writer_params how{.excel = given.has("excel")};
    std::string text;
    const auto sink = [&text](std::string_view piece) -> parts::result<> {
        text.append(piece);
        return {};
    };
    const auto number = given.text("bom");
    if (number == "all" && !wants_json) {
        TRY(parts::export_bom_csv(call.database(), how, sink));
    } else if (!number.empty() && number != "all") {
        TRY_ASSIGN(text, bom_text(call, number, how));
    } else if (wants_json) {  // the JSON has the lines of all parts
        TRY(parts::export_json(call.database(), sink));
    } else {
        TRY(parts::export_parts_csv(call.database(), how, sink));
    }
    TRY(write_output(text, given.text("output")));
    return 0;
}

constexpr parts_action actions[] = {{.words = "import", .run = import_file, .need = parts_need::changing},
                                    {.words = "export", .run = export_file}};

}  // namespace

std::span<const parts_action> exchange_actions() {
    return actions;
}

}  // namespace sluice::cli
