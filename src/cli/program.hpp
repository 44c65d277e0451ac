// program.hpp - all commands of the program as one table, and the function that runs one of them.
//
// Problem: main, parser, --help, completion and man pages must know the same commands.
// Use:     TRY_ASSIGN(const auto given, parse_command(sluice_program(), words));   // words begin with "parts", "tag" ...
//          return run_program("tag", words, [](const parsed_command& given, const std::string& name) { ... });
//          dispatch(sluice_program(), argc, argv)         // of main
// Threads: any; constant once made.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/command/command_tree.hpp"

namespace sluice::cli {

[[nodiscard]] const command_spec& sluice_program();

// The content of docs/reference/sluice-COMMAND.1, for `serve`, `parts` and `tag`.
[[nodiscard]] std::string man_page_of(std::string_view command);

// Parses, and prints the requested help, or calls `run` with the parsed words and the command's name without the
// program's ("tag export"). Without any words it prints the help and returns 1. Exceptions become a line on stderr.
[[nodiscard]] int run_program(std::string_view command, const arguments& words,
                              const std::function<int(const parsed_command& given, const std::string& name)>& run);

// Prints `sluice: tag export: MESSAGE; HINT` on stderr, harmless to a terminal; returns 1.
int fail_command(const std::string& name, std::string_view message, std::string_view hint);
int fail_command(const std::string& name, const error& cause);

// Prints the completion script for the given shell.
result<int> print_completion(const parsed_command& given);

// The file of `sluice user`: --users as given, else SLUICE_USERS; may be empty.
[[nodiscard]] std::string users_file(std::string given);

// ---- tables in files of their own

[[nodiscard]] command_spec password_users_command();
[[nodiscard]] command_spec docs_command();
[[nodiscard]] command_spec completion_command();
[[nodiscard]] command_spec complete_command();
[[nodiscard]] command_spec parts_command();
[[nodiscard]] command_spec tag_command();

// ---- common options

[[nodiscard]] option_spec json_option();
[[nodiscard]] option_spec output_option();
[[nodiscard]] option_spec limit_option();
[[nodiscard]] option_spec shell_argument();

}  // namespace sluice::cli
