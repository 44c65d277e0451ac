// serve_options.hpp - the command line of `sluice serve`: one flag for each setting, and a few other options.
//
// Use:     TRY_ASSIGN(const auto options, parse_serve_options(arguments));
// Errors:  22023 in one line, e.g. for a flag that does not exist.
#pragma once

#include <optional>
#include <string>

#include "base/core/result.hpp"
#include "cli/command/command.hpp"
#include "cli/command/command_tree.hpp"
#include "cli/serve/server_config.hpp"

namespace sluice::cli {

struct serve_options {
    flag_values settings;             // as given; DATABASE sets `database`
    std::optional<std::string> file;  // --config
    bool check = false;
    bool help = false;
    bool help_all = false;  // --help all
};

result<serve_options> parse_serve_options(const arguments& given);

// The basic options, and examples.
[[nodiscard]] std::string serve_help();
// Every option, by group.
[[nodiscard]] std::string serve_help_all();
// The options as a command of the program, for its man page and for shells.
[[nodiscard]] command_spec serve_command();

}  // namespace sluice::cli
