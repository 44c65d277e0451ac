#include "cli/parts/command_table.hpp"

#include <algorithm>
#include <iterator>

#include "cli/serve/database_metrics.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view description =
    "A project is a folder with a database (parts.db) and a git repository (.git). Commands look for it\n"
    "from the current folder upward, as git does. A part has revisions: a Draft is edited, reviewed by others (In\n"
    "Review), and Released; a released revision never changes, `revise` makes the next draft of it.\n"
    "\n"
    "Commands that print data take --json. Dates in JSON are ISO 8601 in UTC. A command that fails says why in\n"
    "one line on standard error and has changed nothing.";

}  // namespace

command_spec parts_command() {
    command_spec parts{
        .name = "parts",
        .summary = "Manages parts, revisions and bills of materials",
        .description = description,
        .options =
            {{.name = "project",
              .value_name = "DIR",
              .doc = "Folder of the project. default: SLUICE_PARTS_PROJECT, else the current folder or one above it",
              .kind = value_kind::folder},
             {.name = "user",
              .value_name = "NAME",
              .doc = "Your user name. default: SLUICE_PARTS_USER, else the login name",
              .kind = value_kind::user},
             metrics_option()},
    };
    for (auto&& group : {part_commands(), review_commands(), structure_commands(), project_commands()}) {
        std::ranges::copy(group, std::back_inserter(parts.subcommands));
    }
    return parts;
}

option_spec number_argument(std::string_view doc) {
    return {.name = "NUMBER", .doc = doc, .required = true, .kind = value_kind::number};
}

option_spec revision_option(std::string_view doc) {
    return {.name = "revision", .value_name = "N", .doc = doc};
}

}  // namespace sluice::cli
