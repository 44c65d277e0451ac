// user add, list, set; category add, list.
#include <algorithm>
#include <fmt/format.h>

#include "apps/parts/people/category_records.hpp"
#include "apps/parts/people/user_records.hpp"
#include "apps/parts/people/workflow_records.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

using parts::error_kind;

namespace {

parts::result<int> add_user(parts_call& call) {
    const auto& given = call.given;
    const auto name = given.text("NAME");
    parts::user made{.username = name,
                     .full_name = given.text("full-name", name),
                     .email = given.text("email", name.contains('@') ? name : name + "@localhost")};
    TRY_ASSIGN(made.rights, parts::parse_role(given.text("role", "designer")));
    TRY(call.project.parts().add_user(made));
    TRY(write_output(fmt::format("{} {}\n", made.username, to_text(made.rights))));
    return 0;
}

parts::result<int> set_user(parts_call& call) {
    const auto& given = call.given;
    if (!given.has("role") && !given.has("active") && !given.has("full-name") && !given.has("email")) {
        return parts::fail(error_kind::invalid, "nothing to change", "--role, --active, --full-name or --email");
    }
    const auto name = given.text("NAME");
    TRY(call.database().transaction([&](sqlite::connection&) -> parts::result<> {
        auto manager = call.project.parts();
        if (given.has("full-name") || given.has("email")) {
            TRY_ASSIGN(const auto now, parts::user_records(call.database()).get(name));
            TRY(manager.set_user_name(name, given.text("full-name", now.full_name), given.text("email", now.email)));
        }
        if (given.has("role")) {
            TRY_ASSIGN(const auto rights, parts::parse_role(given.text("role")));
            TRY(manager.set_user_role(name, rights));
        }
        if (given.has("active")) {
            TRY(manager.set_user_active(name, given.text("active") == "yes"));
        }
        return {};
    }));
    TRY_ASSIGN(const auto now, parts::user_records(call.database()).get(name));
    TRY(write_output(fmt::format("{} {}{}\n", now.username, to_text(now.rights), now.is_active ? "" : ", not active")));
    return 0;
}

parts::result<int> list_users(parts_call& call) {
    TRY_ASSIGN(const auto all, parts::user_records(call.database()).list());
    json_array document;
    table rows(
        {{.header = "USER"}, {.header = "ROLE"}, {.header = "ACTIVE"}, {.header = "NAME"}, {.header = "E-MAIL"}});
    for (const auto& each : all) {
        document.emplace_back(json_object{{"user", each.username},
                                          {"full_name", each.full_name},
                                          {"email", each.email},
                                          {"role", to_text(each.rights)},
                                          {"is_active", each.is_active}});
        rows.add({{each.username, meaning::strong},
                  std::string(to_text(each.rights)),
                  each.is_active ? cell("yes") : cell("no", meaning::dim),
                  each.full_name,
                  each.email});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.text(call.style)));
    return 0;
}

parts::result<int> add_category(parts_call& call) {
    TRY_ASSIGN(const auto code, parts::parse_category(call.given.text("CODE")));
    TRY(call.project.parts().create_category(code, call.given.text("name")));
    TRY(write_output(parts::to_text(code) + "\n"));
    return 0;
}

parts::result<int> list_categories(parts_call& call) {
    TRY_ASSIGN(const auto all, parts::category_records(call.database()).list());
    TRY_ASSIGN(const auto workflows, parts::workflow_records(call.database()).list());
    json_array document;
    table rows({{.header = "CODE"}, {.header = "NAME"}, {.header = "WORKFLOW"}});
    for (const auto& each : all) {
        const auto found = std::ranges::find(workflows, each.workflow_id, &parts::workflow::workflow_id);
        const auto workflow = found == workflows.end() ? "" : found->name;
        document.emplace_back(
            json_object{{"category", parts::to_text(each.code)}, {"name", each.name}, {"workflow", workflow}});
        rows.add({{parts::to_text(each.code), meaning::strong}, each.name, {workflow, meaning::dim}});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.is_empty() ? "" : rows.text(call.style)));
    return 0;
}

constexpr parts_action actions[] = {{.words = "user add", .run = add_user, .need = parts_need::changing},
                                    {.words = "user set", .run = set_user, .need = parts_need::changing},
                                    {.words = "user list", .run = list_users},
                                    {.words = "category add", .run = add_category, .need = parts_need::changing},
                                    {.words = "category list", .run = list_categories}};

}  // namespace

std::span<const parts_action> people_actions() {
    return actions;
}

}  // namespace sluice::cli
