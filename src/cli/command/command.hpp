// command.hpp - the commands of the program as functions, and their common way to report failures.
//
// Use:     int run_version(const arguments& given) { print("..."); return 0; }   // in the table of cli/program.cpp
// Output:  results on stdout; a failure is one line on stderr and exit code 1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/error.hpp"

namespace sluice::cli {

using arguments = std::vector<std::string>;  // without the program's and the command's name

// Prints `sluice: serve: WHAT` on stderr, with spaces for line breaks; returns 1.
[[nodiscard]] int report_failure(std::string_view command_name, std::string_view what);
[[nodiscard]] int report_failure(std::string_view command_name, const error& cause);

void print(std::string_view text);

// ---- the commands, each in its own file

[[nodiscard]] int run_serve(const arguments& given);
[[nodiscard]] int run_user(const arguments& given);
[[nodiscard]] int run_parts(const arguments& given);
[[nodiscard]] int run_tag(const arguments& given);
[[nodiscard]] int run_complete(const arguments& given);
[[nodiscard]] int run_completion(const arguments& given);
[[nodiscard]] int run_docs(const arguments& given);
[[nodiscard]] int run_version(const arguments& given);

}  // namespace sluice::cli
