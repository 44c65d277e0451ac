// serve_options.hpp - the command line of `sluice serve`: one flag for each setting, and a few other options.
//
// Use:     TRY_ASSIGN(const auto given, parse_command(program, words));    // the program has serve_command()
//          TRY_ASSIGN(const auto options, serve_options_of(given));
// Errors:  22023 in one line.
#pragma once

#include <optional>
#include <string>

#include "base/core/result.hpp"
#include "cli/command/command_tree.hpp"
#include "cli/serve/server_config.hpp"

namespace sluice::cli {

struct serve_options {
    flag_values settings;             // as given; DATABASE sets `database`
    std::optional<std::string> file;  // --config
    bool check = false;
};

result<serve_options> serve_options_of(const parsed_command& given);

// The command in the table of the program, made from the table of settings.
[[nodiscard]] command_spec serve_command();

}  // namespace sluice::cli
