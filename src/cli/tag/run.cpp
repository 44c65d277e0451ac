#include "cli/tag/run.hpp"

#include "cli/command.hpp"

namespace sluice::cli {

int run_tagging(const tag_run_options& options) {
    return report_failure("tag run", "not built yet: " + options.folder);
}

}  // namespace sluice::cli
