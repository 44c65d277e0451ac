#include "apps/parts/model/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sluice::parts {

namespace {

constexpr std::array table{
    //                                                     Viewer Designer Admin
    permission{action::view, "view", true, true, true},
    permission{action::export_data, "export", true, true, true},
    permission{action::create_part, "create a part", false, true, true},
    permission{action::create_category, "create a category", false, true, true},
    permission{action::edit, "edit", false, true, true},
    permission{action::edit_bom, "edit the bill of materials", false, true, true},
    permission{action::attach_file, "attach a file", false, true, true},
    permission{action::edit_manufacturers, "edit manufacturer parts", false, true, true},
    permission{action::advance, "advance", false, true, true},
    permission{action::revise, "revise", false, true, true},
    permission{action::submit, "submit", false, true, true},
    permission{action::approve, "approve", false, true, true},
    permission{action::reject, "reject", false, true, true},
    permission{action::release, "release", false, true, true},
    permission{action::make_obsolete, "make obsolete", false, false, true},
    permission{action::import_data, "import", false, true, true},
    permission{action::manage_users, "manage users", false, false, true},
    permission{action::manage_workflows, "manage workflows", false, false, true},
};

using enum revision_status;

// Approvals come on top: release needs all of them, and a user cannot approve or reject his own revision.
constexpr std::array rules{
    status_rule{action::edit, draft, draft},
    status_rule{action::edit_bom, draft, draft},
    status_rule{action::attach_file, draft, draft},
    status_rule{action::submit, draft, in_review},
    status_rule{action::approve, in_review, in_review},
    status_rule{action::reject, in_review, draft},
    status_rule{action::release, in_review, released},
    status_rule{action::revise, released, released},
    status_rule{action::make_obsolete, released, obsolete},
    status_rule{action::advance, draft, draft},
    status_rule{action::advance, in_review, in_review},
};

const permission& line_of(action what) {
    return *std::ranges::find(table, what, &permission::what);
}

}  // namespace

std::span<const permission> permissions() {
    return table;
}

std::string_view to_text(action what) {
    return line_of(what).text;
}

bool is_permitted(role who, action what) {
    const permission& line = line_of(what);
    switch (who) {
        case role::viewer:
            return line.viewer;
        case role::designer:
            return line.designer;
        case role::admin:
            return line.admin;
    }
    return false;
}

result<> check_permission(const user& who, action what) {
    if (!who.is_active) {
        return fail(error_kind::permission, "user " + who.username + " is not active");
    }
    if (is_permitted(who.rights, what)) {
        return {};
    }
    std::string roles;
    for (const role each : {role::viewer, role::designer, role::admin}) {
        if (is_permitted(each, what)) {
            roles.append(roles.empty() ? "" : " or ").append(to_text(each));
        }
    }
    return fail(
        error_kind::permission,
        "user " + who.username + " (" + std::string(to_text(who.rights)) + ") may not " + std::string(to_text(what)),
        "it takes the role " + roles);
}

std::span<const status_rule> status_rules() {
    return rules;
}

result<revision_status> next_status(revision_status from, action what) {
    std::string possible;
    for (const status_rule& each : rules) {
        if (each.what != what) {
            continue;
        }
        if (each.from == from) {
            return each.to;
        }
        possible.append(possible.empty() ? "" : " or ").append(to_text(each.from));
    }
    if (possible.empty()) {
        return from;
    }
    return fail(error_kind::wrong_state, "the revision is " + std::string(to_text(from)) + "; to " +
                                             std::string(to_text(what)) + " it must be " + possible);
}

}  // namespace sluice::parts
