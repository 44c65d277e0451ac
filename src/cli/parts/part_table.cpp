// The commands on a project's parts and their texts.
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
    return {.name = "init",
            .summary = "Makes a folder a parts project with you as its first Admin",
            .positionals = {{.name = "DIR",
                             .doc = "Folder of the project; created if it is missing.",
                             .required = true,
                             .kind = value_kind::folder}},
            .options = {{.name = "name", .value_name = "TEXT", .doc = "Name of the project. default: the name of DIR"},
                        {.name = "full-name",
                         .value_name = "TEXT",
                         .doc = "Your full name, for git. default: that of the login"},
                        {.name = "email",
                         .value_name = "ADDRESS",
                         .doc = "Your e-mail address, for git. default: USER@localhost"}},
            .examples = {{.command = "sluice parts init rover --name Rover --email ada@example.org",
                          .doc = "Makes a project in the folder rover."}}};
}

command_spec add_command() {
    return {.name = "add",
            .summary = "Adds a part with its first draft and prints its number",
            .options = {{.name = "category",
                         .value_name = "CODE",
                         .doc = "Category, e.g. EL-RES; `category list` lists them.",
                         .required = true,
                         .kind = value_kind::category},
                        {.name = "name", .value_name = "TEXT", .doc = "Name of the part.", .required = true},
                        {.name = "description", .value_name = "TEXT", .doc = "Description of the part."},
                        property_option("Property of the part.")},
            .examples = {{.command = "sluice parts add --category EL-RES --name '10 kOhm' --property tolerance=1%",
                          .doc = "Adds a resistor; prints EL-RES-10000."}}};
}

command_spec edit_command() {
    return {.name = "edit",
            .summary = "Changes a draft",
            .positionals = {number_argument()},
            .options = {{.name = "name", .value_name = "TEXT", .doc = "Name of the part."},
                        {.name = "description", .value_name = "TEXT", .doc = "Description of the part."},
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
         .options = {revision_option(
                         "Version to show. default: the one in draft or review, else the newest released one"),
                     json_option()}},
        {.name = "list",
         .summary = "Lists parts",
         .description = json_of_list,
         .options = {{.name = "category",
                      .value_name = "CODE",
                      .doc = "Only parts of this category; EL stands for all categories that begin with EL.",
                      .kind = value_kind::category},
                     status_option(),
                     {.name = "text",
                      .value_name = "TEXT",
                      .doc = "Only parts with this text in number, name or description."},
                     limit_option(),
                     json_option()}},
        {.name = "search",
         .summary = "Finds parts by words in any of their texts",
         .description = json_of_list,
         .positionals = {{.name = "WORDS",
                          .doc = "Words that must all occur, in any case: in numbers, names, descriptions, properties, "
                                 "manufacturers' numbers, names of files.",
                          .repeatable = true,
                          .required = true}},
         .options = {limit_option(), json_option()}},
        edit_command(),
        {.name = "history",
         .summary = "Shows the history of a part or of the project, newest first",
         .description = "JSON: an array of {date, user, action, number, version, detail}.",
         .positionals = {{.name = "NUMBER",
                          .doc = "Number of the part. default: the whole project",
                          .kind = value_kind::number}},
         .options = {limit_option(), json_option()}},
    };
}

}  // namespace sluice::cli
