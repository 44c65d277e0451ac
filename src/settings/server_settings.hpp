// server_settings.hpp - the settings of `sluice serve`: each a typed constant, and all of them as one table.
//
// Problem: names, defaults, bounds and help texts of settings must stand in one place, and the compiler must know them.
// Use:     base::config_loader loader(settings::table());  ...  values[settings::flush_timeout]     // base/config/config.hpp
//          std::chrono::milliseconds timeout = base::default_of(settings::flush_timeout);    // a default of parameters
// Order:   a constant stands in the header of its subject, and in the table of server_settings.cpp, which is in the order
//          of docs/reference/config.md (`sluice docs config`).
// Threads: constants.
#pragma once

#include <span>

#include "base/config/property.hpp"
#include "settings/access_settings.hpp"
#include "settings/client_settings.hpp"
#include "settings/resource_settings.hpp"
#include "settings/statement_settings.hpp"

namespace sluice::settings {

[[nodiscard]] std::span<const base::property> table();

}  // namespace sluice::settings
