// server_config.hpp - reads the settings of `sluice serve`, and checks their combinations.
//
// Use:     TRY_ASSIGN(const auto settings, load_server_config(flags, lookup, file));
//          TRY_ASSIGN(const auto attached, attached_databases(settings));
// Errors:  F0000, one line that names the setting to change.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config/config.hpp"
#include "workload/query_profile.hpp"

namespace sluice::cli {

using flag_values = std::vector<std::pair<std::string, std::vector<std::string>>>;  // property names with their values

// Reads all sources and checks the rules for combinations: a server that other machines can reach has TLS and
// passwords.
result<base::config> load_server_config(const flag_values& flags,
                                        const std::function<const char*(const std::string&)>& environment,
                                        const std::optional<std::string>& file);

// NAME=PATH of each --attach.
struct attached_database {
    std::string name;
    std::string path;
};
result<std::vector<attached_database>> attached_databases(const base::config& values);

// Fails with F0000 and the wrong definition.
result<workload::profile_table> profiles_of(const base::config& values);

// external_access with `auto` resolved. True: statements reach only what the settings name.
[[nodiscard]] bool is_access_closed(const base::config& values);

// True if only this machine can connect: 127.0.0.0/8, ::1, localhost.
[[nodiscard]] bool is_loopback(const std::string& host);

}  // namespace sluice::cli
