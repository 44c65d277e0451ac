// command_tree_sample_test.hpp - a small program with one of everything, for tests of the table's outputs.
#pragma once

#include "cli/command/command_tree.hpp"

namespace sluice::cli {

inline command_spec sample_serve_command() {
    return {.name = "serve",
            .summary = "Serves files",
            .positionals = {{.name = "FILE", .doc = "A file.", .kind = value_kind::file}},
            .options = {
                {.name = "users", .value_name = "FILE", .doc = "Users.", .kind = value_kind::file, .is_basic = true},
                {.name = "remove", .value_name = "NAME", .doc = "Removes a user.", .kind = value_kind::login},
                {.name = "read-only",
                 .doc = "Changes nothing.",
                 .group = "Access",
                 .limits = "default: off",
                 .last_counts = true,
                 .is_switch = true},
                {.name = "http",
                 .value_name = "ADDRESS",
                 .doc = "An address.",
                 .choices = {"off"},
                 .limits = "default: 1",
                 .last_counts = true,
                 .is_basic = true},
                {.name = "profile-user",
                 .value_name = "USER=PROFILE",
                 .doc = "A user's profile.",
                 .repeatable = true,
                 .kind = value_kind::pair,
                 .choices = {"slow", "fast"},
                 .group = "Load"}}};
}

inline const command_spec& sample_program() {
    static const command_spec program{
        .name = "prog",
        .summary = "A program",
        .subcommands = {
            {.name = "parts",
             .summary = "Keeps parts",
             .description = "Parts have numbers.\n.Dots, 'quotes' and \\backslashes are text.\n\nA second paragraph.",
             .options = {{.name = "database", .value_name = "FILE", .doc = "Database file.", .kind = value_kind::file}},
             .subcommands =
                 {{.name = "add",
                   .summary = "Adds a part",
                   .positionals =
                       {{.name = "NUMBER", .doc = "A number.", .required = true},
                        {.name = "DRAWING", .doc = "Drawings.", .repeatable = true, .kind = value_kind::file}},
                   .options =
                       {{.name = "name", .value_name = "TEXT", .doc = "Name of the part.", .required = true},
                        {.name = "category", .value_name = "NAME", .doc = "A category.", .kind = value_kind::category},
                        {.name = "tag", .value_name = "TEXT", .doc = "A word to find it by.", .repeatable = true},
                        {.name = "unit",
                         .doc = "Unit of quantities.",
                         .kind = value_kind::choice,
                         .choices = {"each", "metre"}},
                        {.name = "force", .doc = "Even if it's there."}},
                   .examples = {{.command = "prog parts add X-100 --name 'A screw'", .doc = "Adds a screw."}}},
                  {.name = "list", .summary = "Lists parts"},
                  {.name = "bom",
                   .summary = "Bills of materials",
                   .subcommands = {{.name = "show",
                                    .summary = "Shows it",
                                    .positionals = {{.name = "NUMBER",
                                                     .doc = "A number.",
                                                     .required = true,
                                                     .kind = value_kind::number},
                                                    {.name = "SHAPE",
                                                     .doc = "Form of the output.",
                                                     .kind = value_kind::choice,
                                                     .choices = {"tree", "flat"}}}},
                                   {.name = "export",
                                    .summary = "Writes it",
                                    .positionals = {{.name = "NUMBER",
                                                     .doc = "A number.",
                                                     .repeatable = true,
                                                     .required = true,
                                                     .kind = value_kind::number}},
                                    .options = {{.name = "to",
                                                 .value_name = "FOLDER",
                                                 .doc = "A folder.",
                                                 .kind = value_kind::folder,
                                                 .letter = "t"}}}},
                   .number_command = "show"},
                  {.name = "complete", .summary = "For shells", .is_hidden = true}}},
            {.name = "tag",
             .summary = "Tags folders",
             .options = {{.name = "db", .value_name = "FILE", .doc = "Database of tags.", .kind = value_kind::file}},
             .subcommands =
                 {{.name = "run",
                   .summary = "Tags a folder",
                   .positionals = {{.name = "DIR", .doc = "A folder.", .required = true, .kind = value_kind::folder}},
                   .options =
                       {{.name = "api", .doc = "The API.", .kind = value_kind::choice, .choices = {"one", "two"}},
                        {.name = "dry", .doc = "Changes nothing."}}},
                  {.name = "status", .summary = "Shows progress"}},
             .word_command = "run",
             .exit_status = "0, 1 or 3."},
            sample_serve_command()}};
    return program;
}

}  // namespace sluice::cli
