// `sluice serve` as a command of the program: for its man page and for shells. Its parser is in serve_options.cpp.
#include <algorithm>
#include <deque>
#include <fmt/format.h>

#include "cli/serve/serve_options.hpp"
#include "cli/serve/server_config.hpp"

namespace sluice::cli {

namespace {

using base::property_type;

constexpr std::string_view description =
    "DATABASE is a DuckDB file, a SQLite file, or a folder of Parquet, CSV and JSON files, Delta and Iceberg\n"
    "tables; without it the database is in memory. The first line of the output names the address for clients.\n"
    "After Ctrl-C or SIGTERM running statements may end, within --drain-timeout; a second one stops the server at\n"
    "once.\n"
    "\n"
    "Every option can also be given in the environment, as SLUICE_NAME, or in the file of --config, as name =\n"
    "value in TOML. A flag beats the environment, which beats the file. Times are written 250ms, 5s, 2min, 1h,\n"
    "and a plain number is in seconds, unless stated otherwise; sizes are written 64kB, 16MB, 2GB, and a plain\n"
    "number is in bytes.";

std::string doc_of(const base::property& setting) {
    std::string out(setting.doc);
    if (!setting.default_value.empty()) {
        out += fmt::format(" default: {}", setting.default_value);
    }
    if (setting.type == property_type::duration && !setting.base_unit.empty()) {
        out += fmt::format("; a plain number is in {}", setting.base_unit);
    }
    return out;
}

std::vector<std::string_view> choices_of(const base::property& setting) {
    std::vector<std::string_view> words;
    for (auto rest = setting.choices; setting.type == property_type::choice && !rest.empty();) {
        const auto bar = std::min(rest.find('|'), rest.size());
        words.push_back(rest.substr(0, bar));
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return words;
}

std::vector<option_spec> options_of_settings() {
    static std::deque<std::string> texts;  // the specs point into it
    const auto keep = [](std::string text) -> std::string_view { return texts.emplace_back(std::move(text)); };
    std::vector<option_spec> options{
        {.name = "config",
         .value_name = "FILE",
         .doc = "File with settings in TOML. default: SLUICE_CONFIG, else none",
         .kind = value_kind::file},
        {.name = "check", .doc = "Checks settings and database, changes nothing, and exits with 0 or 1."}};
    for (const auto& setting : server_properties()) {
        const bool is_choice = setting.type == property_type::choice;
        const bool is_switch = setting.type == property_type::boolean;
        const bool is_path = setting.type == property_type::path;
        options.push_back({.name = keep(base::flag_of(setting).substr(2)),
                           .value_name = is_choice || is_switch ? std::string_view() : base::value_name(setting),
                           .doc = keep(doc_of(setting)),
                           .repeatable = false,
                           .kind = is_choice ? value_kind::choice
                                   : is_path ? value_kind::file
                                             : value_kind::text,
                           .choices = choices_of(setting),
                           .group = setting.group});
    }
    return options;
}

}  // namespace

command_spec serve_command() {
    static const std::vector<option_spec> options = options_of_settings();
    return {.name = "serve",
            .summary = "Serves a database to PostgreSQL clients",
            .description = description,
            .positionals = {{.name = "DATABASE",
                             .doc = "Database to serve: a file or a folder.",
                             .kind = value_kind::file}},
            .options = options,
            .examples = {{.command = "sluice serve shop.duckdb",
                          .doc = "Serves a file to programs of this machine; any user name may log in."},
                         {.command = "sluice serve ./data --read-only",
                          .doc = "Serves a folder of Parquet files, each of them a table."},
                         {.command = "sluice serve shop.duckdb --listen 0.0.0.0:5433 --auth scram --users users.txt "
                                     "--tls-cert cert.pem --tls-key key.pem",
                          .doc = "Serves to other machines, with passwords (sluice user add) and TLS."},
                         {.command = "SLUICE_MEMORY_BUDGET=2GB sluice serve shop.duckdb --check",
                          .doc = "Checks settings and database."}}};
}

}  // namespace sluice::cli
