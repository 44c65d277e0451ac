#include <string>

#include "cli/command/command.hpp"
#include "cli/program.hpp"
#include "cli/reference.hpp"

namespace sluice::cli {

int run_docs(const arguments& given) {
    if (given == arguments{"config"}) {
        print(config_page());
        return 0;
    }
    if (given == arguments{"settings"}) {
        print(settings_page());
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
    if (given == arguments{"man"} || given == arguments{"man", "parts"} || given == arguments{"man", "tag"} ||
        given == arguments{"man", "serve"}) {
        print(man_page_of(given.size() == 1 ? "parts" : given.back()));
        return 0;
    }
    return report_failure("docs", "usage: sluice docs config|metrics|settings|man [serve|parts|tag]");
}

}  // namespace sluice::cli
