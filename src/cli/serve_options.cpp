#include "cli/serve_options.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace sluice::cli {

namespace {

using core::property;
using core::property_type;

CLI::Option* add_flag_of(CLI::App& app, const property& setting) {
    const auto name = core::flag_of(setting);
    if (setting.type == property_type::boolean) {
        return app.add_flag(name);  // also --read-only=off
    }
    auto* option = app.add_option(name);
    option->type_size(1)->allow_extra_args(false);
    if (setting.type == property_type::list) {
        return option->expected(1, CLI::detail::expected_max_vector_size);
    }
    return option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

core::result<> add_database(serve_options& options, const CLI::Option& positional) {
    if (positional.count() == 0) {
        return {};
    }
    const auto is_database = [](const auto& each) { return each.first == "database"; };
    if (std::ranges::any_of(options.settings, is_database)) {
        return core::fail(core::sqlstates::invalid_parameter_value, "DATABASE and --database are the same; give one");
    }
    options.settings.emplace_back("database", positional.results());
    return {};
}

}  // namespace

core::result<serve_options> parse_serve_options(const arguments& given) {
    CLI::App app;
    app.set_help_flag();
    serve_options options;
    app.add_flag("-h,--help", options.help);
    app.add_flag("--check", options.check);
    const auto* file = app.add_option("--config")->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    const auto* positional = app.add_option("DATABASE")->type_size(1)->expected(1);
    std::vector<std::pair<const property*, const CLI::Option*>> flags;
    for (const auto& setting : server_properties()) {
        flags.emplace_back(&setting, add_flag_of(app, setting));
    }
    try {
        app.parse(arguments(given.rbegin(), given.rend()));  // CLI11 takes them from the back
        for (const auto& [setting, option] : flags) {
            if (option->count() != 0) {
                options.settings.emplace_back(setting->name, option->reduced_results());
            }
        }
        if (file->count() != 0) {
            options.file = file->results().back();
        }
    } catch (const CLI::Error& wrong) {
        return core::fail(core::sqlstates::invalid_parameter_value, wrong.what());
    }
    TRY(add_database(options, *positional));
    return options;
}

std::string serve_help() {
    return "Serves a database to PostgreSQL clients, until Ctrl-C or SIGTERM.\n"
           "\n"
           "Usage: sluice serve [DATABASE] [OPTION...]\n"
           "\n"
           "Every option can also be given as SLUICE_NAME in the environment, or as name = value in the file of\n"
           "--config (TOML). Times: 250ms, 5s, 2min, 1h. Sizes: 64kB, 16MB, 2GB.\n"
           "\n"
           "  --config FILE\n        Settings in TOML. default: none, or SLUICE_CONFIG\n"
           "  --check\n        Checks settings and database, changes nothing, and exits with 0 or 1.\n"
           "  --help\n        Prints this.\n" +
           core::config_help(server_properties());
}

}  // namespace sluice::cli
