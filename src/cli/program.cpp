#include "cli/program.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <fmt/format.h>

#include "base/core/version.hpp"
#include "base/observe/log.hpp"
#include "base/text/display_width.hpp"
#include "cli/serve/serve.hpp"
#include "cli/serve/serve_options.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

namespace {

command_spec with_run(command_spec command, int (*run)(const arguments& given)) {
    command.run = run;
    return command;
}

}  // namespace

const command_spec& sluice_program() {
    static const command_spec program{
        .name = "sluice",
        .summary = "Sluice lets PostgreSQL clients read and write embedded databases",
        .subcommands = {with_run(serve_command(), run_serve),
                        with_run(parts_command(), run_parts),
                        with_run(tag_command(), run_tag),
                        with_run(password_users_command(), run_user),
                        with_run(completion_command(), run_completion),
                        {.name = "version", .summary = "Prints the version", .run = run_version},
                        with_run(docs_command(), run_docs),
                        with_run(complete_command(), run_complete)}};
    return program;
}

std::string man_page_of(std::string_view command) {
    return man_page(sluice_program(), {.command = command, .date = "2026-01-31", .version = version()});
}

int fail_command(const std::string& name, std::string_view message, std::string_view hint) {
    return report_failure(name,
                          base::visible(hint.empty() ? std::string(message) : fmt::format("{}; {}", message, hint)));
}

int fail_command(const std::string& name, const error& cause) {
    return fail_command(name, cause.detail.empty() ? cause.message : fmt::format("{}; {}", cause.message, cause.detail),
                        cause.hint);
}

int run_program(std::string_view command, const arguments& words,
                const std::function<int(const parsed_command& given, const std::string& name)>& run) {
    std::signal(SIGPIPE, SIG_IGN);
    base::configure_logs({.level = base::log_level::warn});
    const auto& spec = *std::ranges::find(sluice_program().subcommands, command, &command_spec::name);
    if (words.empty() && !spec.subcommands.empty()) {
        print(help_text({&sluice_program(), &spec}));
        return 1;
    }
    arguments all{std::string(command)};
    all.insert(all.end(), words.begin(), words.end());
    const auto parsed = parse_command(sluice_program(), all);
    if (!parsed) {
        return fail_command(std::string(command), parsed.error());
    }
    if (parsed->wants_help) {
        print(help_text(parsed->path, parsed->wants_full_help ? help_length::full : help_length::brief));
        return 0;
    }
    const auto name = words_of({parsed->path.begin() + 1, parsed->path.end()});
    try {
        return run(*parsed, name);
    } catch (const std::exception& failure) {  // thrown by the standard library: no memory, no thread
        return report_failure(name, failure.what());
    }
}

int run_serve(const arguments& given) {
    return run_program("serve", given, [](const parsed_command& parsed, const std::string& name) {
        const auto code = serve(parsed);
        return code ? *code : fail_command(name, code.error());
    });
}

int run_version(const arguments& given) {
    return run_program("version", given, [](const parsed_command&, const std::string&) {
        print(fmt::format("sluice {}\n", version()));
        return 0;
    });
}

option_spec json_option() {
    return {.name = "json", .doc = "Prints JSON."};
}

option_spec output_option() {
    return {.name = "output",
            .value_name = "FILE",
            .doc = "File to write, completely or not at all. default: standard output",
            .kind = value_kind::file,
            .letter = "o"};
}

option_spec limit_option() {
    return {.name = "limit", .value_name = "N", .doc = "Largest number of entries. default: 100; 0: all"};
}

option_spec shell_argument() {
    return {.name = "SHELL",
            .doc = "Shell to generate the script for.",
            .required = true,
            .kind = value_kind::choice,
            .choices = {"bash", "zsh", "fish"}};
}

}  // namespace sluice::cli
