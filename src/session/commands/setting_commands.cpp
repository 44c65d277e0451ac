#include "session/commands/setting_commands.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text/ascii.hpp"
#include "postgres/types/types.hpp"
#include "session/state/text_rows.hpp"

namespace sluice::session {

bool setting_commands::answers(std::string_view name) const {
    return name == "all" || settings_.knows(name) || find_of_server(name) != nullptr;
}

const base::setting_facts* setting_commands::find_of_server(std::string_view name) const {
    if (of_server_ == nullptr || settings_.knows(name)) {
        return nullptr;
    }
    const auto found = std::ranges::find(*of_server_, base::lower_case(name), &base::setting_facts::name);
    return found == of_server_->end() ? nullptr : &*found;
}

result<> setting_commands::check_not_servers(std::string_view name) const {
    const base::setting_facts* known = find_of_server(name);
    if (known == nullptr) {
        return {};
    }
    std::string flag = "--" + known->name;
    std::ranges::replace(flag, '_', '-');
    return fail(error{.code = sqlstates::insufficient_privilege,
                      .message = "parameter \"" + known->name + "\" is the server's and cannot be changed by a session",
                      .detail = known->description,
                      .hint = "`sluice serve " + flag + "` sets it."});
}

result<> setting_commands::set_in_engine(std::string_view name, std::string_view value, backend::setting_scope scope) {
    TRY(check_not_servers(name));
    TRY(transaction_.enter_engine());
    return engine_.set_setting(name, value, scope);
}

result<> setting_commands::reset_in_engine(std::string_view name) {
    TRY(check_not_servers(name));
    TRY(transaction_.enter_engine());
    return engine_.reset_setting(name);
}

result<> setting_commands::set(const postgres::set_command& command) {
    const bool local = command.where == postgres::set_command::scope::local;
    if (!settings_.knows(command.name)) {
        const auto scope = local ? backend::setting_scope::local : backend::setting_scope::session;
        return command.value ? set_in_engine(command.name, *command.value, scope) : reset_in_engine(command.name);
    }
    if (command.value) {
        TRY(local ? settings_.set_local(command.name, *command.value) : settings_.set(command.name, *command.value));
    } else {
        TRY(local ? settings_.reset_local(command.name) : settings_.reset(command.name));
    }
    return apply();
}

result<> setting_commands::reset(const postgres::reset_command& command) {
    if (command.name == "all") {
        settings_.reset_all();
        TRY(engine_.reset_settings());
    } else if (!settings_.knows(command.name)) {
        return reset_in_engine(command.name);
    } else {
        TRY(settings_.reset(command.name));
    }
    return apply();
}

std::vector<backend::column> setting_commands::show_columns(const postgres::show_command& command) const {
    constexpr backend::oid text = postgres::type_oids::text;
    if (command.name == "all") {
        return {
            {.name = "name", .type = text}, {.name = "setting", .type = text}, {.name = "description", .type = text}};
    }
    return {{.name = settings_.display_name(command.name), .type = text}};
}

result<std::unique_ptr<backend::row_stream>> setting_commands::show(const postgres::show_command& command) const {
    if (command.name == "all") {
        text_rows::table rows;
        for (base::setting_facts& each : list()) {
            rows.push_back({std::move(each.name), std::move(each.shown), std::move(each.description)});
        }
        return std::make_unique<text_rows>(std::move(rows));
    }
    if (const base::setting_facts* servers = find_of_server(command.name)) {
        return std::make_unique<text_rows>(text_rows::table{{servers->shown}});
    }
    TRY_ASSIGN(std::string value, settings_.show(command.name));
    return std::make_unique<text_rows>(text_rows::table{{std::move(value)}});
}

result<> setting_commands::make_changes(const portal& entry) {
    const auto changes = entry.source->plan->setting_changes();
    const auto parameters = entry.parameters.view();
    for (const backend::setting_change& change : changes) {
        std::optional<std::string> value = change.value;
        const auto index = static_cast<std::size_t>(change.value_parameter);
        if (index > 0 && index <= parameters.size() && parameters[index - 1].value) {
            value = std::string(*parameters[index - 1].value);  // text has the same form in both formats
        }
        if (!value || change.name.empty()) {
            return fail(sqlstates::feature_not_supported,
                        "set_config() needs a name that is a literal and a value that is one or a parameter");
        }
        if (!settings_.knows(change.name)) {
            const auto scope = change.local ? backend::setting_scope::local : backend::setting_scope::session;
            TRY(set_in_engine(change.name, *value, scope));
            continue;
        }
        TRY(change.local ? settings_.set_local(change.name, *value) : settings_.set(change.name, *value));
    }
    return changes.empty() ? result<>{} : apply();
}

result<> setting_commands::apply() {
    // postgres_fdw sets a path of pg_catalog alone, and relies on PostgreSQL's operators.
    engine_.set_dialect({.postgres_operators = settings_.show("search_path").value_or("") == "pg_catalog",
                         .postgres = settings_.show("sluice.dialect").value_or("") == "postgres"});
    if (const backend::value_settings& values = settings_.values(); values != told_values_) {
        TRY(engine_.set_value_settings(values));
        told_values_ = values;
    }
    if (auto path = settings_.search_path(); path != told_path_) {
        engine_.set_search_path(path);
        told_path_ = std::move(path);
    }
    return {};
}

std::optional<std::string> setting_commands::current(std::string_view name) const {
    if (const base::setting_facts* servers = find_of_server(name)) {
        return servers->shown;
    }
    auto value = settings_.show(name);
    return value ? std::optional(*std::move(value)) : std::nullopt;
}

std::vector<base::setting_facts> setting_commands::list() const {
    std::vector<base::setting_facts> rows;
    for (const setting& known : all_settings()) {
        rows.push_back(settings_.facts(known));
    }
    if (of_server_ != nullptr) {
        std::ranges::copy_if(*of_server_, std::back_inserter(rows),
                             [&](const base::setting_facts& each) { return !settings_.knows(each.name); });
    }
    std::ranges::sort(rows, {}, [](const base::setting_facts& each) { return base::lower_case(each.name); });
    return rows;
}

}  // namespace sluice::session
