#include "cli/serve/serve_options.hpp"

#include "settings/server_settings.hpp"

namespace sluice::cli {

result<serve_options> serve_options_of(const parsed_command& given) {
    serve_options options{.check = given.has("check")};
    if (given.has("config")) {
        options.file = given.text("config");
    }
    for (const auto& setting : settings::table()) {
        const auto flag = base::flag_of(setting).substr(2);
        if (given.has(flag)) {
            options.settings.emplace_back(setting.name, given.all(flag));
        }
    }
    if (given.has("DATABASE")) {
        if (given.has("database")) {
            return fail(sqlstates::invalid_parameter_value, "DATABASE and --database are the same; give one");
        }
        options.settings.emplace_back(settings::database.name, given.all("DATABASE"));
    }
    return options;
}

}  // namespace sluice::cli
