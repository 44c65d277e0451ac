// startup_options.hpp - the settings in a start-up packet's `options` parameter, in the form of PGOPTIONS.
//
// Use:     TRY_ASSIGN(auto settings, parse_startup_options("-c search_path=a --statement-timeout=5s"));
// Format:  words separated by white space, a backslash takes the next character as it is; -c NAME=VALUE, -cNAME=VALUE
//          and --NAME=VALUE, with - in names meaning _. PostgreSQL's other switches have no meaning here.
// Errors:  42601 in PostgreSQL's words, fatal.
// Source:  PostgreSQL 15 manual, 20.1.4 (shell interaction) and 55.7 (StartupMessage).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::postgres {

result<std::vector<std::pair<std::string, std::string>>> parse_startup_options(std::string_view text);

}  // namespace sluice::postgres
