// program.hpp - all commands of the program as one table, and how one of them is run.
//
// Use:     TRY_ASSIGN(const auto given, parse_command(sluice_program(), words));   // words begin with "parts", "tag" ...
//          return run_program("tag", words, [](const parsed_command& given, const std::string& name) { ... });
// Shape:   the table has the commands by name; those of `parts` and `tag` with all they take.
// Threads: any; constant once made.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/command/command_tree.hpp"

namespace sluice::cli {

[[nodiscard]] const command_spec& sluice_program();

// What docs/reference/sluice-COMMAND.1 holds; `parts` and `tag` have one.
[[nodiscard]] std::string man_page_of(std::string_view command);

// Parses, and prints the help that was asked for, or calls `run` with what was given and the command's words without the
// program's ("tag export"). A command of others without any words: the help, and 1. Exceptions become a line on stderr.
[[nodiscard]] int run_program(std::string_view command, const arguments& words,
                              const std::function<int(const parsed_command& given, const std::string& name)>& run);

// `sluice: tag export: what; what to do about it` on stderr, harmless to a terminal; returns 1.
int fail_command(const std::string& name, std::string_view message, std::string_view hint);
int fail_command(const std::string& name, const error& cause);

// The script for the shell that is named.
result<int> print_completion(const parsed_command& given);

// ---- tables in files of their own

[[nodiscard]] command_spec parts_command();
[[nodiscard]] command_spec tag_command();

// ---- what many commands take

[[nodiscard]] option_spec json_option();
[[nodiscard]] option_spec output_option();
[[nodiscard]] option_spec limit_option();
[[nodiscard]] option_spec shell_argument();

}  // namespace sluice::cli
