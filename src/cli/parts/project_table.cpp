// The commands on the whole project.
#include "cli/parts/command_table.hpp"

namespace sluice::cli {

namespace {

option_spec user_argument() {
    return {.name = "NAME",
            .doc = "User name: letters, digits, dots, dashes, underscores, @.",
            .required = true,
            .kind = value_kind::user};
}

std::vector<option_spec> user_options() {
    return {
        {.name = "role",
         .doc = "Role of the user.",
         .kind = value_kind::choice,
         .choices = {"viewer", "designer", "admin"}},
        {.name = "full-name", .value_name = "TEXT", .doc = "Full name, for git. default of add: NAME"},
        {.name = "email", .value_name = "ADDRESS", .doc = "E-mail address, for git. default of add: NAME@localhost"}};
}

command_spec user_command() {
    auto changes = user_options();
    changes.push_back({.name = "active",
                       .doc = "no: the user may do nothing any more. A user is never deleted.",
                       .kind = value_kind::choice,
                       .choices = {"yes", "no"}});
    return {
        .name = "user",
        .summary = "Users of the project and their roles",
        .subcommands = {{.name = "add",
                         .summary = "Adds a user, by default as a designer",
                         .positionals = {user_argument()},
                         .options = user_options(),
                         .examples = {{.command = "sluice parts user add bob --role designer --email bob@example.org",
                                       .doc = "Bob may design and review."}}},
                        {.name = "list",
                         .summary = "Lists users",
                         .description = "JSON: an array of {user, full_name, email, role, is_active}.",
                         .options = {json_option()}},
                        {.name = "set",
                         .summary = "Changes a user",
                         .positionals = {user_argument()},
                         .options = std::move(changes)}}};
}

command_spec category_command() {
    return {.name = "category",
            .summary = "Categories, the first part of each number",
            .subcommands = {
                {.name = "add",
                 .summary = "Adds a category",
                 .positionals = {{.name = "CODE", .doc = "Code of the category, e.g. EL-RES.", .required = true}},
                 .options = {{.name = "name", .value_name = "TEXT", .doc = "Name of the category.", .required = true}}},
                {.name = "list",
                 .summary = "Lists categories",
                 .description = "JSON: an array of {category, name, workflow}.",
                 .options = {json_option()}}}};
}

command_spec workflow_command() {
    return {
        .name = "workflow",
        .summary = "Workflows: states within the statuses, and transitions between them",
        .description =
            "A workflow is a JSON file: {\"name\", \"description\", \"states\": [{\"state\", \"status\"}], "
            "\"transitions\":\n"
            "[{\"from\", \"to\", \"role\"}]}; a role may be left out. `show --json` prints one.",
        .subcommands = {
            {.name = "list",
             .summary = "Lists workflows",
             .description = "JSON: an array of workflows, each as `show` prints it.",
             .options = {json_option()}},
            {.name = "show",
             .summary = "Shows a workflow",
             .positionals = {{.name = "NAME", .doc = "Name of the workflow.", .required = true}},
             .options = {json_option()}},
            {.name = "add",
             .summary = "Adds a workflow from a file",
             .positionals =
                 {{.name = "FILE", .doc = "JSON file with the workflow.", .required = true, .kind = value_kind::file}}},
            {.name = "assign",
             .summary = "Assigns a workflow to the parts of a category",
             .positionals = {
                 {.name = "CODE", .doc = "Code of the category.", .required = true, .kind = value_kind::category},
                 {.name = "NAME", .doc = "Name of the workflow.", .required = true}}}}};
}

}  // namespace

std::vector<command_spec> project_commands() {
    return {
        {.name = "import",
         .summary = "Imports parts or bills of materials from a file: all of it, or nothing",
         .description =
             "Parts: CSV (or JSON, as export writes it) with the columns number (empty: a new part), category, name,\n"
             "description, property:KEY, manufacturer, mpn, manufacturer_status, manufacturer_description. Bills of\n"
             "materials: parent, child, quantity, reference, note. Problems are listed by line and column.",
         .positionals = {{.name = "FILE",
                          .doc = "File in UTF-8; - is standard input.",
                          .required = true,
                          .kind = value_kind::file}},
         .options = {{.name = "bom", .doc = "The file has lines of bills of materials."},
                     {.name = "dry-run", .doc = "Only reports the changes, and makes none."}}},
        {.name = "export",
         .summary = "Writes all parts, or a bill of materials, for other programs",
         .options = {{.name = "bom",
                      .value_name = "NUMBER",
                      .doc = "Exports the bill of materials of this part, at all depths, instead of all parts.",
                      .kind = value_kind::number},
                     {.name = "format",
                      .doc = "Format of the output. default: csv",
                      .kind = value_kind::choice,
                      .choices = {"csv", "json"}},
                     {.name = "excel",
                      .doc = "CSV that Excel reads safely: with a byte order mark and without formulas."},
                     output_option()}},
        {.name = "check",
         .summary = "Checks that database and git are sound and agree",
         .description = "Exit code 1 if there is a problem. JSON: an array of {level, number, what}.",
         .options = {{.name = "deep", .doc = "Also reads all released contents and all files."}, json_option()}},
        user_command(),
        category_command(),
        workflow_command(),
        {.name = "backup",
         .summary = "Writes a copy of the database, also while it is used",
         .description =
             "Bills of materials, users and history are in the database; contents of files are in .git, which\n"
             "`git clone --mirror` copies. Copy both while no user changes the project, so that they belong\n"
             "together.",
         .positionals = {{.name = "FILE",
                          .doc = "File to write; an existing one is replaced.",
                          .required = true,
                          .kind = value_kind::file}}},
        {.name = "completion",
         .summary = "Prints a script that completes commands in a shell",
         .positionals = {shell_argument()},
         .examples = {{.command = "source <(sluice parts completion bash)", .doc = "Loads it into this shell."}}},
        {.name = "complete",
         .summary = "Candidates for a shell",
         .positionals = {{.name = "KIND", .doc = "number, user or category.", .required = true},
                         {.name = "PREFIX", .doc = "Prefix of the candidates."}},
         .is_hidden = true},
    };
}

}  // namespace sluice::cli
