#include "base/config/config.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <toml++/toml.h>
#include <utility>

#include "base/core/assert.hpp"
#include "base/text/nearest.hpp"

namespace sluice::base {

namespace {

bool is_choice(const property& setting, std::string_view text) {
    const auto words = choices_of(setting);
    return std::ranges::find(words, text) != words.end();
}

using value_type = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

result<value_type> parse_bounded(const property& setting, std::string_view text) {
    TRY_ASSIGN(const std::int64_t number, parse_number(setting, text));
    const std::string_view min = setting.min.empty() ? "0" : setting.min;
    if (number < parse_number(setting, min).value()) {
        return fail(sqlstates::invalid_parameter_value, fmt::format("\"{}\" is less than {}", text, min));
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
            if (!is_choice(setting, text)) {
                return fail(sqlstates::invalid_parameter_value,
                            fmt::format("\"{}\" is none of {}", text, setting.choices));
            }
            return value_type(text);
        case property_type::host_port:
            if (!is_choice(setting, text)) {
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
        loaded.values_.emplace(setting.name, config::held{.value = std::move(*value),
                                                          .written = join(chosen.values),
                                                          .source = std::move(chosen.source)});
    }
    return loaded;
}

// ---- getters

const config::held& config::find(const property& known) const {
    const auto found = values_.find(known.name);
    SLUICE_ASSERT(found != values_.end());
    return found->second;
}

template <typename Value>
const Value& config::get(const property& known) const {
    const auto* value = std::get_if<Value>(&find(known).value);
    SLUICE_ASSERT(value != nullptr);
    return *value;
}

bool config::operator[](const flag_setting& known) const {
    return get<bool>(known);
}

std::size_t config::operator[](const count_setting& known) const {
    return static_cast<std::size_t>(number(known));
}

std::chrono::milliseconds config::operator[](const duration_setting& known) const {
    return to_milliseconds(number(known));
}

std::size_t config::operator[](const size_setting& known) const {
    return static_cast<std::size_t>(number(known));
}

const std::string& config::operator[](const text_setting& known) const {
    return get<std::string>(known);
}

const std::string& config::operator[](const choice_setting& known) const {
    return get<std::string>(known);
}

const std::string& config::operator[](const path_setting& known) const {
    return get<std::string>(known);
}

const std::vector<std::string>& config::operator[](const list_setting& known) const {
    return get<std::vector<std::string>>(known);
}

std::optional<host_port> config::operator[](const address_setting& known) const {
    auto parsed = parse_host_port(get<std::string>(known));
    if (!parsed) {
        return std::nullopt;
    }
    return std::move(*parsed);
}

std::int64_t config::number(const property& known) const {
    return known.type == property_type::boolean ? std::int64_t{get<bool>(known)} : get<std::int64_t>(known);
}

const std::string& config::source(const property& known) const {
    return find(known).source;
}

std::string config::shown(const property& known) const {
    const auto& written = find(known).written;
    return known.secret && !written.empty() ? "********" : written;
}

}  // namespace sluice::base
