#include "cli/serve/server_facts.hpp"

#include <algorithm>
#include <utility>

#include "cli/serve/server_setup.hpp"
#include "settings/server_settings.hpp"

namespace sluice::cli {

namespace {

void derive(setting_list& facts, const base::property& known, std::string value) {
    const auto found = std::ranges::find(facts, known.name, &base::setting_facts::name);
    if (found != facts.end() && found->source == "default") {
        found->shown = value + found->unit;
        found->reset_value = value;
        found->value = std::move(value);
    }
}

backend::system_value text_or_null(const std::string& text) {
    return text.empty() ? backend::system_value() : backend::system_value(text);
}

}  // namespace

setting_list server_facts(const base::config& values, const machine_limits& machine,
                          const duckdb::duckdb_params& engine) {
    setting_list facts = base::facts_of(values);
    derive(facts, settings::memory_budget, std::to_string(memory_budget_of(values, machine)));
    derive(facts, settings::memory_limit, std::to_string(engine.memory_limit_bytes));
    derive(facts, settings::engine_threads, std::to_string(engine.threads));
    derive(facts, settings::io_threads, std::to_string(io_threads_of(values, machine)));
    derive(facts, settings::executor_threads, std::to_string(executor_params_of(values, machine).threads_base));
    derive(facts, settings::temp_directory_size_max, std::to_string(engine.temp_directory_bytes_max));
    derive(facts, settings::extension_directory, engine.extension_directory);
    return facts;
}

backend::system_table settings_table(const setting_list& facts) {
    backend::system_table table{.name = "sluice_settings", .columns = {}, .rows = {}};
    for (const char* column : {"name", "value", "unit", "source", "set_by", "default_value", "type", "min", "max",
                               "choices", "description"}) {
        table.columns.push_back({.name = column, .type = backend::system_type::varchar});
    }
    table.rows = [&facts](backend::system_caller) {
        std::vector<backend::system_row> rows;
        for (const base::setting_facts& each : facts) {
            rows.push_back({each.name, each.value, text_or_null(each.unit), each.source, text_or_null(each.set_by),
                            each.default_value, each.type, text_or_null(each.min), text_or_null(each.max),
                            text_or_null(each.choices), each.description});
        }
        return rows;
    };
    return table;
}

std::string changed_settings(const setting_list& facts) {
    std::string lines;
    for (const base::setting_facts& each : facts) {
        if (each.source != "default") {
            lines += "  " + each.name + " = " + each.shown + " (" + each.set_by + ")\n";
        }
    }
    return lines.empty() ? "Every setting has its default.\n" : "Settings that are not at their defaults:\n" + lines;
}

}  // namespace sluice::cli
