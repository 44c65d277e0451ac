// The commands about a project's parts and what is said about each.
#include "cli/parts/command_table.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view json_of_list = "JSON: an array of {number, name, description, category, version, status}.";

option_spec property_option(std::string_view doc) {
    return {.name = "property", .value_name = "KEY=VALUE", .doc = doc, .repeatable = true};
}

option_spec status_option() {
    return {.name = "status",
            .doc = "Only parts with a revision in this status.",
            .kind = value_kind::choice,
            .choices = {"draft", "in-review", "released", "obsolete"}};
}

command_spec init_command() {
    return {
        .name = "init",
        .summary = "Makes a folder a parts project, with you as its first Admin",
        .positionals = {{.name = "DIR", .doc = "Made if there is none.", .required = true, .kind = value_kind::folder}},
        .options = {{.name = "name", .value_name = "TEXT", .doc = "What the project is called. default: DIR's name"},
                    {.name = "full-name", .value_name = "TEXT", .doc = "Your name, for git. default: the login's"},
                    {.name = "email", .value_name = "ADDRESS", .doc = "default: USER@localhost"}},
        .examples = {{.command = "sluice parts init rover --name Rover --email ada@example.org",
                      .doc = "A new project in the folder rover."}}};
}

command_spec add_command() {
    return {.name = "add",
            .summary = "Adds a part with its first draft and prints its number",
            .options = {{.name = "category",
                         .value_name = "CODE",
                         .doc = "As EL-RES; `category list` knows them.",
                         .required = true,
                         .kind = value_kind::category},
                        {.name = "name", .value_name = "TEXT", .doc = "What it is called.", .required = true},
                        {.name = "description", .value_name = "TEXT", .doc = "More about it."},
                        property_option("Something that is said about it.")},
            .examples = {{.command = "sluice parts add --category EL-RES --name '10 kOhm' --property tolerance=1%",
                          .doc = "Adds a resistor; prints EL-RES-10000."}}};
}

command_spec edit_command() {
    return {.name = "edit",
            .summary = "Changes a draft",
            .positionals = {number_argument()},
            .options = {{.name = "name", .value_name = "TEXT", .doc = "What it is called."},
                        {.name = "description", .value_name = "TEXT", .doc = "More about it."},
                        property_option("Sets a property."),
                        {.name = "unset", .value_name = "KEY", .doc = "Removes a property.", .repeatable = true}}};
}

}  // namespace

std::vector<command_spec> part_commands() {
    return {
        init_command(),
        add_command(),
        {.name = "show",
         .summary = "Shows a part: texts, properties, files, reviews",
         .description =
             "JSON: {number, name, description, category, created_by, created, modified, version, status, state,\n"
             "author, submitted, released, obsoleted, commit, properties, files, manufacturer_parts, approvals,\n"
             "revisions}.",
         .positionals = {number_argument()},
         .options = {revision_option("That version. default: the one that is worked on, else the newest released"),
                     json_option()}},
        {.name = "list",
         .summary = "Lists parts",
         .description = json_of_list,
         .options = {{.name = "category",
                      .value_name = "CODE",
                      .doc = "Only these; EL stands for all that begin so.",
                      .kind = value_kind::category},
                     status_option(),
                     {.name = "text", .value_name = "TEXT", .doc = "Only with this in number, name or description."},
                     limit_option(),
                     json_option()}},
        {.name = "search",
         .summary = "Finds parts by words, wherever they are written",
         .description = json_of_list,
         .positionals = {{.name = "WORDS",
                          .doc = "All of them must be found, in any case: in numbers, names, descriptions, properties, "
                                 "manufacturers' numbers, names of files.",
                          .repeatable = true,
                          .required = true}},
         .options = {limit_option(), json_option()}},
        edit_command(),
        {.name = "history",
         .summary = "Tells what happened to a part, or to the project, newest first",
         .description = "JSON: an array of {date, user, action, number, version, detail}.",
         .positionals = {{.name = "NUMBER", .doc = "The part; none: the project.", .kind = value_kind::number}},
         .options = {limit_option(), json_option()}},
    };
}

}  // namespace sluice::cli
