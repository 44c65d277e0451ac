// command_table.hpp - the commands of `sluice parts` as a table: from it come parser, help, completion and man page.
//
// Use:     TRY_ASSIGN(const auto given, parse_command(sluice_program(), words));   // words begin with "parts"
//          for (const auto& each : parts_actions()) { if (each.words == "bom add") { each.run(given); } }
// Shape:   sluice_program() has all commands of the program by name, and those of `parts` with all they take.
// Threads: any; constant once made.
#pragma once

#include "cli/command_tree.hpp"

namespace sluice::cli {

[[nodiscard]] const command_spec& sluice_program();

// What docs/reference/sluice-parts.1 holds.
[[nodiscard]] std::string parts_man_page();

// ---- the parts of the table, each in its own file

[[nodiscard]] std::vector<command_spec> part_commands();       // init, add, show ... history
[[nodiscard]] std::vector<command_spec> review_commands();     // revise ... obsolete, advance
[[nodiscard]] std::vector<command_spec> structure_commands();  // bom, where-used, files, mfr
[[nodiscard]] std::vector<command_spec> project_commands();    // import, export, check, user, category, workflow ...

// ---- what many of them take

[[nodiscard]] option_spec number_argument(std::string_view doc = "The part, as EL-RES-10000.");
[[nodiscard]] option_spec revision_option(std::string_view doc);
[[nodiscard]] option_spec json_option();
[[nodiscard]] option_spec output_option();
[[nodiscard]] option_spec limit_option();

}  // namespace sluice::cli
