// check, backup, complete.
#include <filesystem>
#include <fmt/format.h>

#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/people/category_records.hpp"
#include "apps/parts/people/user_records.hpp"
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

parts::result<std::vector<std::string>> words_of(const parts_call& call, const std::string& kind,
                                                 const std::string& prefix) {
    if (kind == "number") {
        return parts::part_records(call.database()).complete_number(prefix);
    }
    if (kind == "user") {
        return parts::user_records(call.database()).complete_name(prefix);
    }
    if (kind == "category") {
        return parts::category_records(call.database()).complete_code(prefix);
    }
    return parts::fail(error_kind::invalid, fmt::format("nothing is a {}", kind), "number, user or category");
}

parts::result<int> complete_word(parts_call& call) {
    TRY_ASSIGN(const auto found, words_of(call, call.given.text("KIND"), call.given.text("PREFIX")));
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
