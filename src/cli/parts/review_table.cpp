// The way of a revision from draft to release, and on.
#include "cli/parts/command_table.hpp"

namespace sluice::cli {

namespace {

option_spec comment_option(bool is_required) {
    return {.name = "comment", .value_name = "TEXT", .doc = "Why.", .required = is_required};
}

}  // namespace

std::vector<command_spec> review_commands() {
    return {
        {.name = "revise", .summary = "Makes the next draft of a released part", .positionals = {number_argument()}},
        {.name = "submit",
         .summary = "Gives a draft to others for review",
         .positionals = {number_argument()},
         .options = {{.name = "approver",
                      .value_name = "USER",
                      .doc = "Who has to approve, each of them; not its author.",
                      .repeatable = true,
                      .required = true,
                      .kind = value_kind::user}},
         .examples = {{.command = "sluice parts submit EL-RES-10000 --approver bob --approver eve",
                       .doc = "Both bob and eve have to approve it."}}},
        {.name = "approve",
         .summary = "Says yes to a revision in review",
         .positionals = {number_argument()},
         .options = {comment_option(false)}},
        {.name = "reject",
         .summary = "Says no: it becomes a draft again",
         .positionals = {number_argument()},
         .options = {comment_option(true)}},
        {.name = "release", .summary = "Releases what all approvers have approved", .positionals = {number_argument()}},
        {.name = "obsolete",
         .summary = "Makes a released revision obsolete",
         .positionals = {number_argument()},
         .options = {revision_option("That version. default: the newest released")}},
        {.name = "advance",
         .summary = "Moves a revision to another state of its workflow, in the same status",
         .positionals = {number_argument(), {.name = "STATE", .doc = "Its name.", .required = true}}},
    };
}

}  // namespace sluice::cli
