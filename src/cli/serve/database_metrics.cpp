#include "cli/serve/database_metrics.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <utility>

#include "cli/terminal/output.hpp"
#include "sqlite/database/metrics.hpp"

namespace sluice::cli {

option_spec metrics_option() {
    return {.name = "metrics",
            .value_name = "FILE",
            .doc = "File for metrics of the database, written at the end in Prometheus text format.",
            .kind = value_kind::file};
}

database_metrics_file::database_metrics_file(std::string path, std::string_view label, sqlite::database& database)
    : path_(std::move(path)) {
    sqlite::expose(registry_, label, [&database] { return database.statistics(); });
}

database_metrics_file::~database_metrics_file() {
    if (path_.empty()) {
        return;
    }
    if (const auto written = write_output(registry_.text(), path_); !written) {
        const auto line = fmt::format("sluice: warning: --metrics: {}\n", one_line(written.error().message));
        std::fwrite(line.data(), 1, line.size(), stderr);
    }
}

}  // namespace sluice::cli
