// server_config.hpp - the settings of `sluice serve`: the table, and the rules that span several of them.
//
// Use:     TRY_ASSIGN(const auto settings, load_server_config(flags, lookup, file));
//          TRY_ASSIGN(const auto attached, attached_databases(settings));
// Errors:  F0000, one line that names what to change.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config/config.hpp"
#include "workload/query_profile.hpp"

namespace sluice::cli {

[[nodiscard]] std::span<const base::property> server_properties();

using flag_values = std::vector<std::pair<std::string, std::vector<std::string>>>;  // by name of the property

// Reads all sources and checks the rules that span several settings: a server that others than this machine can reach
// has TLS and passwords.
result<base::config> load_server_config(const flag_values& flags,
                                        const std::function<const char*(const std::string&)>& environment,
                                        const std::optional<std::string>& file);

// NAME=PATH of each --attach.
struct attached_database {
    std::string name;
    std::string path;
};
result<std::vector<attached_database>> attached_databases(const base::config& settings);

// F0000 with the definition that is wrong.
result<workload::profile_table> profiles_of(const base::config& settings);

// external_access, with auto decided: statements reach nothing outside but what the settings name.
[[nodiscard]] bool is_access_closed(const base::config& settings);

// Only this machine can connect to it: 127.0.0.0/8, ::1, localhost.
[[nodiscard]] bool is_loopback(const std::string& host);

}  // namespace sluice::cli
