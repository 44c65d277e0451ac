// bom add, set, remove.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "apps/parts/bom/bom_report.hpp"
#include "apps/parts/contents/relationship_records.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

using parts::error_kind;

namespace {

// Copies --quantity, --reference and --note into the line.
parts::result<> take_values(const parsed_command& given, parts::relationship& line) {
    if (given.has("quantity")) {
        const auto text = given.text("quantity");
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), line.quantity);
        if (failed != std::errc{} || end != text.data() + text.size()) {
            return parts::fail(error_kind::invalid, fmt::format("--quantity cannot be \"{}\"", text),
                               "it is a number, as 4 or 0.25");
        }
    }
    line.reference = given.text("reference", line.reference);
    line.note = given.text("note", line.note);
    return {};
}

parts::result<int> change_lines(parts_call& call, const parts::part& parent, const std::string& detail,
                                const parts::part_service::draft_work& work) {
    TRY(call.project.parts().change_draft(parent.number, parts::action::edit_bom, detail, work));
    TRY_ASSIGN(const auto now, call.revision(parent));
    TRY(write_output(fmt::format("{} v{}: {}\n", parent.number, now.version, detail)));
    return 0;
}

parts::result<int> add_line(parts_call& call) {
    TRY_ASSIGN(const auto parent, call.part());
    TRY_ASSIGN(const auto child, call.part("CHILD"));
    parts::relationship line{.child_part_id = child.part_id};
    TRY(take_values(call.given, line));
    const auto detail = fmt::format("{} x {}", parts::quantity_text(line.quantity), child.number);
    return change_lines(call, parent, detail,
                        [&](sqlite::connection&, const parts::part&, const parts::revision& draft) {
                            line.parent_revision_id = draft.revision_id;
                            return parts::relationship_records(call.database()).add(line);
                        });
}

parts::result<int> set_line(parts_call& call) {
    if (!call.given.has("quantity") && !call.given.has("reference") && !call.given.has("note")) {
        return parts::fail(error_kind::invalid, "nothing to change", "--quantity, --reference or --note");
    }
    TRY_ASSIGN(const auto parent, call.part());
    TRY_ASSIGN(const auto child, call.part("CHILD"));
    parts::relationship_records lines(call.database());
    return change_lines(call, parent, fmt::format("line with {}", child.number),
                        [&](sqlite::connection&, const parts::part&, const parts::revision& draft) -> parts::result<> {
                            TRY_ASSIGN(const auto all, lines.list(draft.revision_id));
                            parts::relationship line{.parent_revision_id = draft.revision_id,
                                                     .child_part_id = child.part_id};
                            for (const auto& each : all) {
                                line = each.line.child_part_id == child.part_id ? each.line : line;
                            }
                            TRY(take_values(call.given, line));
                            return lines.update(line);  // fails if there is no such line
                        });
}

parts::result<int> remove_line(parts_call& call) {
    TRY_ASSIGN(const auto parent, call.part());
    TRY_ASSIGN(const auto child, call.part("CHILD"));
    return change_lines(
        call, parent, fmt::format("without {}", child.number),
        [&](sqlite::connection&, const parts::part&, const parts::revision& draft) {
            return parts::relationship_records(call.database()).remove(draft.revision_id, child.part_id);
        });
}

constexpr parts_action actions[] = {{.words = "bom add", .run = add_line, .need = parts_need::changing},
                                    {.words = "bom set", .run = set_line, .need = parts_need::changing},
                                    {.words = "bom remove", .run = remove_line, .need = parts_need::changing}};

}  // namespace

std::span<const parts_action> bom_actions() {
    return actions;
}

}  // namespace sluice::cli
