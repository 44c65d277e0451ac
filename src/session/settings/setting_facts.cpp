// A session's setting as a row of pg_settings.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "postgres/lex/token_cursor.hpp"
#include "session/settings/settings.hpp"

namespace sluice::session {

namespace {

std::string_view type_of(const setting& known) {
    switch (known.type) {
        case setting_type::boolean:
            return "bool";
        case setting_type::integer:
            return "integer";
        case setting_type::real:
            return "real";
        case setting_type::enumeration:
            return "enum";
        default:
            return "string";
    }
}

std::string_view unit_of(const setting& known) {
    constexpr std::array<std::string_view, 4> units{"", "ms", "s", "kB"};
    return units.at(static_cast<std::size_t>(known.unit));
}

// pg_settings has plain numbers in the setting's unit: 5000 for 5s.
std::string in_unit(const setting& known, std::string_view canonical) {
    return known.type == setting_type::integer ? std::to_string(integer_value(known, canonical))
                                               : std::string(canonical);
}

std::string bound(const setting& known, double value) {
    if (known.type == setting_type::integer) {
        return std::to_string(static_cast<std::int64_t>(value));
    }
    return known.type == setting_type::real ? fmt::format("{}", value) : "";
}

// The listed values: "!debug=debug2" is accepted as another spelling, but not listed.
std::string choices_of(std::string_view values) {
    std::string listed;
    while (!values.empty()) {
        const std::size_t comma = std::min(values.find(','), values.size());
        const std::string_view each = values.substr(0, comma);
        if (!each.starts_with('!')) {
            listed.append(listed.empty() ? "" : ",").append(each);
        }
        values.remove_prefix(std::min(comma + 1, values.size()));
    }
    return listed;
}

}  // namespace

base::setting_facts settings::facts(const setting& known) const {
    const std::string lower = base::lower_case(known.name);
    const auto start = defaults_.find(lower);
    const bool set = current_.contains(lower);
    base::setting_facts facts{.name = std::string(known.name),
                              .value = in_unit(known, value_of(lower)),
                              .shown = std::string(value_of(lower)),
                              .unit = std::string(unit_of(known)),
                              .category = "Session",
                              .description = std::string(known.description),
                              .context = known.is_fixed() ? "internal" : "user",
                              .type = std::string(type_of(known)),
                              .source = "default",
                              .min = bound(known, known.min),
                              .max = bound(known, known.max),
                              .choices = choices_of(known.values),
                              .default_value = in_unit(known, known.default_value)};
    facts.reset_value = start == defaults_.end() ? facts.default_value : in_unit(known, start->second);
    if (set && known.use != setting_use::transaction) {
        facts.source = "session";
    } else if (start != defaults_.end() && !known.is_fixed()) {
        facts.source = "client";
    }
    return facts;
}

}  // namespace sluice::session
