// command_tree_sample_test.hpp - a small program that has one of everything, for the tests of what is made of a table.
#pragma once

#include "cli/command/command_tree.hpp"

namespace sluice::cli {

inline const command_spec& sample_program() {
    static const command_spec program{
        .name = "prog",
        .summary = "A program",
        .subcommands =
            {{.name = "parts",
              .summary = "Keeps parts",
              .description = "Parts have numbers.\n.Dots, 'quotes' and \\backslashes are text.\n\nA second paragraph.",
              .options =
                  {{.name = "database", .value_name = "FILE", .doc = "Where they are.", .kind = value_kind::file}},
              .subcommands =
                  {{.name = "add",
                    .summary = "Adds a part",
                    .positionals =
                        {{.name = "NUMBER", .doc = "Its number.", .required = true},
                         {.name = "DRAWING", .doc = "Files of it.", .repeatable = true, .kind = value_kind::file}},
                    .options =
                        {{.name = "name", .value_name = "TEXT", .doc = "What it is called.", .required = true},
                         {.name = "category",
                          .value_name = "NAME",
                          .doc = "Its category.",
                          .kind = value_kind::category},
                         {.name = "tag", .value_name = "TEXT", .doc = "A word to find it by.", .repeatable = true},
                         {.name = "unit",
                          .doc = "What is counted.",
                          .kind = value_kind::choice,
                          .choices = {"each", "metre"}},
                         {.name = "force", .doc = "Even if it's there."}},
                    .examples = {{.command = "prog parts add X-100 --name 'A screw'", .doc = "Adds a screw."}}},
                   {.name = "list", .summary = "Lists parts"},
                   {.name = "bom",
                    .summary = "What parts are made of",
                    .subcommands = {{.name = "show",
                                     .summary = "Shows it",
                                     .positionals = {{.name = "NUMBER",
                                                      .doc = "Of what.",
                                                      .required = true,
                                                      .kind = value_kind::number},
                                                     {.name = "SHAPE",
                                                      .doc = "How.",
                                                      .kind = value_kind::choice,
                                                      .choices = {"tree", "flat"}}}},
                                    {.name = "export",
                                     .summary = "Writes it",
                                     .positionals = {{.name = "NUMBER",
                                                      .doc = "Of what.",
                                                      .repeatable = true,
                                                      .required = true,
                                                      .kind = value_kind::number}},
                                     .options = {{.name = "to",
                                                  .value_name = "FOLDER",
                                                  .doc = "Where to.",
                                                  .kind = value_kind::folder,
                                                  .letter = "t"}}}},
                    .number_command = "show"},
                   {.name = "complete", .summary = "For shells", .is_hidden = true}}},
             {.name = "tag",
              .summary = "Tags folders",
              .options = {{.name = "db", .value_name = "FILE", .doc = "Where tags are.", .kind = value_kind::file}},
              .subcommands =
                  {{.name = "run",
                    .summary = "Tags one",
                    .positionals = {{.name = "DIR", .doc = "Which.", .required = true, .kind = value_kind::folder}},
                    .options =
                        {{.name = "api", .doc = "How to ask.", .kind = value_kind::choice, .choices = {"one", "two"}},
                         {.name = "dry", .doc = "Only says."}}},
                   {.name = "status", .summary = "How far it is"}},
              .word_command = "run",
              .exit_status = "0, 1 or 3."}}};
    return program;
}

}  // namespace sluice::cli
