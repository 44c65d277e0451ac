// What parts are made of, files that belong to them, and who makes them.
#include "cli/parts/command_table.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view shown_revision =
    "Of that version. default: the one that is worked on, else the newest released";

option_spec child_argument() {
    return {.name = "CHILD", .doc = "The part inside of it.", .required = true, .kind = value_kind::number};
}

std::vector<option_spec> line_options() {
    return {{.name = "quantity", .value_name = "N", .doc = "How many, or how much. default: 1; of set: as it is"},
            {.name = "reference", .value_name = "TEXT", .doc = "Where it goes, as R1, R2."},
            {.name = "note", .value_name = "TEXT", .doc = "A remark."}};
}

command_spec bom_command() {
    return {
        .name = "bom",
        .summary = "Bills of materials: what a part is made of; `bom NUMBER` shows it",
        .subcommands =
            {{.name = "show",
              .summary = "Shows it as a tree, at all depths",
              .description =
                  "JSON: an array, depth first, of {level, number, name, version, status, quantity, total, reference,\n"
                  "note}; total is how much of it one of NUMBER takes at this place.",
              .positionals = {number_argument()},
              .options = {revision_option(shown_revision),
                          {.name = "levels", .value_name = "N", .doc = "No deeper. default: all"},
                          json_option()}},
             {.name = "add",
              .summary = "Adds a line to a draft",
              .positionals = {number_argument(), child_argument()},
              .options = line_options(),
              .examples = {{.command =
                                "sluice parts bom add AS-TOP-10002 EL-RES-10000 --quantity 4 --reference 'R1-R4'",
                            .doc = "Four of a resistor."}}},
             {.name = "set",
              .summary = "Changes a line of a draft",
              .positionals = {number_argument(), child_argument()},
              .options = line_options()},
             {.name = "remove",
              .summary = "Takes a line out of a draft",
              .positionals = {number_argument(), child_argument()}},
             {.name = "rollup",
              .summary = "Adds up each part over all depths",
              .description = "JSON: an array of {number, name, version, status, total, is_leaf}.",
              .positionals = {number_argument()},
              .options = {revision_option(shown_revision),
                          {.name = "leaves", .doc = "Only what is not made of other parts: the shopping list."},
                          json_option()}},
             {.name = "diff",
              .summary = "Compares two revisions of a part",
              .description = "JSON: {number, from, to, lines: [{number, before, after}], texts, properties, files: "
                             "[{name, before,\n"
                             "after}]}; before or after is null where something was added or removed.",
              .positionals = {number_argument()},
              .options =
                  {{.name = "from", .value_name = "N", .doc = "The older version. default: the one before the other"},
                   {.name = "to", .value_name = "N", .doc = "The newer version. default: the newest"},
                   json_option()}},
             {.name = "html",
              .summary = "Writes it as a page for people, with a drawing",
              .positionals = {number_argument()},
              .options = {revision_option(shown_revision), output_option()}},
             {.name = "svg",
              .summary = "Draws it",
              .positionals = {number_argument()},
              .options = {revision_option(shown_revision), output_option()}}},
        .number_command = "show"};
}

command_spec manufacturers_command() {
    const std::vector<option_spec> places = {number_argument(),
                                             {.name = "MANUFACTURER", .doc = "Who makes it.", .required = true},
                                             {.name = "MPN", .doc = "Their number for it.", .required = true}};
    const std::vector<option_spec> options = {{.name = "status",
                                               .doc = "How it is liked. Of all of a part one may be preferred.",
                                               .kind = value_kind::choice,
                                               .choices = {"active", "preferred", "alternate", "obsolete"}},
                                              {.name = "description", .value_name = "TEXT", .doc = "A remark."}};
    return {.name = "mfr",
            .summary = "Manufacturers' parts: what is bought for a part",
            .subcommands = {{.name = "add", .summary = "Adds one", .positionals = places, .options = options},
                            {.name = "list",
                             .summary = "Lists them, the preferred one first",
                             .description = "JSON: an array of {manufacturer, mpn, status, description}.",
                             .positionals = {number_argument()},
                             .options = {json_option()}},
                            {.name = "set", .summary = "Changes one", .positionals = places, .options = options},
                            {.name = "remove", .summary = "Removes one", .positionals = places}},
            .number_command = "list"};
}

option_spec name_argument() {
    return {.name = "NAME", .doc = "The file's, as `files` shows it.", .required = true};
}

}  // namespace

std::vector<command_spec> structure_commands() {
    return {
        bom_command(),
        {.name = "where-used",
         .summary = "Lists the parts that a part is in",
         .description = "JSON: an array of {number, name, version, status, level, quantity, total}.",
         .positionals = {number_argument()},
         .options = {{.name = "all", .doc = "At all levels up, with totals."}, json_option()}},
        {.name = "attach",
         .summary = "Puts a copy of a file into a draft",
         .positionals = {number_argument(),
                         {.name = "FILE", .doc = "Which.", .required = true, .kind = value_kind::file}},
         .options = {{.name = "name", .value_name = "NAME", .doc = "What it is called there. default: as FILE"},
                     {.name = "replace", .doc = "Also in the place of one that has this name."}}},
        {.name = "files",
         .summary = "Lists files",
         .description = "JSON: an array of {name, size, sha256}.",
         .positionals = {number_argument()},
         .options = {revision_option(shown_revision), json_option()}},
        {.name = "extract",
         .summary = "Writes a file as it was attached",
         .positionals = {number_argument(), name_argument()},
         .options = {revision_option(shown_revision),
                     {.name = "output",
                      .value_name = "FILE",
                      .doc = "Where to; replaces what is there; - is standard output. default: NAME in the current "
                             "folder, which must be free",
                      .kind = value_kind::file,
                      .letter = "o"}}},
        {.name = "detach",
         .summary = "Takes a file out of a draft",
         .positionals = {number_argument(), name_argument()}},
        manufacturers_command(),
    };
}

}  // namespace sluice::cli
