// metrics.hpp - a database's numbers for Prometheus.
//
// Use:     expose(registry, "parts", [&] { return manager.statistics(); });   // the manager outlives the registry's use
// Shapes:  the label `database` tells several apart.
// Threads: `read` runs on the scraping thread.
#pragma once

#include <functional>
#include <string_view>

#include "base/observe/metrics.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::store {

void expose(core::metrics_registry& registry, std::string_view database, const std::function<store_statistics()>& read);

}  // namespace sluice::store
