// check, backup, complete.
#include <filesystem>
#include <fmt/format.h>

#include "apps/parts/project/consistency.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"
#include "sqlite/database/backup.hpp"

namespace sluice::cli {

using parts::error_kind;

namespace {

parts::result<int> check_project(parts_call& call) {
    TRY_ASSIGN(const auto findings, parts::check(call.project, {.deep = call.given.has("deep")}));
    json_array document;
    table rows({{.header = "LEVEL"}, {.header = "PART"}, {.header = "WHAT"}});
    for (const auto& each : findings) {
        document.emplace_back(json_object{{"level", to_text(each.level)},
                                          {"number", each.number.empty() ? json_value() : json_value(each.number)},
                                          {"what", each.what}});
        const auto sense = each.level == parts::severity::error ? meaning::bad : meaning::warning;
        rows.add({{std::string(to_text(each.level)), sense}, each.number, each.what});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.is_empty() ? "" : rows.text(call.style)));
    return findings.empty() ? 0 : 1;
}

parts::result<int> back_up(parts_call& call) {
    const auto target = call.given.text("FILE");
    std::error_code ignored;
    if (std::filesystem::equivalent(target, call.database().path(), ignored)) {
        return parts::fail(error_kind::invalid, fmt::format("{} is the database itself", target));
    }
    if (std::filesystem::is_directory(target, ignored)) {
        return parts::fail(error_kind::invalid, fmt::format("{} is a folder", target), "name a file");
    }
    TRY(sqlite::back_up(call.database(), target));
    TRY(write_output(target + "\n"));
    return 0;
}

parts::result<int> complete_word(parts_call& call) {
    const auto kind = call.given.text("KIND");
    const auto prefix = call.given.text("PREFIX");
    std::string_view sql;
    if (kind == "number") {
        sql = "SELECT number FROM Parts WHERE substr(number, 1, length(?1)) = upper(?1) ORDER BY number LIMIT 200";
    } else if (kind == "user") {
        sql = "SELECT username FROM Users WHERE substr(username, 1, length(?1)) = ?1 ORDER BY username LIMIT 200";
    } else if (kind == "category") {
        sql =
            "SELECT category || '-' || subcategory FROM Categories "
            "WHERE substr(category || '-' || subcategory, 1, length(?1)) = upper(?1) ORDER BY 1 LIMIT 200";
    } else {
        return parts::fail(error_kind::invalid, fmt::format("nothing is a {}", kind), "number, user or category");
    }
    TRY_ASSIGN(const auto found, call.database().list<std::string>(sql, prefix));
    std::string lines;
    for (const auto& each : found) {
        lines.append(each).append("\n");
    }
    TRY(write_output(lines));
    return 0;
}

constexpr parts_action actions[] = {{.words = "check", .run = check_project, .need = parts_need::any_user},
                                    {.words = "backup", .run = back_up, .need = parts_need::any_user},
                                    {.words = "complete", .run = complete_word, .need = parts_need::any_user}};

}  // namespace

std::span<const parts_action> upkeep_actions() {
    return actions;
}

}  // namespace sluice::cli
