// add, edit.
#include <fmt/format.h>
#include <map>

#include "apps/parts/contents/property_records.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

using parts::error_kind;

namespace {

using properties = std::map<std::string, std::string>;

parts::result<properties> properties_of(const parsed_command& given) {
    properties all;
    for (const auto& each : given.all("property")) {
        const auto at = each.find('=');
        if (at == std::string::npos || at == 0) {
            return parts::fail(error_kind::invalid, fmt::format("--property cannot be \"{}\"", each),
                               "write KEY=VALUE, as tolerance=1%");
        }
        if (!all.emplace(each.substr(0, at), each.substr(at + 1)).second) {
            return parts::fail(error_kind::invalid, fmt::format("--property {} is given twice", each.substr(0, at)));
        }
    }
    for (const auto& key : given.all("unset")) {
        if (all.contains(key)) {
            return parts::fail(error_kind::invalid, fmt::format("property {} cannot be both set and unset", key));
        }
    }
    return all;
}

parts::result<> change_properties(parts_call& call, const std::string& number, const properties& set) {
    const auto unset = call.given.all("unset");
    if (set.empty() && unset.empty()) {
        return {};
    }
    std::string detail = "properties:";
    for (const auto& [key, value] : set) {
        detail.append(" ").append(key).append("=").append(one_line(value));
    }
    for (const auto& key : unset) {
        detail.append(" -").append(key);
    }
    return call.project.parts().change_draft(
        number, parts::action::edit, detail,
        [&](sqlite::connection&, const parts::part&, const parts::revision& draft) -> parts::result<> {
            parts::property_records manager(call.database());
            for (const auto& [key, value] : set) {
                TRY(manager.set(draft.revision_id, key, value));
            }
            for (const auto& key : unset) {
                TRY(manager.unset(draft.revision_id, key));
            }
            return {};
        });
}

parts::result<int> add_part(parts_call& call) {
    TRY_ASSIGN(const auto category, parts::parse_category(call.given.text("category")));
    TRY_ASSIGN(const auto set, properties_of(call.given));
    const parts::part_request wanted{
        .category = category, .name = call.given.text("name"), .description = call.given.text("description")};
    TRY_ASSIGN(const auto number, call.database().transaction([&](sqlite::connection&) -> parts::result<std::string> {
        TRY_ASSIGN(auto made, call.project.parts().create_part(wanted));
        TRY(change_properties(call, made, set));
        return made;
    }));
    TRY(write_output(number + "\n"));
    return 0;
}

parts::result<int> edit_part(parts_call& call) {
    const auto& given = call.given;
    TRY_ASSIGN(const auto set, properties_of(given));
    parts::part_edit texts;
    if (given.has("name")) {
        texts.name = given.text("name");
    }
    if (given.has("description")) {
        texts.description = given.text("description");
    }
    const bool has_texts = texts.name || texts.description;
    if (!has_texts && set.empty() && !given.has("unset")) {
        return parts::fail(error_kind::invalid, "nothing to change",
                           "--name, --description, --property KEY=VALUE or --unset KEY");
    }
    TRY_ASSIGN(const auto part, call.part());
    TRY(call.database().transaction([&](sqlite::connection&) -> parts::result<> {
        if (has_texts) {
            TRY(call.project.parts().edit(part.number, texts));
        }
        return change_properties(call, part.number, set);
    }));
    TRY_ASSIGN(const auto now, call.revision(part));
    TRY(write_output(fmt::format("{} v{}\n", part.number, now.version)));
    return 0;
}

constexpr parts_action actions[] = {{.words = "add", .run = add_part, .need = parts_need::changing},
                                    {.words = "edit", .run = edit_part, .need = parts_need::changing}};

}  // namespace

std::span<const parts_action> part_actions() {
    return actions;
}

}  // namespace sluice::cli
