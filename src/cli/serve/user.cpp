#include <filesystem>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/core/result.hpp"
#include "cli/command/command.hpp"
#include "cli/terminal/password_prompt.hpp"
#include "postgres/auth/scram_verifier.hpp"
#include "postgres/auth/users.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view usage =
    "Users that log in with a password (sluice serve --auth scram --users FILE).\n"
    "\n"
    "Usage: sluice user add NAME [--users FILE]      adds a user or changes the password\n"
    "       sluice user remove NAME [--users FILE]\n"
    "       sluice user list [--users FILE]\n"
    "\n"
    "  --users FILE\n"
    "        File of user names and SCRAM-SHA-256 verifiers. default: SLUICE_USERS, else none\n"
    "\n"
    "`add` asks for the password on a terminal, and otherwise reads the first line of its input. A server reads the\n"
    "file only when it starts.\n";

struct user_options {
    std::string action;
    std::string name;
    std::string file;
    bool help = false;
};

std::unexpected<error> refuse(std::string message) {
    return fail(sqlstates::invalid_parameter_value, std::move(message));
}

result<user_options> parse(const arguments& given) {
    CLI::App app;
    app.set_help_flag();
    user_options options;
    app.add_flag("-h,--help", options.help);
    app.add_option("action", options.action);
    app.add_option("name", options.name);
    app.add_option("--users", options.file)->envname("SLUICE_USERS");
    try {
        app.parse(arguments(given.rbegin(), given.rend()));
    } catch (const CLI::Error& wrong) {
        return refuse(wrong.what());
    }
    if (options.help) {
        return options;
    }
    const bool named = options.action == "add" || options.action == "remove";
    if (!named && options.action != "list") {
        return refuse("say add NAME, remove NAME or list");
    }
    if (named == options.name.empty()) {
        return refuse(named ? options.action + " needs a NAME" : "list takes no NAME");
    }
    if (options.file.empty()) {
        return refuse("name the file with --users FILE or SLUICE_USERS");
    }
    return options;
}

result<> add_user(const user_options& options) {
    TRY(postgres::user_table::check_name(options.name));
    postgres::user_table users;
    std::error_code ignored;
    if (std::filesystem::exists(options.file, ignored)) {
        TRY(users.load(options.file));
    }
    TRY_ASSIGN(const std::string password, ask_new_password(options.name));
    if (password.empty()) {
        return refuse("the password is empty");
    }
    TRY_ASSIGN(auto verifier, postgres::make_scram_verifier(password));
    TRY(users.add(options.name, std::move(verifier)));
    return users.save(options.file);
}

result<> remove_user(const user_options& options) {
    postgres::user_table users;
    TRY(users.load(options.file));
    if (!users.remove(options.name)) {
        return refuse("there is no user \"" + options.name + "\" in " + options.file);
    }
    return users.save(options.file);
}

result<> list_users(const user_options& options) {
    postgres::user_table users;
    TRY(users.load(options.file));
    for (const auto& name : users.names()) {
        print(name + "\n");
    }
    return {};
}

result<> run(const arguments& given) {
    TRY_ASSIGN(const auto options, parse(given));
    if (options.help) {
        print(usage);
        return {};
    }
    if (options.action == "add") {
        return add_user(options);
    }
    return options.action == "remove" ? remove_user(options) : list_users(options);
}

}  // namespace

int run_user(const arguments& given) {
    if (const auto done = run(given); !done) {
        return report_failure("user", done.error());
    }
    return 0;
}

}  // namespace sluice::cli
