// `sluice user`: the file of users that log in with a password.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "cli/program.hpp"
#include "cli/terminal/password_prompt.hpp"
#include "postgres/auth/scram_verifier.hpp"
#include "postgres/auth/users.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view description =
    "The users log in to `sluice serve --auth scram --users FILE`. `add` asks for the password on a terminal, and\n"
    "otherwise reads the first line of its input. A server reads the file only when it starts.";

std::unexpected<error> refuse(std::string message) {
    return fail(sqlstates::invalid_parameter_value, std::move(message));
}

result<> add_user(const std::string& name, const std::string& file) {
    TRY(postgres::user_table::check_name(name));
    postgres::user_table users;
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        TRY(users.load(file));
    }
    TRY_ASSIGN(const std::string password, ask_new_password(name));
    if (password.empty()) {
        return refuse("the password is empty");
    }
    TRY_ASSIGN(auto verifier, postgres::make_scram_verifier(password));
    TRY(users.add(name, std::move(verifier)));
    return users.save(file);
}

result<> remove_user(const std::string& name, const std::string& file) {
    postgres::user_table users;
    TRY(users.load(file));
    if (!users.remove(name)) {
        return refuse("there is no user \"" + name + "\" in " + file);
    }
    return users.save(file);
}

result<> list_users(const std::string& file) {
    postgres::user_table users;
    TRY(users.load(file));
    for (const auto& name : users.names()) {
        print(name + "\n");
    }
    return {};
}

result<> run_action(const parsed_command& given) {
    const auto file = users_file(given.text("users"));
    if (file.empty()) {
        return refuse("name the file with --users FILE or SLUICE_USERS");
    }
    const auto action = given.path.back()->name;
    const auto name = given.text("NAME");
    return action == "add" ? add_user(name, file) : action == "remove" ? remove_user(name, file) : list_users(file);
}

option_spec name_argument(value_kind kind) {
    return {.name = "NAME", .doc = "Name of the user.", .required = true, .kind = kind};
}

}  // namespace

int run_user(const arguments& given) {
    return run_program("user", given, [](const parsed_command& parsed, const std::string& name) {
        const auto done = run_action(parsed);
        return done ? 0 : fail_command(name, done.error());
    });
}

std::string users_file(std::string given) {
    const char* named = std::getenv("SLUICE_USERS");
    return given.empty() && named != nullptr ? named : std::move(given);
}

command_spec password_users_command() {
    return {.name = "user",
            .summary = "Adds, removes and lists users that log in with a password",
            .description = description,
            .options = {{.name = "users",
                         .value_name = "FILE",
                         .doc = "File of user names and SCRAM-SHA-256 verifiers. default: SLUICE_USERS, else none",
                         .kind = value_kind::file}},
            .subcommands = {
                {.name = "add",
                 .summary = "Adds a user or changes the password",
                 .positionals = {name_argument(value_kind::text)}},
                {.name = "remove", .summary = "Removes a user", .positionals = {name_argument(value_kind::login)}},
                {.name = "list", .summary = "Lists users"}}};
}

}  // namespace sluice::cli
