// Actions on the project, not on a part: users, categories, workflows.
#include <fmt/format.h>

#include "apps/parts/actions/part_service.hpp"
#include "apps/parts/people/category_records.hpp"
#include "apps/parts/people/history_records.hpp"
#include "apps/parts/people/user_records.hpp"

namespace sluice::parts {

result<> part_service::manage(action what, const std::string& detail, const std::function<result<>()>& work) {
    return database_.transaction([&](sqlite::connection&) -> result<> {
        TRY(check(what));
        TRY(work());
        return history_records(database_).add(
            {.date = time_->unix_ms(), .username = username_, .action = std::string(to_text(what)), .detail = detail});
    });
}

result<> part_service::create_category(const category_code& code, std::string_view name) {
    return manage(action::create_category, fmt::format("{}: {}", to_text(code), name),
                  [&] { return category_records(database_).add(code, name); });
}

result<> part_service::add_user(const user& made) {
    return manage(action::manage_users, fmt::format("add {} ({})", made.username, to_text(made.rights)),
                  [&] { return user_records(database_).add(made, time_->unix_ms()); });
}

result<> part_service::set_user_role(std::string_view username, role rights) {
    return manage(action::manage_users, fmt::format("{} becomes {}", username, to_text(rights)),
                  [&] { return user_records(database_).set_role(username, rights); });
}

result<> part_service::set_user_active(std::string_view username, bool is_active) {
    return manage(action::manage_users, fmt::format("{} becomes {}", username, is_active ? "active" : "inactive"),
                  [&] { return user_records(database_).set_active(username, is_active); });
}

result<> part_service::set_user_name(std::string_view username, std::string_view full_name, std::string_view email) {
    return manage(action::manage_users, fmt::format("{} is called {} <{}>", username, full_name, email),
                  [&] { return user_records(database_).set_name(username, full_name, email); });
}

result<> part_service::create_workflow(const workflow& made) {
    return manage(action::manage_workflows, "create " + made.name, [&]() -> result<> {
        TRY(workflow_records(database_).create(made));
        return {};
    });
}

result<> part_service::assign_workflow(const category_code& code, std::string_view name) {
    return manage(action::manage_workflows, fmt::format("{} gets {}", to_text(code), name),
                  [&] { return workflow_records(database_).assign(code, name); });
}

}  // namespace sluice::parts
