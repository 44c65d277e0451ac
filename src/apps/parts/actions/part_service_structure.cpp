#include "apps/parts/actions/part_service_structure.hpp"

#include <fmt/format.h>
#include <tuple>
#include <utility>

#include "apps/parts/contents/manufacturer_part_records.hpp"
#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/property_records.hpp"
#include "apps/parts/contents/relationship_records.hpp"
#include "apps/parts/contents/revision_records.hpp"

namespace sluice::parts {

result<> structure_management::set_line(std::string_view number, std::string_view child, const line_request& wanted) {
    return parts_.change_draft(
        number, action::edit_bom, fmt::format("{} × {}", wanted.quantity, child),
        [&](sqlite::connection& db, const part&, const revision& draft) -> result<> {
            TRY_ASSIGN(const auto below, part_records(database_).get(child));
            TRY_ASSIGN(const auto present,
                       db.find<relationship>("select parent_revision_id, child_part_id, quantity, reference, note from "
                                             "Relationships where parent_revision_id = ?1 and child_part_id = ?2",
                                             draft.revision_id, below.part_id));
            return relationship_records(database_).set(
                {.parent_revision_id = draft.revision_id,
                 .child_part_id = below.part_id,
                 .quantity = wanted.quantity,
                 .reference = wanted.reference.value_or(present ? present->reference : ""),
                 .note = wanted.note.value_or(present ? present->note : "")});
        });
}

result<> structure_management::remove_line(std::string_view number, std::string_view child) {
    return parts_.change_draft(number, action::edit_bom, fmt::format("{} removed", child),
                               [&](sqlite::connection&, const part&, const revision& draft) -> result<> {
                                   TRY_ASSIGN(const auto below, part_records(database_).get(child));
                                   return relationship_records(database_).remove(draft.revision_id, below.part_id);
                               });
}

result<> structure_management::set_property(std::string_view number, std::string_view key, std::string_view value) {
    return parts_.change_draft(number, action::edit, fmt::format("property {}", key),
                               [&](sqlite::connection&, const part&, const revision& draft) {
                                   return property_records(database_).set(draft.revision_id, key, value);
                               });
}

result<> structure_management::unset_property(std::string_view number, std::string_view key) {
    return parts_.change_draft(number, action::edit, fmt::format("property {} removed", key),
                               [&](sqlite::connection&, const part&, const revision& draft) {
                                   return property_records(database_).unset(draft.revision_id, key);
                               });
}

result<attached_file> structure_management::attach(git_repository& repository, std::string_view number,
                                                   const std::filesystem::path& path, const store_file_options& options,
                                                   file_records::when_present present) {
    // Checks first, so that no large file is read in vain.
    TRY(parts_.check(action::attach_file));
    TRY_ASSIGN(const auto of, part_records(database_).get(number));
    TRY_ASSIGN(const auto open, revision_records(database_).find_open(of.part_id));
    if (!open) {
        return fail(error_kind::wrong_state, fmt::format("{} has no open draft", of.number), "revise it first");
    }
    TRY(next_status(open->status, action::attach_file));
    file_records files(database_, repository);
    TRY_ASSIGN(auto stored, files.store(path, options));
    TRY(parts_.change_draft(number, action::attach_file, stored.name,
                            [&](sqlite::connection&, const part&, const revision& draft) {
                                return files.attach(draft.revision_id, stored, present);
                            }));
    return stored;
}

result<> structure_management::detach(git_repository& repository, std::string_view number, std::string_view name) {
    return parts_.change_draft(number, action::attach_file, fmt::format("{} removed", name),
                               [&](sqlite::connection&, const part&, const revision& draft) {
                                   return file_records(database_, repository).detach(draft.revision_id, name);
                               });
}

result<> structure_management::set_manufacturer_part(std::string_view number, const manufacturer_request& wanted) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto of, part_records(database_).get(number));
        TRY_ASSIGN(auto made,
                   db.find<manufacturer_part>("select part_id, manufacturer, mpn, status, description from "
                                              "ManufacturerParts where part_id = ?1 and manufacturer = ?2 and mpn = ?3",
                                              of.part_id, wanted.manufacturer, wanted.mpn));
        if (!made) {
            made = manufacturer_part{
                .part_id = of.part_id, .manufacturer = wanted.manufacturer, .mpn = wanted.mpn, .description = ""};
        }
        made->status = wanted.status.value_or(made->status);
        made->description = wanted.description.value_or(made->description);
        return set_manufacturer_part(of.number, action::edit_manufacturers, *made);
    });
}

result<> structure_management::set_manufacturer_part(const std::string& number, action what,
                                                     const manufacturer_part& wanted) {
    std::string detail = fmt::format("{} {} is {}", wanted.manufacturer, wanted.mpn, to_text(wanted.status));
    TRY_ASSIGN(const auto all, manufacturer_part_records(database_).list(wanted.part_id));
    for (const auto& each : all) {
        const bool is_former = each.status == manufacturer_status::preferred &&
                               wanted.status == manufacturer_status::preferred &&
                               std::tie(each.manufacturer, each.mpn) != std::tie(wanted.manufacturer, wanted.mpn);
        if (is_former) {
            detail += fmt::format("; {} {} was, and is Active", each.manufacturer, each.mpn);
        }
    }
    return parts_.change_part(number, what, detail, [&](sqlite::connection&, const part&) -> result<> {
        TRY(manufacturer_part_records(database_).set(wanted));
        return {};
    });
}

result<> structure_management::remove_manufacturer_part(std::string_view number, std::string_view manufacturer,
                                                        std::string_view mpn) {
    return parts_.change_part(number, action::edit_manufacturers, fmt::format("{} {} removed", manufacturer, mpn),
                              [&](sqlite::connection&, const part& of) {
                                  return manufacturer_part_records(database_).remove(of.part_id, manufacturer, mpn);
                              });
}

result<import_report> structure_management::import_parts(std::span<const import_row> rows,
                                                         const import_options& options) {
    TRY(parts_.check(action::import_data));
    return parts::import_parts(database_, rows, options, hooks());
}

result<import_report> structure_management::import_bom(std::span<const import_bom_row> rows,
                                                       const import_options& options) {
    TRY(parts_.check(action::import_data));
    return parts::import_bom(database_, rows, options, hooks());
}

result<> structure_management::fill_draft(const revision& draft, const part_change& wanted) {
    if (draft.name != wanted.name || draft.description != wanted.description) {
        TRY(revision_records(database_).set_text(draft, wanted.name, wanted.description, time_->unix_ms()));
    }
    property_records properties(database_);
    TRY_ASSIGN(const auto present, properties.list(draft.revision_id));
    for (const auto& [key, value] : present) {
        if (!wanted.properties.contains(key)) {
            TRY(properties.unset(draft.revision_id, key));
        }
    }
    for (const auto& [key, value] : wanted.properties) {
        const auto found = present.find(key);
        if (found == present.end() || found->second != value) {
            TRY(properties.set(draft.revision_id, key, value));
        }
    }
    return {};
}

result<std::string> structure_management::create_imported(const category_code& code, const part_change& wanted) {
    TRY_ASSIGN(auto number,
               parts_.create_part({.category = code, .name = wanted.name, .description = wanted.description}));
    TRY(change_imported(number, wanted, !wanted.properties.empty()));
    return number;
}

result<> structure_management::change_imported(const std::string& number, const part_change& wanted, bool in_draft) {
    if (in_draft) {
        TRY(parts_.change_draft(
            number, action::import_data, "texts and properties",
            [&](sqlite::connection&, const part&, const revision& draft) { return fill_draft(draft, wanted); }));
    }
    TRY_ASSIGN(const auto of, part_records(database_).get(number));
    for (auto each : wanted.manufacturer_parts) {
        each.part_id = of.part_id;  // a new part has its id only now
        TRY(set_manufacturer_part(number, action::import_data, each));
    }
    return {};
}

import_hooks structure_management::hooks() {
    return {.add_category =
                [this](const category_code& code) {
                    return parts_.create_category(code, code.category + "-" + code.subcategory);
                },
            .create = [this](const category_code& code,
                             const part_change& wanted) { return create_imported(code, wanted); },
            .change = [this](const std::string& number, const part_change& wanted,
                             bool in_draft) { return change_imported(number, wanted, in_draft); },
            .set_lines =
                [this](const std::string& parent, std::span<const relationship> lines) {
                    return parts_.change_draft(
                        parent, action::import_data, fmt::format("{} lines", lines.size()),
                        [&](sqlite::connection&, const part&, const revision&) -> result<> {
                            relationship_records below(database_);
                            for (const auto& each : lines) {
                                TRY(below.set(each, relationship_records::circles::checked_later));
                            }
                            return {};
                        });
                }};
}

}  // namespace sluice::parts
