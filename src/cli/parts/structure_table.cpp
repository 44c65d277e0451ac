// The commands on bills of materials, files and manufacturers' parts.
#include "cli/parts/command_table.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view shown_revision =
    "Version of the part. default: the one in draft or review, else the newest released one";

option_spec child_argument() {
    return {.name = "CHILD", .doc = "Number of the part inside it.", .required = true, .kind = value_kind::number};
}

std::vector<option_spec> line_options() {
    return {{.name = "quantity",
             .value_name = "N",
             .doc = "Quantity of CHILD in one NUMBER. default: 1; with set: unchanged"},
            {.name = "reference", .value_name = "TEXT", .doc = "Reference designators, e.g. R1, R2."},
            {.name = "note", .value_name = "TEXT", .doc = "A remark."}};
}

command_spec bom_command() {
    return {
        .name = "bom",
        .summary = "Bills of materials; `bom NUMBER` shows the one of a part",
        .subcommands =
            {{.name = "show",
              .summary = "Shows a bill of materials as a tree, at all depths",
              .description =
                  "JSON: an array, depth first, of {level, number, name, version, status, quantity, total, reference,\n"
                  "note}; total is the quantity at this place in one NUMBER.",
              .positionals = {number_argument()},
              .options = {revision_option(shown_revision),
                          {.name = "levels", .value_name = "N", .doc = "Number of levels to show. default: all"},
                          json_option()}},
             {.name = "add",
              .summary = "Adds a line to a draft",
              .positionals = {number_argument(), child_argument()},
              .options = line_options(),
              .examples = {{.command =
                                "sluice parts bom add AS-TOP-10002 EL-RES-10000 --quantity 4 --reference 'R1-R4'",
                            .doc = "Adds four resistors."}}},
             {.name = "set",
              .summary = "Changes a line of a draft",
              .positionals = {number_argument(), child_argument()},
              .options = line_options()},
             {.name = "remove",
              .summary = "Removes a line from a draft",
              .positionals = {number_argument(), child_argument()}},
             {.name = "rollup",
              .summary = "Adds up the quantity of each part over all levels",
              .description = "JSON: an array of {number, name, version, status, total, is_leaf}.",
              .positionals = {number_argument()},
              .options = {revision_option(shown_revision),
                          {.name = "leaves", .doc = "Only parts that have no parts themselves: the shopping list."},
                          json_option()}},
             {.name = "diff",
              .summary = "Compares two revisions of a part",
              .description = "JSON: {number, from, to, lines: [{number, before, after}], texts, properties, files: "
                             "[{name, before,\n"
                             "after}]}; before is null for an added entry, after is null for a removed one.",
              .positionals = {number_argument()},
              .options = {{.name = "from", .value_name = "N", .doc = "Older version. default: the one before --to"},
                          {.name = "to", .value_name = "N", .doc = "Newer version. default: the newest"},
                          json_option()}},
             {.name = "html",
              .summary = "Writes a bill of materials as an HTML page, with a drawing",
              .positionals = {number_argument()},
              .options = {revision_option(shown_revision), output_option()}},
             {.name = "svg",
              .summary = "Draws a bill of materials as SVG",
              .positionals = {number_argument()},
              .options = {revision_option(shown_revision), output_option()}}},
        .number_command = "show"};
}

command_spec manufacturers_command() {
    const std::vector<option_spec> places = {
        number_argument(),
        {.name = "MANUFACTURER", .doc = "Name of the manufacturer.", .required = true},
        {.name = "MPN", .doc = "The manufacturer's number for the part.", .required = true}};
    const std::vector<option_spec> options = {
        {.name = "status",
         .doc = "Status of the manufacturer's part; at most one for each part is preferred.",
         .kind = value_kind::choice,
         .choices = {"active", "preferred", "alternate", "obsolete"}},
        {.name = "description", .value_name = "TEXT", .doc = "A remark."}};
    return {.name = "mfr",
            .summary = "Manufacturers' parts that can be bought for a part",
            .subcommands =
                {{.name = "add", .summary = "Adds a manufacturer's part", .positionals = places, .options = options},
                 {.name = "list",
                  .summary = "Lists a part's manufacturers' parts, the preferred one first",
                  .description = "JSON: an array of {manufacturer, mpn, status, description}.",
                  .positionals = {number_argument()},
                  .options = {json_option()}},
                 {.name = "set", .summary = "Changes a manufacturer's part", .positionals = places, .options = options},
                 {.name = "remove", .summary = "Removes a manufacturer's part", .positionals = places}},
            .number_command = "list"};
}

option_spec name_argument() {
    return {.name = "NAME", .doc = "Name of the file, as `files` shows it.", .required = true};
}

}  // namespace

std::vector<command_spec> structure_commands() {
    return {
        bom_command(),
        {.name = "where-used",
         .summary = "Lists the parts that contain a part",
         .description = "JSON: an array of {number, name, version, status, level, quantity, total}.",
         .positionals = {number_argument()},
         .options = {{.name = "all", .doc = "Lists all levels above, with totals."}, json_option()}},
        {.name = "attach",
         .summary = "Attaches a copy of a file to a draft",
         .positionals = {number_argument(),
                         {.name = "FILE", .doc = "File to attach.", .required = true, .kind = value_kind::file}},
         .options = {{.name = "name",
                      .value_name = "NAME",
                      .doc = "Name of the attached file. default: the name of FILE"},
                     {.name = "replace", .doc = "Replaces an attached file of the same name."}}},
        {.name = "files",
         .summary = "Lists the files of a part",
         .description = "JSON: an array of {name, size, sha256}.",
         .positionals = {number_argument()},
         .options = {revision_option(shown_revision), json_option()}},
        {.name = "extract",
         .summary = "Writes a copy of an attached file",
         .positionals = {number_argument(), name_argument()},
         .options = {revision_option(shown_revision),
                     {.name = "output",
                      .value_name = "FILE",
                      .doc = "File to write; an existing one is replaced; - is standard output. default: NAME in the "
                             "current folder, which must not exist",
                      .kind = value_kind::file,
                      .letter = "o"}}},
        {.name = "detach",
         .summary = "Removes a file from a draft",
         .positionals = {number_argument(), name_argument()}},
        manufacturers_command(),
    };
}

}  // namespace sluice::cli
