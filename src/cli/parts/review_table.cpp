// The commands that move a revision from draft to release, and on.
#include "cli/parts/command_table.hpp"

namespace sluice::cli {

namespace {

option_spec comment_option(bool is_required) {
    return {.name = "comment", .value_name = "TEXT", .doc = "Reason, kept in the history.", .required = is_required};
}

}  // namespace

std::vector<command_spec> review_commands() {
    return {
        {.name = "revise", .summary = "Makes the next draft of a released part", .positionals = {number_argument()}},
        {.name = "submit",
         .summary = "Submits a draft for review",
         .positionals = {number_argument()},
         .options = {{.name = "approver",
                      .value_name = "USER",
                      .doc = "User who must approve, other than the author; all of them must approve.",
                      .repeatable = true,
                      .required = true,
                      .kind = value_kind::user}},
         .examples = {{.command = "sluice parts submit EL-RES-10000 --approver bob --approver eve",
                       .doc = "Both bob and eve have to approve it."}}},
        {.name = "approve",
         .summary = "Approves a revision in review",
         .positionals = {number_argument()},
         .options = {comment_option(false)}},
        {.name = "reject",
         .summary = "Rejects a revision in review; it becomes a draft again",
         .positionals = {number_argument()},
         .options = {comment_option(true)}},
        {.name = "release",
         .summary = "Releases a revision that all approvers have approved",
         .positionals = {number_argument()}},
        {.name = "obsolete",
         .summary = "Makes a released revision obsolete",
         .positionals = {number_argument()},
         .options = {revision_option("Version to make obsolete. default: the newest released one")}},
        {.name = "advance",
         .summary = "Moves a revision to another state of its workflow, in the same status",
         .positionals = {number_argument(), {.name = "STATE", .doc = "Name of the state.", .required = true}}},
    };
}

}  // namespace sluice::cli
