// `sluice serve` as a command of the program, with an option for each setting of the server.
#include <algorithm>
#include <deque>
#include <fmt/format.h>

#include "cli/serve/serve_options.hpp"
#include "settings/server_settings.hpp"
#include "workload/query_profile.hpp"

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

// "default: 100; 1 to 1000; a plain number is in ms"
std::string limits_of(const base::property& setting) {
    auto out = fmt::format("default: {}", setting.default_value.empty() ? "none" : setting.default_value);
    if (const auto bounds = base::bounds_of(setting); !bounds.empty()) {
        out += "; " + bounds;
    }
    if (setting.type == property_type::duration && base::base_unit_of(setting) != "s") {
        out += fmt::format("; a plain number is in {}", base::base_unit_of(setting));
    }
    return out;
}

std::vector<std::string_view> names_of_profiles() {
    static const workload::profile_table profiles;
    std::vector<std::string_view> names;
    for (const auto& each : profiles.all()) {
        names.emplace_back(each->name);
    }
    return names;
}

std::vector<std::string_view> words_of(const base::property& setting) {
    return setting.name.starts_with(settings::profile.name) ? names_of_profiles() : base::choices_of(setting);
}

value_kind kind_of(const base::property& setting) {
    if (setting.unit == "DIR") {
        return value_kind::folder;
    }
    if (setting.unit.ends_with("=PROFILE")) {
        return value_kind::pair;
    }
    return setting.type == property_type::choice ? value_kind::choice
           : setting.type == property_type::path ? value_kind::file
                                                 : value_kind::text;
}

std::vector<option_spec> options_of_settings() {
    static std::deque<std::string> texts;  // the specs point into it
    const auto keep = [](std::string text) -> std::string_view { return texts.emplace_back(std::move(text)); };
    std::vector<option_spec> options{{.name = "config",
                                      .value_name = "FILE",
                                      .doc = "File with settings in TOML. default: SLUICE_CONFIG, else none",
                                      .kind = value_kind::file,
                                      .last_counts = true,
                                      .is_basic = true},
                                     {.name = "check",
                                      .doc = "Checks settings and database, changes nothing, and exits with 0 or 1.",
                                      .is_basic = true}};
    for (const auto& setting : settings::table()) {
        const bool is_switch = setting.type == property_type::boolean;
        const bool has_words = is_switch || setting.type == property_type::choice;
        options.push_back({.name = keep(base::flag_of(setting).substr(2)),
                           .value_name = has_words ? std::string_view() : base::value_name(setting),
                           .doc = setting.doc,
                           .repeatable = setting.type == property_type::list,
                           .kind = kind_of(setting),
                           .choices = words_of(setting),
                           .group = setting.group,
                           .limits = keep(limits_of(setting)),
                           .last_counts = setting.type != property_type::list,
                           .is_switch = is_switch,
                           .is_basic = setting.basic});
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
                          .doc = "Serves a file to programs of this machine, e.g. to `psql "
                                 "postgresql://postgres@127.0.0.1:5433/main`; any user name may log in."},
                         {.command = "sluice serve ./data --read-only",
                          .doc = "Serves a folder of Parquet files, each of them a table."},
                         {.command = "sluice serve shop.db --attach lib=music.db",
                          .doc = "Serves two databases; tables of the second are lib.NAME."},
                         {.command = "sluice serve shop.duckdb --listen 0.0.0.0:5433 --auth scram --users users.txt "
                                     "--tls-cert cert.pem --tls-key key.pem",
                          .doc = "Serves to other machines, with passwords (sluice user add) and TLS."},
                         {.command = "SLUICE_MEMORY_BUDGET=2GB sluice serve shop.duckdb --check",
                          .doc = "Checks settings and database."}}};
}

}  // namespace sluice::cli
