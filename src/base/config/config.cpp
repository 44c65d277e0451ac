#include "base/config/config.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <toml++/toml.h>
#include <utility>

#include "base/core/assert.hpp"
#include "base/text/nearest.hpp"

namespace sluice::base {

namespace {

bool is_choice(std::string_view choices, std::string_view text) {
    while (!choices.empty()) {
        const auto bar = std::min(choices.find('|'), choices.size());
        if (choices.substr(0, bar) == text) {
            return true;
        }
        choices.remove_prefix(std::min(bar + 1, choices.size()));
    }
    return false;
}

using value_type = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

result<std::int64_t> parse_number(const property& setting, std::string_view text) {
    switch (setting.type) {
        case property_type::duration:
            return parse_duration_us(text, base_unit_of(setting));
        case property_type::size:
            return parse_size_bytes(text, base_unit_of(setting));
        default:
            return parse_integer(text);
    }
}

result<value_type> parse_bounded(const property& setting, std::string_view text) {
    TRY_ASSIGN(const std::int64_t number, parse_number(setting, text));
    if (!setting.min.empty() && number < parse_number(setting, setting.min).value()) {
        return fail(sqlstates::invalid_parameter_value, fmt::format("\"{}\" is less than {}", text, setting.min));
    }
    if (!setting.max.empty() && number > parse_number(setting, setting.max).value()) {
        return fail(sqlstates::invalid_parameter_value, fmt::format("\"{}\" is more than {}", text, setting.max));
    }
    return value_type(number);
}

result<value_type> parse_value(const property& setting, const std::vector<std::string>& values) {
    if (setting.type == property_type::list) {
        return value_type(values);
    }
    if (values.size() != 1) {
        return fail(sqlstates::invalid_parameter_value, "takes one value");
    }
    const std::string& text = values.front();
    switch (setting.type) {
        case property_type::boolean: {
            TRY_ASSIGN(const bool flag, parse_boolean(text));
            return value_type(flag);
        }
        case property_type::integer:
        case property_type::duration:
        case property_type::size:
            return parse_bounded(setting, text);
        case property_type::choice:
            if (!is_choice(setting.choices, text)) {
                return fail(sqlstates::invalid_parameter_value,
                            fmt::format("\"{}\" is none of {}", text, setting.choices));
            }
            return value_type(text);
        case property_type::host_port:
            if (!is_choice(setting.choices, text)) {
                TRY(parse_host_port(text));
            }
            return value_type(text);
        default:
            return value_type(text);
    }
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (comma != 0) {
            parts.emplace_back(text.substr(0, comma));
        }
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

std::vector<std::string> from_one_string(const property& setting, std::string_view text) {
    return setting.type == property_type::list ? split_list(text) : std::vector{std::string(text)};
}

result<std::string> toml_scalar(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) {
        return *text;
    }
    if (const auto flag = node.value_exact<bool>()) {
        return std::string(*flag ? "on" : "off");
    }
    if (const auto number = node.value_exact<std::int64_t>()) {
        return std::to_string(*number);
    }
    if (const auto fraction = node.value_exact<double>()) {
        return fmt::format("{}", *fraction);
    }
    return fail(sqlstates::config_file_error, "must be a string, a number or a boolean");
}

result<std::vector<std::string>> toml_values(const property& setting, const toml::node& node) {
    std::vector<std::string> values;
    const auto* array = node.as_array();
    if (array == nullptr) {
        TRY_ASSIGN(const std::string text, toml_scalar(node));
        return from_one_string(setting, text);
    }
    for (const auto& each : *array) {
        TRY_ASSIGN(std::string text, toml_scalar(each));
        values.push_back(std::move(text));
    }
    return values;
}

std::string join(const std::vector<std::string>& values) {
    std::string out;
    for (const auto& each : values) {
        out.append(out.empty() ? "" : ",").append(each);
    }
    return out;
}

}  // namespace

result<> config_loader::add_file(const std::string& path) {
    toml::table parsed;
    try {
        parsed = toml::parse_file(path);
    } catch (const toml::parse_error& wrong) {
        const auto line = wrong.source().begin.line;
        return fail(sqlstates::config_file_error, line == 0
                                                      ? fmt::format("{}: {}", path, wrong.description())
                                                      : fmt::format("{}:{}: {}", path, line, wrong.description()));
    }
    for (const auto& [key, node] : parsed) {
        const auto source = fmt::format("{}:{}", path, key.source().begin.line);
        const auto found = std::ranges::find(table_, key.str(), &property::name);
        if (found == table_.end()) {
            std::vector<std::string_view> names(table_.size());
            std::ranges::transform(table_, names.begin(), &property::name);
            const auto meant = nearest(key.str(), names);
            return fail(sqlstates::config_file_error,
                        fmt::format("{}: unknown setting \"{}\"{}", source, key.str(),
                                    meant.empty() ? "" : fmt::format("; there is {}", meant)));
        }
        auto values = toml_values(*found, node);
        if (!values) {
            return fail(sqlstates::config_file_error,
                        fmt::format("{}: {}: {}", source, key.str(), values.error().message));
        }
        file_.insert_or_assign(std::string(key.str()), given{.values = std::move(*values), .source = source});
    }
    return {};
}

void config_loader::add_environment(const std::function<const char*(const std::string&)>& lookup) {
    for (const auto& setting : table_) {
        const auto variable = environment_of(setting);
        if (const char* text = lookup(variable); text != nullptr) {
            environment_.insert_or_assign(std::string(setting.name),
                                          given{.values = from_one_string(setting, text), .source = variable});
        }
    }
}

void config_loader::add_flag(std::string_view name, std::vector<std::string> values) {
    const auto found = std::ranges::find(table_, name, &property::name);
    SLUICE_ASSERT(found != table_.end());
    flags_.insert_or_assign(std::string(name), given{.values = std::move(values), .source = flag_of(*found)});
}

result<config> config_loader::load() const {
    config loaded(table_);
    for (const auto& setting : table_) {
        given chosen{.values = from_one_string(setting, setting.default_value), .source = "default"};
        for (const auto* each : {&file_, &environment_, &flags_}) {
            if (const auto found = each->find(setting.name); found != each->end()) {
                chosen = found->second;
            }
        }
        auto value = parse_value(setting, chosen.values);
        if (!value) {
            const auto& reason = value.error().message;
            const auto what =
                chosen.source.contains(':') ? fmt::format("{}: {}", chosen.source, setting.name) : chosen.source;
            return fail(sqlstates::config_file_error,
                        fmt::format("{}: {}", what, setting.secret ? "the value does not fit" : reason));
        }
        loaded.settings_.emplace(setting.name, config::setting{.value = std::move(*value),
                                                               .written = join(chosen.values),
                                                               .source = std::move(chosen.source)});
    }
    return loaded;
}

// ---- getters

const config::setting& config::find(std::string_view name) const {
    const auto found = settings_.find(name);
    SLUICE_ASSERT(found != settings_.end());
    return found->second;
}

namespace {

template <typename Value, typename Setting>
const Value& get(const Setting& setting) {
    const auto* value = std::get_if<Value>(&setting.value);
    SLUICE_ASSERT(value != nullptr);
    return *value;
}

}  // namespace

bool config::flag(std::string_view name) const {
    return get<bool>(find(name));
}

std::int64_t config::integer(std::string_view name) const {
    return get<std::int64_t>(find(name));
}

std::int64_t config::duration_us(std::string_view name) const {
    return integer(name);
}

std::int64_t config::duration_ms(std::string_view name) const {
    // Rounds up: a short wait must not become "none".
    return (integer(name) + 999) / 1000;
}

std::size_t config::size_bytes(std::string_view name) const {
    return static_cast<std::size_t>(integer(name));
}

const std::string& config::text(std::string_view name) const {
    return get<std::string>(find(name));
}

const std::vector<std::string>& config::list(std::string_view name) const {
    return get<std::vector<std::string>>(find(name));
}

std::optional<host_port> config::address(std::string_view name) const {
    auto parsed = parse_host_port(text(name));
    if (!parsed) {
        return std::nullopt;
    }
    return std::move(*parsed);
}

const std::string& config::source(std::string_view name) const {
    return find(name).source;
}

std::string config::shown(std::string_view name) const {
    const auto found = std::ranges::find(table_, name, &property::name);
    SLUICE_ASSERT(found != table_.end());
    const auto& written = find(name).written;
    return found->secret && !written.empty() ? "********" : written;
}

}  // namespace sluice::base
