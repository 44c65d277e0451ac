// `sluice docs`: prints the pages of docs/reference.
#include <string>

#include "cli/program.hpp"
#include "cli/reference.hpp"

namespace sluice::cli {

namespace {

result<std::string> page_of(const parsed_command& given) {
    const auto page = given.text("PAGE");
    if (page == "man") {
        return man_page_of(given.text("COMMAND", "parts"));
    }
    if (given.has("COMMAND")) {
        return fail(sqlstates::invalid_parameter_value, "only man takes a COMMAND");
    }
    return page == "config" ? config_page() : page == "settings" ? settings_page() : metrics_page();
}

}  // namespace

int run_docs(const arguments& given) {
    return run_program("docs", given, [](const parsed_command& parsed, const std::string& name) {
        const auto page = page_of(parsed);
        if (!page) {
            return fail_command(name, page.error());
        }
        print(*page);
        return 0;
    });
}

command_spec docs_command() {
    return {.name = "docs",
            .summary = "Prints a page of the reference",
            .positionals = {{.name = "PAGE",
                             .doc = "Page to print.",
                             .required = true,
                             .kind = value_kind::choice,
                             .choices = {"config", "metrics", "settings", "man"}},
                            {.name = "COMMAND",
                             .doc = "Command of the man page. default: parts.",
                             .kind = value_kind::choice,
                             .choices = {"serve", "parts", "tag"}}},
            .is_hidden = true};
}

}  // namespace sluice::cli
