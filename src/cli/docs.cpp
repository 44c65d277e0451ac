#include <string>

#include "cli/command.hpp"
#include "cli/parts/command_table.hpp"
#include "cli/reference.hpp"

namespace sluice::cli {

int run_docs(const arguments& given) {
    if (given == arguments{"config"}) {
        print(config_page());
        return 0;
    }
    if (given == arguments{"metrics"}) {
        const auto page = metrics_page();
        if (!page) {
            return report_failure("docs", page.error());
        }
        print(*page);
        return 0;
    }
    if (given == arguments{"man"}) {
        print(parts_man_page());
        return 0;
    }
    return report_failure("docs", "usage: sluice docs config|metrics|man");
}

}  // namespace sluice::cli
