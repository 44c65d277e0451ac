#include "cli/parts/command_table.hpp"

#include <algorithm>
#include <iterator>

namespace sluice::cli {

namespace {

constexpr std::string_view description =
    "A project is a folder with a database (parts.db) and a git repository (.git). It is looked for from the current\n"
    "folder upward, as git does. A part has revisions: a Draft is edited, reviewed by others (In Review), and "
    "Released;\n"
    "what is released never changes, `revise` makes the next draft of it.\n"
    "\n"
    "Commands that print data take --json. Dates in JSON are ISO 8601 in UTC. A command that fails says why in one "
    "line on\n"
    "standard error and has changed nothing.";

command_spec make_parts() {
    command_spec parts{
        .name = "parts",
        .summary = "Manages parts, revisions and bills of materials",
        .description = description,
        .options = {{.name = "project",
                     .value_name = "DIR",
                     .doc = "The project's folder. default: the current one or one above it, or SLUICE_PARTS_PROJECT",
                     .kind = value_kind::folder},
                    {.name = "user",
                     .value_name = "NAME",
                     .doc = "Who you are. default: SLUICE_PARTS_USER, else the login name",
                     .kind = value_kind::user}},
    };
    for (auto&& group : {part_commands(), review_commands(), structure_commands(), project_commands()}) {
        std::ranges::copy(group, std::back_inserter(parts.subcommands));
    }
    return parts;
}

option_spec file_argument(std::string_view name, std::string_view doc) {
    return {.name = name, .doc = doc, .kind = value_kind::file};
}

}  // namespace

const command_spec& sluice_program() {
    static const command_spec program{
        .name = "sluice",
        .summary = "Serves embedded databases to PostgreSQL clients, and manages parts",
        .subcommands = {{.name = "serve",
                         .summary = "Serves a database to PostgreSQL clients",
                         .positionals = {file_argument("DATABASE", "What is served.")}},
                        {.name = "user",
                         .summary = "Adds, removes and lists users that log in with a password",
                         .subcommands = {{.name = "add", .summary = "Adds a user"},
                                         {.name = "remove", .summary = "Removes a user"},
                                         {.name = "list", .summary = "Lists users"}}},
                        make_parts(),
                        {.name = "completion",
                         .summary = "Prints a script that completes commands in a shell",
                         .positionals = {{.name = "SHELL",
                                          .doc = "Which.",
                                          .required = true,
                                          .kind = value_kind::choice,
                                          .choices = {"bash", "zsh", "fish"}}}},
                        {.name = "version", .summary = "Prints the version"}}};
    return program;
}

std::string parts_man_page() {
    return man_page(sluice_program(), {.command = "parts", .date = "2026-01-31", .version = version});
}

option_spec number_argument(std::string_view doc) {
    return {.name = "NUMBER", .doc = doc, .required = true, .kind = value_kind::number};
}

option_spec revision_option(std::string_view doc) {
    return {.name = "revision", .value_name = "N", .doc = doc};
}

option_spec json_option() {
    return {.name = "json", .doc = "Prints JSON."};
}

option_spec output_option() {
    return {.name = "output",
            .value_name = "FILE",
            .doc = "Writes there, all or nothing, and not to standard output.",
            .kind = value_kind::file,
            .letter = "o"};
}

option_spec limit_option() {
    return {.name = "limit", .value_name = "N", .doc = "At most so many. default: 100; 0: all"};
}

}  // namespace sluice::cli
