// reference.hpp - the pages of docs/reference that are generated from tables in the code.
//
// Use:     sluice docs config > docs/reference/config.md; a test compares the committed page with this.
#pragma once

#include <string>

#include "base/core/result.hpp"

namespace sluice::cli {

[[nodiscard]] std::string config_page();
// The settings of sessions and of the engine, with their owners.
[[nodiscard]] std::string settings_page();
// Creates the metrics of every module in its own registry and lists them.
result<std::string> metrics_page();

}  // namespace sluice::cli
