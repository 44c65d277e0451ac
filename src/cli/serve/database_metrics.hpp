// database_metrics.hpp - --metrics FILE of `sluice parts` and `sluice tag`: writes their database's metrics at the end.
//
// Problem: a command has no HTTP address, and ends before a scrape comes.
// Use:     TRY_ASSIGN(const auto database, sqlite::database::open(...));
//          const database_metrics_file numbers(given.text("metrics"), "parts", *database);   // declared after it
// Ends:    the destructor writes the file, also if the command failed. Prometheus text format 0.0.4.
// Errors:  a warning on stderr; the command's own exit code stays.
// Threads: one.
#pragma once

#include <string>
#include <string_view>

#include "base/observe/metrics.hpp"
#include "cli/command/command_tree.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::cli {

[[nodiscard]] option_spec metrics_option();

class database_metrics_file {
  public:
    // An empty `path` writes nothing. The database outlives it.
    database_metrics_file(std::string path, std::string_view label, sqlite::database& database);
    database_metrics_file(const database_metrics_file&) = delete;
    database_metrics_file& operator=(const database_metrics_file&) = delete;
    ~database_metrics_file();

  private:
    const std::string path_;
    base::metrics_registry registry_;
};

}  // namespace sluice::cli
