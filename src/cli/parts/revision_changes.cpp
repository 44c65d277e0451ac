#include "cli/parts/revision_changes.hpp"

#include <fmt/format.h>

#include "apps/parts/bom/bom_report.hpp"
#include "apps/parts/contents/revision_diff.hpp"
#include "apps/parts/contents/revision_records.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

using parts::error_kind;

namespace {

struct compared {
    parts::part part;
    parts::revision from;
    parts::revision to;
};

parts::result<compared> chosen(const parts_call& call) {
    compared both;
    TRY_ASSIGN(both.part, call.part());
    parts::revision_records revisions(call.database());
    TRY_ASSIGN(const auto newer, call.integer("to", 1));
    TRY_ASSIGN(const auto older, call.integer("from", 1));
    TRY_ASSIGN(both.to, newer ? revisions.get(both.part.part_id, *newer) : revisions.get_newest(both.part.part_id));
    const auto version = older.value_or(both.to.version - 1);
    if (version < 1) {
        return parts::fail(error_kind::invalid,
                           fmt::format("{} v{} is the first version", both.part.number, both.to.version),
                           "there is nothing to compare it with");
    }
    TRY_ASSIGN(both.from, revisions.get(both.part.part_id, version));
    return both;
}

std::string line_text(const parts::relationship& line) {
    auto text = parts::quantity_text(line.quantity);
    for (const auto& more : {line.reference, line.note}) {
        text.append(more.empty() ? "" : "  ").append(more);
    }
    return text;
}

json_value line_json(const std::optional<parts::relationship>& line) {
    return line ? json_value(
                      json_object{{"quantity", line->quantity}, {"reference", line->reference}, {"note", line->note}})
                : json_value();
}

json_array texts_json(const std::vector<parts::text_change>& changes) {
    json_array all;
    for (const auto& each : changes) {
        all.emplace_back(json_object{{"name", each.key}, {"before", each.before}, {"after", each.after}});
    }
    return all;
}

void add_change(table& rows, const std::string& what, const std::optional<std::string>& before,
                const std::optional<std::string>& after) {
    if (!before) {
        rows.add({{"+", meaning::good}, what, one_line(*after)});
    } else if (!after) {
        rows.add({{"-", meaning::bad}, what, one_line(*before)});
    } else {
        rows.add({{"~", meaning::warning}, what, fmt::format("{} -> {}", one_line(*before), one_line(*after))});
    }
}

std::string to_table(const parts::revision_diff& changes, const output_style& style) {
    table rows({{.header = "", .width_min = 1}, {.header = "", .width_min = 14}, {.header = ""}});
    for (const auto& each : changes.texts) {
        add_change(rows, each.key, each.before, each.after);
    }
    for (const auto& each : changes.lines) {
        add_change(rows, each.number, each.before.transform(line_text), each.after.transform(line_text));
    }
    for (const auto& each : changes.properties) {
        add_change(rows, "property " + each.key, each.before, each.after);
    }
    for (const auto& each : changes.files) {
        const auto short_hash = [](const std::string& hash) { return hash.substr(0, 12); };
        add_change(rows, "file " + each.key, each.before.transform(short_hash), each.after.transform(short_hash));
    }
    return rows.is_empty() ? "" : rows.text(style);
}

}  // namespace

parts::result<int> show_changes(parts_call& call) {
    TRY_ASSIGN(const auto both, chosen(call));
    TRY_ASSIGN(const auto changes, parts::diff_revisions(call.database(), both.from.revision_id, both.to.revision_id));
    if (!call.wants_json()) {
        TRY(write_output(to_table(changes, call.style)));
        return 0;
    }
    json_array lines;
    for (const auto& each : changes.lines) {
        lines.emplace_back(
            json_object{{"number", each.number}, {"before", line_json(each.before)}, {"after", line_json(each.after)}});
    }
    TRY(write_output(json_text(json_object{{"number", both.part.number},
                                           {"from", both.from.version},
                                           {"to", both.to.version},
                                           {"texts", texts_json(changes.texts)},
                                           {"lines", lines},
                                           {"properties", texts_json(changes.properties)},
                                           {"files", texts_json(changes.files)}})));
    return 0;
}

}  // namespace sluice::cli
