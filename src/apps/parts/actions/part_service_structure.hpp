// part_service_structure.hpp - every action on the structure of a part, with rights, history and git's outbox.
//
// Use:     structure_management structure(database, parts);     // parts: part_service, whose user it works for
//          TRY(structure.set_line("AS-TOP-10000", "ME-SCR-10001", {.quantity = 4}));
//          TRY(structure.attach(repository, "AS-TOP-10000", "drawing.pdf"));
//          TRY_ASSIGN(const auto report, structure.import_parts(rows, {.is_dry_run = true}));
// Rule:    as part_service.hpp: an action is one transaction. Lines, properties and files belong to the open draft;
//          manufacturer parts to the part. An import is one transaction for all its rows; each row leaves its own line
//          of history and its own draft in the outbox.
// Attach:  checks the permission and the draft, then stores the file in git, then adds it to the draft.
// Errors:  those of part_service, of the managers, and of the repository.
// Threads: any; call attach() outside a transaction: it may read for long.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apps/parts/actions/part_service.hpp"
#include "apps/parts/contents/file_records.hpp"
#include "apps/parts/exchange/import.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

// A field that is not set stays unchanged, or is empty in a new line.
struct line_request {
    double quantity = 1;
    std::optional<std::string> reference;
    std::optional<std::string> note;
};

struct manufacturer_request {
    std::string manufacturer;
    std::string mpn;
    std::optional<manufacturer_status> status;  // not set: unchanged, or Active
    std::optional<std::string> description;
};

class structure_management {
  public:
    // Both arguments outlive it.
    structure_management(sqlite::database& database, part_service& parts,
                         const base::clock& time = base::system_clock())
        : database_(database), parts_(parts), time_(&time) {}

    result<> set_line(std::string_view number, std::string_view child, const line_request& wanted);
    result<> remove_line(std::string_view number, std::string_view child);

    result<> set_property(std::string_view number, std::string_view key, std::string_view value);
    result<> unset_property(std::string_view number, std::string_view key);

    result<attached_file> attach(git_repository& repository, std::string_view number, const std::filesystem::path& path,
                                 const store_file_options& options = {},
                                 file_records::when_present present = file_records::when_present::refuse);
    result<> detach(git_repository& repository, std::string_view number, std::string_view name);

    // If it becomes Preferred, the former Preferred one becomes Active; the history records both.
    result<> set_manufacturer_part(std::string_view number, const manufacturer_request& wanted);
    result<> remove_manufacturer_part(std::string_view number, std::string_view manufacturer, std::string_view mpn);

    result<import_report> import_parts(std::span<const import_row> rows, const import_options& options = {});
    result<import_report> import_bom(std::span<const import_bom_row> rows, const import_options& options = {});

  private:
    result<> set_manufacturer_part(const std::string& number, action what, const manufacturer_part& wanted);
    result<std::string> create_imported(const category_code& code, const part_change& wanted);
    result<> change_imported(const std::string& number, const part_change& wanted, bool in_draft);
    result<> fill_draft(const revision& draft, const part_change& wanted);
    [[nodiscard]] import_hooks hooks();

    sqlite::database& database_;
    part_service& parts_;
    const base::clock* time_;
};

}  // namespace sluice::parts
