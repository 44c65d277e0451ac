#include "cli/command/command.hpp"

#include <algorithm>
#include <cstdio>

#include "cli/command/command_tree.hpp"

namespace sluice::cli {

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

int report_failure(std::string_view command_name, std::string_view what) {
    std::string line = "sluice: ";
    line.append(command_name).append(command_name.empty() ? "" : ": ").append(what);
    std::ranges::replace(line, '\n', ' ');
    line.push_back('\n');
    std::fwrite(line.data(), 1, line.size(), stderr);
    return 1;
}

int report_failure(std::string_view command_name, const error& cause) {
    std::string what = cause.message;
    for (const auto* more : {&cause.detail, &cause.hint}) {
        if (!more->empty()) {
            what.append("; ").append(*more);
        }
    }
    return report_failure(command_name, what);
}

int dispatch(const command_spec& program, int argc, char** argv) {
    const arguments all(argv + std::min(argc, 1), argv + argc);
    if (all.empty()) {
        print(help_text({&program}));
        return 1;
    }
    const std::string& wanted = all.front();
    if (wanted == "--help" || wanted == "-h" || wanted == "help") {
        print(help_text({&program}));
        return 0;
    }
    const auto found =
        std::ranges::find(program.subcommands, wanted == "--version" ? "version" : wanted, &command_spec::name);
    if (found == program.subcommands.end()) {
        return report_failure("", "no command \"" + wanted + "\"; `sluice --help` lists them");
    }
    return found->run({all.begin() + 1, all.end()});
}

}  // namespace sluice::cli
