// What concerns the whole project.
#include "cli/parts/command_table.hpp"

namespace sluice::cli {

namespace {

option_spec user_argument() {
    return {.name = "NAME",
            .doc = "Letters, digits, dots, dashes, underscores, @.",
            .required = true,
            .kind = value_kind::user};
}

std::vector<option_spec> user_options() {
    return {{.name = "role",
             .doc = "What they may do.",
             .kind = value_kind::choice,
             .choices = {"viewer", "designer", "admin"}},
            {.name = "full-name", .value_name = "TEXT", .doc = "For git. Of add: default NAME"},
            {.name = "email", .value_name = "ADDRESS", .doc = "For git. Of add: default NAME@localhost"}};
}

command_spec user_command() {
    auto changes = user_options();
    changes.push_back({.name = "active",
                       .doc = "Whether they may do anything at all. Nobody is ever deleted.",
                       .kind = value_kind::choice,
                       .choices = {"yes", "no"}});
    return {
        .name = "user",
        .summary = "Users of the project and their roles",
        .subcommands = {{.name = "add",
                         .summary = "Adds a user; without --role a designer",
                         .positionals = {user_argument()},
                         .options = user_options(),
                         .examples = {{.command = "sluice parts user add bob --role designer --email bob@example.org",
                                       .doc = "Bob may design and review."}}},
                        {.name = "list",
                         .summary = "Lists them",
                         .description = "JSON: an array of {user, full_name, email, role, is_active}.",
                         .options = {json_option()}},
                        {.name = "set",
                         .summary = "Changes a user",
                         .positionals = {user_argument()},
                         .options = std::move(changes)}}};
}

command_spec category_command() {
    return {.name = "category",
            .summary = "Categories, the first half of each number",
            .subcommands = {
                {.name = "add",
                 .summary = "Adds one",
                 .positionals = {{.name = "CODE", .doc = "As EL-RES.", .required = true}},
                 .options = {{.name = "name", .value_name = "TEXT", .doc = "What is in it.", .required = true}}},
                {.name = "list",
                 .summary = "Lists them",
                 .description = "JSON: an array of {category, name, workflow}.",
                 .options = {json_option()}}}};
}

command_spec workflow_command() {
    return {
        .name = "workflow",
        .summary = "Workflows: states within the statuses, and ways between them",
        .description =
            "As a file of JSON: {\"name\", \"description\", \"states\": [{\"state\", \"status\"}], \"transitions\": "
            "[{\"from\",\n"
            "\"to\", \"role\"}]}; a role may be left out. `show --json` prints one.",
        .subcommands = {
            {.name = "list",
             .summary = "Lists them",
             .description = "JSON: an array of what `show` prints.",
             .options = {json_option()}},
            {.name = "show",
             .summary = "Shows one",
             .positionals = {{.name = "NAME", .doc = "Which.", .required = true}},
             .options = {json_option()}},
            {.name = "add",
             .summary = "Adds the one that a file describes",
             .positionals = {{.name = "FILE", .doc = "JSON.", .required = true, .kind = value_kind::file}}},
            {.name = "assign",
             .summary = "Lets a category's parts follow one",
             .positionals = {{.name = "CODE", .doc = "The category.", .required = true, .kind = value_kind::category},
                             {.name = "NAME", .doc = "The workflow.", .required = true}}}}};
}

}  // namespace

std::vector<command_spec> project_commands() {
    return {
        {.name = "import",
         .summary = "Brings parts or bills of materials in from a file: all of it, or nothing",
         .description =
             "Parts: CSV (or JSON, as export writes it) with the columns number (empty: a new part), category, name,\n"
             "description, property:KEY, manufacturer, mpn, manufacturer_status, manufacturer_description. Bills of\n"
             "materials: parent, child, quantity, reference, note. What is wrong is listed by line and column.",
         .positionals =
             {{.name = "FILE", .doc = "UTF-8; - is standard input.", .required = true, .kind = value_kind::file}},
         .options = {{.name = "bom", .doc = "It has lines of bills of materials."},
                     {.name = "dry-run", .doc = "Only tells what would be done."}}},
        {.name = "export",
         .summary = "Writes all parts, or a bill of materials, for other programs",
         .options =
             {{.name = "bom",
               .value_name = "NUMBER",
               .doc = "What this part is made of, at all depths, and not all parts.",
               .kind = value_kind::number},
              {.name = "format", .doc = "How. default: csv", .kind = value_kind::choice, .choices = {"csv", "json"}},
              {.name = "excel", .doc = "CSV as Excel reads it safely: a byte order mark, no formulas."},
              output_option()}},
        {.name = "check",
         .summary = "Looks whether database and git are whole and agree",
         .description = "Exit code 1 when something is wrong. JSON: an array of {level, number, what}.",
         .options = {{.name = "deep", .doc = "Also reads every released content and every file."}, json_option()}},
        user_command(),
        category_command(),
        workflow_command(),
        {.name = "backup",
         .summary = "Writes a copy of the database while others work",
         .description =
             "Bills of materials, users and history are in the database; contents of files are in .git, of which\n"
             "`git clone --mirror` makes a copy. Copy both while nobody changes the project, so that they belong "
             "together.",
         .positionals =
             {{.name = "FILE", .doc = "Replaced if it is there.", .required = true, .kind = value_kind::file}}},
        {.name = "completion",
         .summary = "Prints a script that completes commands in a shell",
         .positionals = {shell_argument()},
         .examples = {{.command = "source <(sluice parts completion bash)", .doc = "For this shell."}}},
        {.name = "complete",
         .summary = "Candidates for a shell",
         .positionals = {{.name = "KIND", .doc = "number, user or category.", .required = true},
                         {.name = "PREFIX", .doc = "How they begin."}},
         .is_hidden = true},
    };
}

}  // namespace sluice::cli
