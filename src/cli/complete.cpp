// `sluice completion` prints the script for a shell; `sluice complete` answers it for each press of Tab.
#include <cstdlib>
#include <string>

#include "cli/command/completion.hpp"
#include "cli/program.hpp"
#include "cli/terminal/output.hpp"
#include "postgres/auth/users.hpp"

namespace sluice::cli {

namespace {

// The words come unexpanded from the shell.
std::string with_home(const std::string& path) {
    const char* home = std::getenv("HOME");
    return home != nullptr && path.starts_with("~/") ? home + path.substr(1) : path;
}

std::string option_of(const candidates& found, std::string_view name) {
    const auto given = found.options.find(name);
    return given == found.options.end() ? std::string() : with_home(given->second);
}

// The names of numbers, users and categories are in the project's database.
void print_names_of_project(const candidates& found) {
    arguments words{"complete"};
    if (auto project = option_of(found, "project"); !project.empty()) {
        words.insert(words.end(), {"--project", std::move(project)});
    }
    words.insert(words.end(), {"--", std::string(to_text(found.others)), found.prefix});
    (void)run_parts(words);  // a failure is on stderr, which the scripts do not show
}

void print_logins(const candidates& found) {
    postgres::user_table users;
    if (!users.load(users_file(option_of(found, "users")))) {
        return;
    }
    for (const auto& name : users.names()) {
        if (name.starts_with(found.prefix)) {
            print(name + "\n");
        }
    }
}

}  // namespace

int run_complete(const arguments& given) {
    const auto found = candidates_for(sluice_program(), given);
    for (const auto& each : found.words) {
        print(each.word + (each.doc.empty() ? "" : "\t") + std::string(each.doc) + "\n");
    }
    std::string_view directive = ":nothing\n";
    switch (found.others) {
        case value_kind::file:
            directive = ":files\n";
            break;
        case value_kind::folder:
            directive = ":directories\n";
            break;
        case value_kind::number:
        case value_kind::user:
        case value_kind::category:
            print_names_of_project(found);
            break;
        case value_kind::login:
            print_logins(found);
            break;
        default:
            break;
    }
    print(directive);
    return 0;
}

result<int> print_completion(const parsed_command& given) {
    const auto name = given.text("SHELL");
    const auto which = name == "bash" ? shell::bash : name == "zsh" ? shell::zsh : shell::fish;
    TRY(write_output(completion_script(sluice_program().name, which)));
    return 0;
}

int run_completion(const arguments& given) {
    return run_program("completion", given, [](const parsed_command& parsed, const std::string& name) {
        const auto code = print_completion(parsed);
        return code ? *code : fail_command(name, code.error());
    });
}

command_spec completion_command() {
    return {.name = "completion",
            .summary = "Prints a script that completes commands in a shell",
            .positionals = {shell_argument()}};
}

// The scripts call it. It takes all words as they are.
command_spec complete_command() {
    return {.name = "complete",
            .summary = "Prints the words that may come at the cursor",
            .positionals = {{.name = "WORD", .doc = "Words of a command line, up to the cursor.", .repeatable = true}},
            .is_hidden = true};
}

}  // namespace sluice::cli
