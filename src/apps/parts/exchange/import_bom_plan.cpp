#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "apps/parts/contents/part_paths.hpp"
#include "apps/parts/contents/relationship_records.hpp"
#include "apps/parts/exchange/import_plan.hpp"

namespace sluice::parts {

namespace {

result<double> parse_quantity(std::string_view text) {
    double quantity = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), quantity);
    if (failed != std::errc() || end != text.data() + text.size()) {
        return fail(error_kind::invalid, "this is not a number", "for example 2 or 0.5");
    }
    return quantity;
}

}  // namespace

result<> bom_plan::add(const import_bom_row& row) {
    ++report().rows;
    TRY_ASSIGN(const auto* parent, find(row.line, "parent", row.parent));
    TRY_ASSIGN(const auto* child, find(row.line, "child", row.child));
    const auto quantity = parse_quantity(row.quantity);
    const bool is_number =
        found_.take(quantity ? result<>() : std::unexpected(quantity.error()), row.line, "quantity", row.quantity);
    if (parent == nullptr || child == nullptr || !is_number) {
        return {};
    }
    relationship wanted{.parent_revision_id = parent->revision_id,
                        .child_part_id = child->part_id,
                        .quantity = *quantity,
                        .reference = row.reference.value_or(""),
                        .note = row.note.value_or("")};
    if (auto checked = check_line(wanted); !checked) {
        const auto& message = checked.error().message;
        const std::string_view column = message.starts_with("quantity") ? "quantity"
                                        : message.contains("reference") ? "reference"
                                                                        : "note";
        found_.take(checked, row.line, column,
                    column == "quantity" ? row.quantity
                    : column == "note"   ? wanted.note
                                         : wanted.reference);
        return {};
    }
    const auto [seen, is_first] = lines_.try_emplace({parent->part_id, child->part_id}, row.line);
    if (!is_first) {
        found_.add(row.line, "child", row.child,
                   fmt::format("stands in line {} already, below the same parent", seen->second));
        return {};
    }
    return place(row, *parent, std::move(wanted));
}

result<> bom_plan::place(const import_bom_row& row, const known_part& parent, relationship wanted) {
    TRY_ASSIGN(const auto present,
               db_.find<relationship>("select parent_revision_id, child_part_id, quantity, reference, note from "
                                      "Relationships where parent_revision_id = ?1 and child_part_id = ?2",
                                      wanted.parent_revision_id, wanted.child_part_id));
    if (present) {
        wanted.reference = row.reference.value_or(present->reference);
        wanted.note = row.note.value_or(present->note);
        if (present->quantity == wanted.quantity && present->reference == wanted.reference &&
            present->note == wanted.note) {
            ++report().unchanged;
            return {};
        }
    }
    if (parent.status != revision_status::draft) {
        found_.add(row.line, "parent", row.parent,
                   fmt::format("has no open draft to change: v{} is {}", parent.version, to_text(parent.status)));
        return {};
    }
    ++(present ? report().changed : report().created);
    TRY_ASSIGN(auto number, parse_number(row.parent));
    const auto [at, is_new] = by_parent_.try_emplace(number, steps_.size());
    if (is_new) {
        steps_.push_back({.line = row.line, .parent = std::move(number), .lines = {}});
    }
    steps_[at->second].lines.push_back(std::move(wanted));
    return {};
}

result<const bom_plan::known_part*> bom_plan::find(std::size_t line, std::string_view column, std::string_view number) {
    const auto parsed = parse_number(number);
    if (!found_.take(parsed ? result<>() : std::unexpected(parsed.error()), line, column, number)) {
        return nullptr;
    }
    if (const auto known = parts_.find(*parsed); known != parts_.end()) {
        return &known->second;
    }
    std::optional<known_part> read;
    TRY(db_.each(
        "select part_id, revision_id, status, version from Parts join Revisions using(part_id) where number = ?1 "
        "order by version desc limit 1",
        [&](const sqlite::row& from) {
            read = known_part{
                .part_id = from.get<std::int64_t>(0),
                .revision_id = from.get<std::int64_t>(1),
                .status = parse_revision_status(from.get<std::string_view>(2)).value_or(revision_status::obsolete),
                .version = from.get<std::int64_t>(3)};
        },
        *parsed));
    if (!read) {
        found_.add(line, column, number, "there is no such part");
        return nullptr;
    }
    return &parts_.emplace(*parsed, *read).first->second;
}

result<> bom_plan::check_circles() {
    std::vector<part_line> more;
    for (const auto& [line, at] : lines_) {
        more.push_back({.parent = line.first, .child = line.second});
    }
    TRY_ASSIGN(const auto circle, find_cycle(db_, more));
    if (circle.empty()) {
        return {};
    }
    TRY_ASSIGN(const error refused, cycle_error(db_, circle));
    std::size_t line = 0;  // the file's last line in the circle; 0: the database had all of it before
    for (std::size_t at = 0; at + 1 < circle.size(); ++at) {
        const auto found = lines_.find({circle[at], circle[at + 1]});
        line = found == lines_.end() ? line : std::max(line, found->second);
    }
    found_.add(line, "child", "", refused.message);
    return {};
}

}  // namespace sluice::parts
