#include "base/core/version.hpp"

#include <string>

#include "cli/command/command.hpp"

namespace sluice::cli {

int run_version(const arguments& given) {
    if (!given.empty()) {
        return report_failure("version", "takes no arguments");
    }
    print("sluice " + std::string(version()) + "\n");
    return 0;
}

}  // namespace sluice::cli
