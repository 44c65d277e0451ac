// lifecycle.hpp - permissions and statuses: the two tables that every action is checked against.
//
// Use:     TRY(check_permission(user, action::release));
//          TRY_ASSIGN(const auto next, next_status(revision.status, action::release));
// Tables:  lifecycle.cpp: one line for each action, with the roles that have it; one line for each change of status.
// Threads: none; plain functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "apps/parts/model/domain.hpp"

namespace sluice::parts {

enum class action : std::uint8_t {
    view,
    export_data,
    create_part,
    create_category,
    edit,      // name, description, properties of a draft
    edit_bom,  // relationships of a draft
    attach_file,
    edit_manufacturers,
    advance,  // between two workflow states of the same status
    revise,   // a new draft from a released revision
    submit,
    approve,
    reject,
    release,
    make_obsolete,
    import_data,
    manage_users,
    manage_workflows,
};

struct permission {
    action what;
    std::string_view text;  // "release"
    bool viewer;
    bool designer;
    bool admin;
};
[[nodiscard]] std::span<const permission> permissions();
[[nodiscard]] std::string_view to_text(action what);
[[nodiscard]] bool is_permitted(role who, action what);
// The error `permission` names the user, the action and the roles that have it. An inactive user has no permission.
result<> check_permission(const user& who, action what);

// The status that an action requires, and the status that it leads to.
struct status_rule {
    action what;
    revision_status from;
    revision_status to;  // equal to `from`: the status does not change
};
[[nodiscard]] std::span<const status_rule> status_rules();
// The status after the action; wrong_state if it is not possible in `from`, with the possible actions. Actions that
// concern no revision are always possible.
result<revision_status> next_status(revision_status from, action what);

}  // namespace sluice::parts
