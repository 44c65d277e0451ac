// metrics.hpp - a database's numbers for Prometheus.
//
// Use:     expose(registry, "parts", [&] { return manager.statistics(); });   // the manager outlives the registry's use
// Shapes:  the label `database` tells several databases apart.
// Threads: `read` runs on the scraping thread.
#pragma once

#include <functional>
#include <string_view>

#include "base/observe/metrics.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::sqlite {

void expose(base::metrics_registry& registry, std::string_view database,
            const std::function<database_statistics()>& read);

}  // namespace sluice::sqlite
