#include "cli/serve/serve_options.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace sluice::cli {

namespace {

using base::property;
using base::property_type;

CLI::Option* add_flag_of(CLI::App& app, const property& setting) {
    const auto name = base::flag_of(setting);
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

result<> add_database(serve_options& options, const CLI::Option& positional) {
    if (positional.count() == 0) {
        return {};
    }
    const auto is_database = [](const auto& each) { return each.first == "database"; };
    if (std::ranges::any_of(options.settings, is_database)) {
        return fail(sqlstates::invalid_parameter_value, "DATABASE and --database are the same; give one");
    }
    options.settings.emplace_back("database", positional.results());
    return {};
}

// Removes --help and --help all, at any position.
arguments without_help(const arguments& given, serve_options& options) {
    arguments rest;
    for (auto each = given.begin(); each != given.end(); ++each) {
        const bool is_all = *each == "--help=all";
        if (!is_all && *each != "--help" && *each != "-h") {
            rest.push_back(*each);
            continue;
        }
        options.help = true;
        const bool all_follows = !is_all && each + 1 != given.end() && *(each + 1) == "all";
        options.help_all = options.help_all || is_all || all_follows;
        each += all_follows ? 1 : 0;
    }
    return rest;
}

}  // namespace

result<serve_options> parse_serve_options(const arguments& given) {
    CLI::App app;
    app.set_help_flag();
    serve_options options;
    const arguments words = without_help(given, options);
    app.add_flag("--check", options.check);
    const auto* file = app.add_option("--config")->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    const auto* positional = app.add_option("DATABASE")->type_size(1)->expected(1);
    std::vector<std::pair<const property*, const CLI::Option*>> flags;
    for (const auto& setting : server_properties()) {
        flags.emplace_back(&setting, add_flag_of(app, setting));
    }
    try {
        app.parse(arguments(words.rbegin(), words.rend()));  // CLI11 expects them in reverse order
        for (const auto& [setting, option] : flags) {
            if (option->count() != 0) {
                options.settings.emplace_back(setting->name, option->reduced_results());
            }
        }
        if (file->count() != 0) {
            options.file = file->results().back();
        }
    } catch (const CLI::Error& wrong) {
        return fail(sqlstates::invalid_parameter_value, wrong.what());
    }
    TRY(add_database(options, *positional));
    return options;
}

namespace {

constexpr std::string_view usage =
    "Serves a database to PostgreSQL clients, until Ctrl-C or SIGTERM.\n"
    "\n"
    "Usage: sluice serve [DATABASE] [OPTION...]\n"
    "\n"
    "DATABASE is a DuckDB file, a SQLite file, or a folder of Parquet, CSV and JSON files, Delta and Iceberg\n"
    "tables; without it the database is in memory.\n"
    "Every option can also be given as SLUICE_NAME in the environment, or as name = value in the file of\n"
    "--config (TOML). Times: 250ms, 5s, 2min, 1h; a plain number is in seconds, unless stated otherwise.\n"
    "Sizes: 64kB, 16MB, 2GB; a plain number is in bytes.\n"
    "\n";

constexpr std::string_view own_options =
    "  --config FILE\n"
    "        File with settings in TOML. default: SLUICE_CONFIG, else none\n"
    "  --check\n"
    "        Checks settings and database, changes nothing, and exits with 0 or 1.\n"
    "  --help [all]\n"
    "        Prints this help; all: every option.\n";

constexpr std::string_view examples =
    "Examples:\n"
    "  sluice serve shop.duckdb                      psql postgresql://postgres@127.0.0.1:5433/main\n"
    "  sluice serve ./data --read-only               a folder of Parquet files: each is a table\n"
    "  sluice serve shop.db --attach lib=music.db    two databases: tables of the second are lib.NAME\n"
    "  sluice serve shop.duckdb --check              are settings and database in order?\n"
    "  sluice user add anna --users users.txt\n"
    "  sluice serve shop.duckdb --listen 0.0.0.0:5433 --auth scram --users users.txt \\\n"
    "      --tls-cert cert.pem --tls-key key.pem     for other machines\n"
    "\n";

}  // namespace

std::string serve_help() {
    return std::string(usage) + std::string(examples) + "Basic options:\n" +
           base::config_help_basic(server_properties()) + std::string(own_options) +
           "\nMore, with `sluice serve --help all` and `man sluice-serve`: " +
           base::config_groups(server_properties()) + ".\n";
}

std::string serve_help_all() {
    return std::string(usage) + std::string(own_options) + base::config_help(server_properties());
}

}  // namespace sluice::cli
