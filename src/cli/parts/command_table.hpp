// command_table.hpp - the commands of `sluice parts` as a table, the source of parser, help, completion and man page.
//
// Use:     parts_command() of cli/program.hpp collects them; an action with the same words runs each: parts_call.hpp.
// Threads: any; constant once made.
#pragma once

#include "cli/program.hpp"

namespace sluice::cli {

// ---- the parts of the table, each in its own file

[[nodiscard]] std::vector<command_spec> part_commands();       // init, add, show ... history
[[nodiscard]] std::vector<command_spec> review_commands();     // revise ... obsolete, advance
[[nodiscard]] std::vector<command_spec> structure_commands();  // bom, where-used, files, mfr
[[nodiscard]] std::vector<command_spec> project_commands();    // import, export, check, user, category, workflow ...

// ---- common options

[[nodiscard]] option_spec number_argument(std::string_view doc = "Number of the part, e.g. EL-RES-10000.");
[[nodiscard]] option_spec revision_option(std::string_view doc);

}  // namespace sluice::cli
